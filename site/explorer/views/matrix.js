// The matrix C of a convolution, y = C x, and its transpose: a row of C is a window, a column is a pixel.
//
// Read transposed.js next.
"use strict";

{
  const WIDEST = 1060; // pixels, of both matrices together

  /** The weight that ties the current result to the current pixel, and what that means. */
  const sentence = (g) => {
    const term = termsOf(g).find(({ at, pixel }) => at === g.at && pixel === g.pixel);
    const [[u, v], [row, column]] = [placeOf(outputSize(g), g.at), placeOf(g.size, g.pixel)];
    const why = term ? `tap ${term.tap + 1} ties them` : "no tap of the window lies on the pixel";
    return (
      `Row ${g.at} of <i>C</i> is the window of place (${u}, ${v}), column ${g.pixel} is pixel (${row}, ${column}):` +
      ` ${why}, and <i>C</i> has ${result("c", term ? term.tap + 1 : 0)} there.`
    );
  };

  const matrices = (g, width) => {
    const [results, pixels, entries] = [outputSize(g) ** 2, g.size ** 2, termsOf(g)];
    const cell = cellFor(isWide(width) ? pixels + results : pixels, Math.min(width - GAP, WIDEST), 20, 3);
    const forward = sparseMatrix({
      rows: results, columns: pixels, cell, taps: g.kernel ** 2, name: "C", pick: "at,pixel",
      label: `The matrix C, ${times(results, pixels)}; row ${g.at} and column ${g.pixel} are framed.`,
      entries: entries.map(({ at, tap, pixel }) => ({ row: at, column: pixel, tap })),
      outlines: [
        { row: g.at, column: 0, columns: pixels, kind: "window" },
        { row: 0, column: g.pixel, rows: results, kind: "pixel" },
      ],
    });
    const transpose = sparseMatrix({
      rows: pixels, columns: results, cell, taps: g.kernel ** 2, name: "CT", pick: "pixel,at",
      label: `The transpose of C, ${times(pixels, results)}; column ${g.at} and row ${g.pixel} are framed.`,
      entries: entries.map(({ at, tap, pixel }) => ({ row: pixel, column: at, tap })),
      outlines: [
        { row: 0, column: g.at, rows: pixels, kind: "window" },
        { row: g.pixel, column: 0, columns: results, kind: "pixel" },
      ],
    });
    const transposeTitle = `<i>C</i><sup>T</sup>, ${times(pixels, results)}: deals results out to pixels`;
    return together(
      figure(`<i>C</i>, ${times(results, pixels)}: collects pixels into results`, forward, { wide: true }),
      figure(transposeTitle, transpose, { wide: true }),
    );
  };

  const draw = (settings, width) => {
    const g = { ...settings, pixel: Math.min(settings.pixel, settings.size ** 2 - 1) };
    const [results, pixels] = [outputSize(g) ** 2, g.size ** 2];
    const size = times(results, pixels);
    return {
      figures: figures(matrices(g, width), besides(inputFigure(g, width, g.pixel), outputFigure(g, width))),
      formulas: formula("<i>C</i>: size² × <i>n</i>²", `${outputSize(g)}² × ${g.size}²`, size) + sizeFormula(g),
      sentence: sentence(g),
      note:
        `${termsOf(g).length} of the ${results * pixels} numbers are not zero. Click a row and column, or a pixel; or` +
        " move the window with the arrow keys, and the pixel with Shift and the arrow keys.",
    };
  };

  VIEWS.matrix = {
    ...CONVOLUTION,
    title: "The matrix C",
    link: "Matrix C",
    lessons: "lessons 7, 12 and 12b",
    intro:
      "A convolution is linear, so it is a matrix times the pixels, read row by row. The matrix is mostly zero, and" +
      " the same weights come back in every row. Its transpose is the matrix of the transposed convolution, and of" +
      " the convolution’s backward pass.",
    step: "window",
    draw,
  };
}
