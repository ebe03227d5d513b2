"""Computational graphs, drawn from the inputs at the top to the result at the bottom: `graph` for tensors,
`value_graph` for any other objects, `value_graphs` for several side by side.

Three steps: `collect` walks from the result to the leaves, layers.py arranges the nodes in rows, `draw` draws them.
Read cells.py next.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from matplotlib.patches import FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path

from .layers import arrange, entry
from .style import INK, LINES, add_legend, new_figure, styled

LIMIT = 60                                                 # nodes; more would be illegible
LINE, GAP, APART = 0.16, 0.25, 0.9                         # inches: of text, between boxes, between graphs
FILL = {"function": "#dcebf7", "leaf": "#fde7cf", "constant": "#f1f1f1"}
TENSORS = {"function": "operation", "leaf": "leaf that requires a gradient", "constant": "constant"}
VALUES = {"function": "computed", "leaf": "leaf"}


@dataclass
class Node:
    """A box: its text, its kind (a key of FILL), the indices of its inputs, and the texts at the arrows from them."""

    text: str
    kind: str
    inputs: list
    notes: list = field(default_factory=list)

    @property
    def width(self):
        return 0.3 + 0.075 * max(map(len, self.text.split("\n")))

    @property
    def height(self):
        return 0.12 + LINE * max(2, len(self.text.split("\n")))


@styled
def graph(result, **names):
    """The autograd graph of a small expression: a box for every operation and every leaf.

    names: tensors to label, as in `graph(loss, x=x, weight=weight)`
    Raises ValueError for a result without a graph, with one freed by backward(), or with over 60 nodes.
    """
    if result.grad_fn is None:
        raise ValueError("graph: this tensor was not computed from any that requires a gradient; give one that was")
    names = {id(tensor): name for name, tensor in names.items()}
    nodes = collect(result, inputs_of, lambda tensor, inputs: make_node(tensor, names.get(id(tensor)), inputs))
    return draw([nodes], TENSORS)


@styled
def value_graph(root, inputs, label, along=None):
    """The graph of any objects that are computed from one another, drawn like that of tensors.

    inputs: returns the objects that an object was computed from, none for a leaf; label: its text, one to four lines
    along:  along(node, k) returns the text at the arrow to the node from its input number k
    Raises ValueError for a graph with a cycle or over 60 nodes.
    """
    return draw([values(root, inputs, label, along)], VALUES)


@styled
def value_graphs(inputs, label, **roots):
    """The graphs of several objects, side by side, each under its name; the rest is as for value_graph."""
    return draw([values(root, inputs, label) for root in roots.values()], VALUES,
                [name.replace("_", " ") for name in roots])


def values(root, inputs, label, along=None):
    """The nodes of the graph of `root`, for draw."""
    def box(node, sources):
        notes = [str(along(node, k)) for k in range(len(sources))] if along else []
        return Node(str(label(node)), "function" if sources else "leaf", sources, notes)

    return collect(root, inputs, box)


def collect(result, inputs_of, make):
    """The nodes of a graph, each after its inputs, the result last. `make(object, inputs)` returns a Node."""
    nodes, number, sources, stack = [], {}, {}, [result]
    while stack:
        thing = stack.pop()
        if id(thing) in number:
            continue
        if id(thing) in sources:                            # seen before: now its inputs are done
            if any(id(x) not in number for x in sources[id(thing)]):
                raise ValueError("graph: an object is computed from itself, in a circle; look at its inputs")
            number[id(thing)] = len(nodes)
            nodes.append(make(thing, [number[id(x)] for x in sources[id(thing)]]))
        else:
            sources[id(thing)] = list(inputs_of(thing))
            stack += [thing, *reversed(sources[id(thing)])]
        if len(sources) > LIMIT:
            raise ValueError(f"graph: the graph has more than {LIMIT} nodes; draw a smaller expression")
    return nodes


def draw(graphs, legend, titles=("",)):
    """The figure of some graphs, side by side; each is a list of nodes, and each node is listed after its inputs."""
    step = max(node.height for nodes in graphs for node in nodes) + 0.38
    plans = [arrange([node.inputs for node in nodes], [node.width for node in nodes], GAP) for nodes in graphs]
    widths = [max(x + node.width / 2 for (x, _), node in zip(plan[1], nodes)) for plan, nodes in zip(plans, graphs)]
    drawing, tallest = sum(widths) + APART * (len(graphs) - 1), max(plan[0] for plan in plans)
    top = 0.3 if any(titles) else 0
    width, height = max(drawing, sum(0.35 + 0.075 * len(text) for text in legend.values())) + 0.3, tallest * step + 0.25
    figure = new_figure(width, top + height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(top + height, 0))
    axes.set_axis_off()
    left = (width - drawing) / 2
    for nodes, plan, wide, title in zip(graphs, plans, widths, titles):
        draw_graph(axes, nodes, plan, step, left, top + (tallest - plan[0]) * step / 2)
        axes.text(left + wide / 2, 0.22, title, ha="center", va="baseline", fontsize=9)
        left += wide + APART
    patches = [Patch(facecolor=FILL[kind], edgecolor="#777777", linewidth=0.5, label=text)
               for kind, text in legend.items()]
    add_legend(figure, patches, columns=3)
    return figure


def draw_graph(axes, nodes, plan, step, left, top):
    """One graph, arranged as in `plan`, with its left top corner at (left, top)."""
    _, places, bends = plan

    def on_page(place):
        return left + place[0], top + (place[1] + 0.5) * step

    for k, node in enumerate(nodes):
        x, y = on_page(places[k])
        draw_box(axes, node, x, y)
        for slot, source in enumerate(node.inputs):
            start, end = on_page(places[source]), (x + entry(node.width, len(node.inputs), slot), y - node.height / 2)
            draw_edge(axes, (start[0], start[1] + nodes[source].height / 2),
                      [on_page(place) for place in bends[k, slot]], end)
            if node.notes:
                last = slot == len(node.inputs) - 1
                axes.text(end[0] + (0.07 if last else -0.07), end[1] - 0.03, node.notes[slot], zorder=3, fontsize=8,
                          ha="left" if last else "right", va="bottom", color=LINES[1],
                          bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"})


def inputs_of(tensor):
    """The tensors that a tensor was computed from; none for a leaf."""
    if tensor.grad_fn is None:
        return ()
    if tensor.grad_fn.inputs is None:
        raise ValueError("graph: backward() has freed this graph; draw it before, or use backward(retain_graph=True)")
    return tensor.grad_fn.inputs


def make_node(tensor, name, inputs):
    """A box of two lines, its name and its shape; for an unnamed scalar one line, its value."""
    shape = "x".join(map(str, tensor.shape)) or "scalar"
    if tensor.grad_fn is not None:
        title = tensor.grad_fn.name()
        return Node(f"{name} = {title}\n{shape}" if name else f"{title}\n{shape}", "function", inputs)
    text = f"{tensor.item():.4g}" if not name and tensor.size == 1 else f"{name or 'tensor'}\n{shape}"
    return Node(text, "leaf" if tensor.requires_grad else "constant", inputs)


def draw_box(axes, node, x, y):
    """A rounded box for a computed value, a square one for a leaf; the first line is the title."""
    left, top = x - node.width / 2, y - node.height / 2
    rounding = 0.22 if node.kind == "function" else 0.03
    axes.add_patch(FancyBboxPatch((left, top), node.width, node.height, zorder=2, facecolor=FILL[node.kind],
                                  boxstyle=f"round,pad=0,rounding_size={rounding}", edgecolor="#777777", linewidth=0.7))
    text = node.text.split("\n")
    for k, line in enumerate(text):
        place = y + LINE * (k - (len(text) - 1) / 2) * 1.1
        axes.text(x, place, line, ha="center", va="center", fontsize=7.5 if k else 9, color="#555555" if k else INK,
                  zorder=3)


def draw_edge(axes, start, waypoints, tip):
    """A smooth arrow from the bottom of one box through the waypoints to the top of another."""
    points = [start, *waypoints, (tip[0], tip[1] - 0.06)]
    vertices, codes = [start], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Path.CURVE4] * 3
    axes.add_patch(PathPatch(Path(vertices, codes), facecolor="none", edgecolor="#777777", linewidth=0.9, zorder=1))
    x, y = tip
    axes.fill([x - 0.035, x + 0.035, x], [y - 0.075, y - 0.075, y], color="#777777", linewidth=0, zorder=1)
