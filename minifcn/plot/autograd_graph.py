"""The graph that autograd builds, drawn from the inputs at the top to the result at the bottom.

Three steps: `collect` walks from the result to the leaves, layers.py puts the nodes into rows, `graph` draws them.
Read layers.py next, and autograd.py for what backward() does with the graph.
"""

from dataclasses import dataclass
from itertools import pairwise

from matplotlib.patches import FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path

from .layers import arrange, entry
from .style import INK, add_legend, new_figure, styled

LIMIT = 60                                                 # nodes; more cannot be read
ROW, BOX_HEIGHT, GAP = 0.82, 0.44, 0.25                    # inches
FILL = {"function": "#dcebf7", "leaf": "#fde7cf", "constant": "#f1f1f1"}
LEGEND = {"function": "operation", "leaf": "leaf that requires a gradient", "constant": "constant"}


@dataclass
class Node:
    """A box: its text, its kind (a key of FILL), and the numbers of the nodes that it is computed from."""

    text: str
    kind: str
    inputs: list

    @property
    def width(self):
        return 0.3 + 0.075 * max(map(len, self.text.split("\n")))


@styled
def graph(result, **names):
    """The autograd graph of a small expression: a box for every operation and for every tensor it starts from.

    names: tensors to be called by name, as in `graph(loss, x=x, weight=weight)`
    Raises ValueError for a result that has no graph, whose graph was freed by backward(), or that has over 60 nodes.
    """
    nodes = collect(result, {id(tensor): name for name, tensor in names.items()})
    rows, places, bends = arrange([node.inputs for node in nodes], [node.width for node in nodes], GAP)
    drawing = max(x + node.width / 2 for (x, _), node in zip(places, nodes))
    width, height = max(4.4, drawing + 0.3), rows * ROW + 0.25
    figure = new_figure(width, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()

    def on_page(place):
        return place[0] + (width - drawing) / 2, (place[1] + 0.5) * ROW

    for k, node in enumerate(nodes):
        x, y = on_page(places[k])
        draw_box(axes, node, x, y)
        for slot, source in enumerate(node.inputs):
            end = x + entry(node.width, len(node.inputs), slot), y
            draw_edge(axes, on_page(places[source]), [on_page(place) for place in bends[k, slot]], end)
    patches = [Patch(facecolor=FILL[kind], edgecolor="#777777", linewidth=0.5, label=LEGEND[kind]) for kind in FILL]
    add_legend(figure, patches, columns=3)
    return figure


def collect(result, names):
    """The nodes of a tensor's graph, each after its inputs, the result last; no recursion."""
    if result.grad_fn is None:
        raise ValueError("graph: this tensor was not computed from any that requires a gradient; give one that was")
    nodes, number, stack = [], {}, [(result, False)]
    while stack:
        tensor, inputs_done = stack.pop()
        inputs = inputs_of(tensor)
        if id(tensor) in number:
            continue
        if inputs_done or not inputs:
            number[id(tensor)] = len(nodes)
            nodes.append(make_node(tensor, names.get(id(tensor)), [number[id(x)] for x in inputs]))
        else:
            stack.append((tensor, True))
            stack += [(x, False) for x in reversed(inputs)]
        if len(nodes) > LIMIT:
            raise ValueError(f"graph: the graph has more than {LIMIT} nodes; draw a smaller expression")
    return nodes


def inputs_of(tensor):
    """The tensors that a tensor was computed from; none for a leaf."""
    if tensor.grad_fn is None:
        return ()
    if tensor.grad_fn.inputs is None:
        raise ValueError("graph: backward() has freed this graph; draw it before, or use backward(retain_graph=True)")
    return tensor.grad_fn.inputs


def make_node(tensor, name, inputs):
    """A box of two lines: what it is, and its shape; a nameless number is one line, its value."""
    shape = "x".join(map(str, tensor.shape)) or "scalar"
    if tensor.grad_fn is not None:
        title = tensor.grad_fn.name()
        return Node(f"{name} = {title}\n{shape}" if name else f"{title}\n{shape}", "function", inputs)
    text = f"{tensor.item():.4g}" if not name and tensor.size == 1 else f"{name or 'tensor'}\n{shape}"
    return Node(text, "leaf" if tensor.requires_grad else "constant", inputs)


def draw_box(axes, node, x, y):
    rounding = BOX_HEIGHT / 2 if node.kind == "function" else 0.03
    axes.add_patch(FancyBboxPatch((x - node.width / 2, y - BOX_HEIGHT / 2), node.width, BOX_HEIGHT, zorder=2,
                                  boxstyle=f"round,pad=0,rounding_size={rounding}", facecolor=FILL[node.kind],
                                  edgecolor="#777777", linewidth=0.7))
    title, _, shape = node.text.partition("\n")
    axes.text(x, y - (0.075 if shape else 0), title, ha="center", va="center", fontsize=9, color=INK, zorder=3)
    axes.text(x, y + 0.105, shape, ha="center", va="center", fontsize=7.5, color="#555555", zorder=3)


def draw_edge(axes, start, waypoints, end):
    """A smooth arrow from the lower edge of one box through the waypoints to the upper edge of another."""
    start, tip = (start[0], start[1] + BOX_HEIGHT / 2), (end[0], end[1] - BOX_HEIGHT / 2)
    points = [start, *waypoints, (tip[0], tip[1] - 0.06)]
    vertices, codes = [start], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Path.CURVE4] * 3
    axes.add_patch(PathPatch(Path(vertices, codes), facecolor="none", edgecolor="#777777", linewidth=0.9, zorder=1))
    x, y = tip
    axes.fill([x - 0.035, x + 0.035, x], [y - 0.075, y - 0.075, y], color="#777777", linewidth=0, zorder=1)
