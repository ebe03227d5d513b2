"""The layout of a graph: boxes in rows, each below everything that it is computed from, with few crossings.

A small version of the method of Sugiyama, Tagawa and Toda (1981): rows, then the order in each row, then the positions.
It knows nothing of tensors or figures; autograd_graph.py draws the result. Read receptive_fields.py next.
"""

import numpy as np

WAYPOINT = 0.12                                            # the width of an edge in a row that it passes


def arrange(inputs, widths, gap, sweeps=24):
    """Rows and positions for nodes 0, 1, ..., the result last; inputs[k] are the nodes that k is computed from.

    Returns the number of rows, an (x, row) per node, and for each edge (k, slot) the (x, row) in each row it passes.
    x is the centre; boxes of `widths` in a row are at least `gap` apart, and the leftmost starts at 0.
    """
    row = rows_of(inputs)
    inputs, row, widths, bends = add_waypoints(inputs, row, list(widths))
    members = [[k for k in range(len(row)) if row[k] == r] for r in range(max(row) + 1)]
    above = [[(source, 0.0) for source in sources] for sources in inputs]
    below = [[] for _ in inputs]
    for k, sources in enumerate(inputs):
        for slot, source in enumerate(sources):
            below[source].append((k, entry(widths[k], len(sources), slot)))
    x = np.zeros(len(row))
    for r in members:
        x[r] = spread([0.0] * len(r), [widths[k] for k in r], gap)
    for sweep in range(sweeps):
        reorder = sweep < sweeps // 2                       # first find the order, then only the positions
        for r in members if sweep % 2 == 0 else members[::-1]:
            near = [above[k] if sweep % 2 == 0 else below[k] for k in r]
            wanted = [np.mean([x[j] + at for j, at in near[i]]) if near[i] else x[k] for i, k in enumerate(r)]
            if reorder:
                order = np.argsort(wanted, kind="stable")
                r[:], wanted = [r[i] for i in order], [wanted[i] for i in order]
            x[r] = spread(wanted, [widths[k] for k in r], gap)
    x -= min(x[k] - widths[k] / 2 for k in range(len(row)))
    place = [(float(x[k]), row[k]) for k in range(len(row))]
    return len(members), place, {edge: [place[k] for k in points] for edge, points in bends.items()}


def entry(width, count, slot):
    """Where input `slot` of `count` enters a box from above, relative to the box's centre."""
    return 0.8 * width * ((slot + 1) / (count + 1) - 0.5)


def rows_of(inputs):
    """Each node's row: the result is in the last, every other node directly above the highest node that uses it."""
    height = [0] * len(inputs)                              # steps to the result
    for k in reversed(range(len(inputs))):
        for source in inputs[k]:
            height[source] = max(height[source], height[k] + 1)
    return [max(height) - h for h in height]


def add_waypoints(inputs, row, widths):
    """Add a dummy node wherever an edge passes a row, so that the row leaves room for it."""
    inputs, row, bends = [list(sources) for sources in inputs], list(row), {}
    for k in range(len(inputs)):
        for slot, source in enumerate(list(inputs[k])):
            bends[k, slot] = points = []
            for r in range(row[source] + 1, row[k]):
                inputs.append([source])
                row.append(r)
                widths.append(WAYPOINT)
                source = len(row) - 1
                points.append(source)
            inputs[k][slot] = source
    return inputs, row, widths, bends


def spread(wanted, widths, gap):
    """Positions for boxes in a given order, at least `gap` apart, near those wanted (mean displacement 0)."""
    x = []
    for k, place in enumerate(wanted):
        least = x[-1] + (widths[k - 1] + widths[k]) / 2 + gap if x else place
        x.append(max(place, least))
    return np.array(x) - (np.mean(x) - np.mean(wanted) if x else 0)
