// Convolution: a window slides over the padded picture; each place of the result is the sum of its products.
//
// Read im2col.js next.
"use strict";

{
  const MOST_PRODUCTS = 9; // that are written out

  /** How the current place of the result is computed, in a sentence. */
  const sentence = (g) => {
    const [x, weight, [u, v]] = [picture(g.size), countingKernel(g.kernel), placeOf(outputSize(g), g.at)];
    const pixelOf = (place) => (isInside(g.size, place) ? x[place.row * g.size + place.column] : 0);
    const products = tapsAt(g, u, v).map((place) => [weight[place.tap], pixelOf(place)]);
    const sum = products.reduce((total, [w, value]) => total + w * value, 0);
    const terms = products.length <= MOST_PRODUCTS
      ? products.map(([w, value]) => `${w}·${value}`).join(" + ")
      : `the sum of ${products.length} products`;
    return `<i>y</i>(${u}, ${v}) = ${terms} = ${result("y", sum)}`;
  };

  /** What the stride or the dilation leaves out. */
  const remark = (g) => {
    const unread = windowCounts(g).filter((count) => count === 0).length;
    return unread ? ` ${unread === 1 ? "One pixel is" : `${unread} pixels are`} read by no window (grey).` : "";
  };

  VIEWS.convolution = {
    ...CONVOLUTION,
    title: "Convolution",
    link: "Convolution",
    lessons: "lesson 5",
    intro:
      "The kernel lies on a window of the input. Each tap multiplies the pixel below it, and the products are added:" +
      " one number of the result. Then the window moves on by the stride.",
    step: "window",
    draw: (g, width) => ({
      figures: figures(inputFigure(g, width), kernelFigure(g, cellOf(g, width)), outputFigure(g, width)),
      formulas: sizeFormula(g),
      sentence: sentence(g),
      note:
        "For the result at (<i>u</i>, <i>v</i>), tap (<i>i</i>, <i>j</i>) reads the input at" +
        " (<i>su</i> + <i>di</i> − <i>p</i>, <i>sv</i> + <i>dj</i> − <i>p</i>). Outside the picture it reads 0." +
        remark(g),
    }),
  };
}
