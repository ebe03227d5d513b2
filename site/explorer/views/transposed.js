// Transposed convolution: every number of the input stamps the kernel onto the result, one stride apart; stamps add.
//
// Read upsampling.js next.
"use strict";

{
  /** The canvas before the padding is cut off: its first row is -p, and it holds all stamps and the whole result. */
  const canvasOf = (g) => {
    const stamps = g.stride * (g.size - 1) + g.dilation * (g.kernel - 1) + 1;
    return { first: -g.padding, length: Math.max(stamps, g.padding + transposedSize(g)) };
  };

  const canvasCell = (g, width) => cellFor(canvasOf(g).length, isWide(width) ? (width - GAP) / 2 : width, 36);

  const input = (g, cell) => {
    const [x, [row, column]] = [picture(g.size), placeOf(g.size, g.at)];
    const of = (u, v) => {
      const at = u * g.size + v;
      return { text: x[at], kind: at > g.at ? "later" : "", data: { "data-at": at } };
    };
    const label = `The input, ${times(g.size)}; place (${row}, ${column}) is framed.`;
    const outlines = [{ row, column, kind: "result" }];
    return figure(
      `input <i>x</i>, ${times(g.size)}`,
      grid({ rows: g.size, columns: g.size, cell, of, name: "small", outlines, label }),
    );
  };

  /** The sum of the stamps so far; the last stamp is framed, and what the padding cuts off is dashed. */
  const canvas = (g, width) => {
    const [{ first, length }, side, [u, v]] = [canvasOf(g), transposedSize(g), placeOf(g.size, g.at)];
    const sums = stampedBy(g, picture(g.size), countingKernel(g.kernel), g.at + 1);
    const [cell, most, tapAt] = [canvasCell(g, width), Math.max(...sums), tapOn(g, u, v)];
    const of = (r, c) => {
      const place = { row: r + first, column: c + first };
      const [inside, tap] = [isInside(side, place), tapAt(place)];
      const sum = inside ? sums[place.row * side + place.column] : 0;
      const [text, kind] = [sum || "", inside ? "" : "cut"];
      if (tap !== undefined) return { text, kind, shade: shadeOf(tap + 1, g.kernel ** 2) };
      return isReadable(cell, most) ? { text, kind } : { kind: "grey", shade: (0.6 * sum) / most };
    };
    const outlines = [windowFrame(g, u, v)];
    if (g.padding) outlines.push({ row: g.padding, column: g.padding, rows: side, columns: side, kind: "kept" });
    const done = `${times(side)}, after ${plural(g.at + 1, "stamp")}`;
    const label = `The result, ${done}; the last stamp is framed.`;
    return figure(
      `result <i>y</i>, ${done}`,
      grid({ rows: length, columns: length, cell, of, outlines, name: "stamps", label }),
    );
  };

  const overlaps = (g, width) => {
    const [counts, side] = [overlapCounts(g), transposedSize(g)];
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    const of = (r, c) => {
      const count = counts[r * side + c];
      return { text: count, shade: shadeOf(count, most), kind: "count" };
    };
    const label = `How many stamps reach each pixel of the result: from ${least} to ${most}.`;
    return figure(
      "how many stamps reach each pixel",
      grid({ rows: side, columns: side, cell: canvasCell(g, width), of, name: "overlaps", label }),
    );
  };

  /** Whether stamps overlap evenly, and why. */
  const evenness = (g) => {
    const pattern = overlapPattern(g);
    const [least, most] = [Math.min(...pattern), Math.max(...pattern)];
    const stamps = least === most ? plural(least, "stamp") : `${least} to ${most} stamps`;
    const counts = least === most ? "" : ` (${pattern.join(", ")}, and so on)`;
    const divides = g.kernel % g.stride ? "does not divide" : "divides";
    const why = g.dilation > 1 ? "" : `: the stride ${g.stride} ${divides} the kernel size ${g.kernel}`;
    const verdict =
      least === most ? "The overlaps are even."
      : least ? "The overlaps are uneven: a checkerboard."
      : "Some pixels get no stamp: holes.";
    const along = `Along each axis, far from the border, a pixel gets ${stamps}${counts}`;
    return `${along}${why}. ${result("evenness", verdict)}`;
  };

  const sentence = (g) => {
    const [[u, v], value] = [placeOf(g.size, g.at), picture(g.size)[g.at]];
    const [row, column] = [u, v].map((place) => written(g.stride * place - g.padding));
    return (
      `<i>x</i>(${u}, ${v}) = ${result("x", value)}: its stamp is ${value} times the kernel, and begins at row` +
      ` ${row}, column ${column} of the result.`
    );
  };

  const draw = (g, width) => {
    const cell = Math.max(24, canvasCell(g, width));
    return {
      figures: figures(input(g, cell), kernelFigure(g, cell), together(canvas(g, width), overlaps(g, width))),
      formulas: formula(
        "size = (<i>m</i> − 1)<i>s</i> − 2<i>p</i> + <i>d</i>(<i>k</i> − 1) + <i>op</i> + 1",
        `(${g.size} − 1)·${g.stride} − 2·${g.padding} + ${g.dilation}·(${g.kernel} − 1) + ${g.outputPadding} + 1`,
        transposedSize(g),
      ),
      sentence: sentence(g),
      note: evenness(g),
    };
  };

  VIEWS.transposed = {
    title: "Transposed convolution",
    link: "Transposed",
    lessons: "lessons 12 and 12b",
    intro:
      "Each number of the input presses a stamp: the kernel, times the number. The next stamp lands one stride" +
      " further on, and where stamps overlap, they add. Padding cuts off rows and columns on all sides; output" +
      " padding adds some at the far end.",
    settings: ["size", "kernel", "stride", "padding", "outputPadding", "dilation"],
    step: "stamp",
    error: transposedError,
    width: (g) => g.size,
    steps: (g) => g.size ** 2,
    draw,
  };
}
