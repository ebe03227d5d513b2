// The figures that several views show: a picture with its padding and the current window, the kernel, a result.
//
// A view is { title, link, lessons, intro, settings, step, error, width, steps, draw }: draw(settings, width in pixels)
// returns the texts of its figures and sentences; `steps` and `width` say how many windows there are, and how many in a
// row. Read convolution.js next.
"use strict";

const VIEWS = {}; // by their names in the address; each file of this folder adds one

/** (u, v) of number `at` in a square of this side. */
const placeOf = (side, at) => [Math.floor(at / side), at % side];

/** The side of a cell: pictures with padding and results have cells of the same size. */
const cellOf = ({ size, padding }, width) => cellFor(size + 2 * padding, Math.min(width, 420));

/** The frame around the window at (u, v), in a grid that begins `padding` rows above the picture. */
const windowFrame = ({ kernel, stride, dilation }, u, v) => {
  const span = dilation * (kernel - 1) + 1;
  return { row: stride * u, column: stride * v, rows: span, columns: span, kind: "window" };
};

/** The tap of the window at (u, v) that lies on a place, as a function of the place; undefined where there is none. */
const tapOn = (g, u, v) => {
  const taps = new Map(tapsAt(g, u, v).map(({ tap, row, column }) => [`${row},${column}`, tap]));
  return ({ row, column }) => taps.get(`${row},${column}`);
};

/** The picture x with its padding; the current window is framed, its taps have the kernel's colours. */
const inputFigure = (g, width, pixel) => {
  const [side, x, counts] = [g.size + 2 * g.padding, picture(g.size), windowCounts(g)];
  const [u, v] = placeOf(outputSize(g), g.at);
  const tapAt = tapOn(g, u, v);
  const of = (r, c) => {
    const place = { row: r - g.padding, column: c - g.padding };
    const [inside, tap, i] = [isInside(g.size, place), tapAt(place), place.row * g.size + place.column];
    return {
      text: inside ? x[i] : 0,
      kind: !inside ? "padding" : counts[i] ? "" : "unread",
      shade: tap === undefined ? 0 : shadeOf(tap + 1, g.kernel ** 2),
      small: tap === undefined ? "" : `×${tap + 1}`,
      data: inside && pixel !== undefined ? { "data-pixel": i } : {},
    };
  };
  const outlines = [windowFrame(g, u, v)];
  if (pixel !== undefined) {
    const [row, column] = placeOf(g.size, pixel);
    outlines.push({ row: row + g.padding, column: column + g.padding, kind: "pixel" });
  }
  const title = `input <i>x</i>, ${times(g.size)}${g.padding ? `, padded to ${times(side)}` : ""}`;
  const label = `The input, ${times(g.size)}, with padding ${g.padding}; the window of place (${u}, ${v}) is framed.`;
  return figure(title, grid({ rows: side, columns: side, cell: cellOf(g, width), label, of, outlines, name: "input" }));
};

/** The kernel, whose taps are 1, 2, 3, ... */
const kernelFigure = ({ kernel }, cell) => {
  const weight = countingKernel(kernel);
  const of = (i, j) => ({ text: weight[kernel * i + j], shade: shadeOf(weight[kernel * i + j], kernel ** 2) });
  const label = `The kernel, ${times(kernel)}: 1, 2, 3, and so on.`;
  const drawn = grid({ rows: kernel, columns: kernel, cell, label, of, name: "kernel" });
  return figure(`kernel <i>W</i>, ${times(kernel)}`, drawn);
};

/** The result y; places after the current one are faint. A click on a place goes there. */
const outputFigure = (g, width) => {
  const [side, y] = [outputSize(g), convolve(g, picture(g.size), countingKernel(g.kernel))];
  const [row, column] = placeOf(side, g.at);
  const of = (u, v) => {
    const at = u * side + v;
    return { text: y[at], kind: at > g.at ? "later" : "", data: { "data-at": at } };
  };
  const cell = cellFor(side, Math.min(width, 420), cellOf(g, width));
  const label = `The result, ${times(side)}; place (${row}, ${column}) is framed.`;
  const outlines = [{ row, column, kind: "result" }];
  const drawn = grid({ rows: side, columns: side, cell, label, of, outlines, name: "output" });
  return figure(`result <i>y</i>, ${times(side)}`, drawn);
};

const sizeFormula = (g) =>
  formula(
    "size = ⌊(<i>n</i> + 2<i>p</i> − <i>d</i>(<i>k</i> − 1) − 1) / <i>s</i>⌋ + 1",
    `⌊(${g.size} + 2·${g.padding} − ${g.dilation}·(${g.kernel} − 1) − 1) / ${g.stride}⌋ + 1`,
    outputSize(g),
  );

/** What the three views of a convolution have in common. */
const CONVOLUTION = {
  settings: ["size", "kernel", "stride", "padding", "dilation"],
  error: convolutionError,
  width: outputSize,
  steps: (g) => outputSize(g) ** 2,
};
