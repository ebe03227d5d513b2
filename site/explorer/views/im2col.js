// im2col: every window becomes a column, so that the convolution is one matrix product; and col2im, its adjoint.
//
// Read matrix.js next.
"use strict";

{
  /** The cells of W, the columns and the results: W stands on the left, and each result below its column. */
  const productCells = (g, cell) => {
    const [x, weight, taps] = [picture(g.size), countingKernel(g.kernel), g.kernel ** 2];
    const [columns, results] = [im2col(g, x), convolve(g, x, weight)];
    const readable = isReadable(cell, Math.max(...results));
    return (row, c) => {
      const [at, shade] = [c - 2, shadeOf(weight[row], taps)];
      if (row === taps || c === 1 || (row > taps && c === 0)) return { kind: "none" };
      if (c === 0) return { text: weight[row], shade };
      const data = { "data-at": at };
      if (row > taps) return { text: results[at], kind: at > g.at ? "later" : "", data };
      const value = columns[row][at];
      if (at === g.at) return { text: value, shade, data };
      return { text: value, kind: value ? "grey" : "padding", shade: readable ? 0 : value / 20, data };
    };
  };

  const product = (g, width) => {
    const [taps, count] = [g.kernel ** 2, outputSize(g) ** 2];
    const cell = cellFor(count + 2, width, 34, 5);
    const label =
      `The column matrix, ${times(taps, count)}, with the kernel on its left and the results below;` +
      ` column ${g.at} is framed.`;
    const outlines = [
      { row: 0, column: g.at + 2, rows: taps, kind: "window" },
      { row: taps + 1, column: g.at + 2, kind: "result" },
    ];
    const of = productCells(g, cell);
    return grid({ rows: taps + 2, columns: count + 2, cell, of, name: "columns", label, outlines });
  };

  /** The part of the current window that lies inside the picture, as outlines; none if it lies in the padding. */
  const windowInside = (g) => {
    const frame = windowFrame(g, ...placeOf(outputSize(g), g.at));
    const clip = (start) => Math.min(Math.max(start - g.padding, 0), g.size);
    const [row, column] = [clip(frame.row), clip(frame.column)];
    const rows = clip(frame.row + frame.rows) - row;
    const columns = clip(frame.column + frame.columns) - column;
    return rows && columns ? [{ row, column, rows, columns, kind: "window" }] : [];
  };

  /** How many windows contain each pixel. */
  const counts = (g, width) => {
    const values = windowCounts(g);
    const most = Math.max(...values);
    const of = (r, c) => {
      const count = values[r * g.size + c];
      return { text: count, shade: shadeOf(count, most), kind: "count" };
    };
    const label = `How many windows contain each pixel: from ${Math.min(...values)} to ${most}.`;
    const outlines = windowInside(g);
    return grid({ rows: g.size, columns: g.size, cell: cellOf(g, width), of, name: "counts", label, outlines });
  };

  const draw = (g, width) => {
    const [u, v] = placeOf(outputSize(g), g.at);
    const [taps, count, pixels] = [g.kernel ** 2, outputSize(g) ** 2, g.size ** 2];
    return {
      figures: figures(
        figure(`<i>W</i>, columns (${times(taps, count)}), and below them <i>y</i>`, product(g, width), { wide: true }),
        inputFigure(g, width),
        figure("col2im of ones: how many windows contain a pixel", counts(g, width)),
      ),
      formulas:
        formula("columns: <i>k</i>² × size²", `${g.kernel}² × ${outputSize(g)}²`, times(taps, count)) + sizeFormula(g),
      sentence: `Column ${g.at} is the window of place (${u}, ${v}), read row by row.`,
      note:
        `${plural(pixels, "pixel")} become ${plural(taps * count, "number")}. Where windows overlap, col2im adds, so` +
        " it does not undo im2col: it returns each pixel times the number of windows that contain it.",
    };
  };

  VIEWS.im2col = {
    ...CONVOLUTION,
    title: "im2col",
    link: "im2col",
    lessons: "lessons 6 and 7",
    intro:
      "im2col copies every window into a column. The convolution is then one matrix product, the kernel as a row" +
      " times the columns. col2im goes the other way: it adds every column to its window.",
    step: "column",
    draw,
  };
}
