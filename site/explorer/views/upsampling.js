// The bilinear kernel of any factor, and a row of numbers upsampled with it, beside interpolation.
//
// Read alignment.js next.
"use strict";

{
  const [WIDEST, HEIGHT] = [700, 300]; // pixels, of the chart
  const [LEFT, RIGHT, TOP, BOTTOM] = [34, 8, 10, 22]; // pixels around its curves
  const MOST_WRITTEN = 8; // the kernel size up to which its numbers are written

  /** The kernel, triangle[i] * triangle[j]. */
  const kernel = ({ factor }, width) => {
    const [k, weights] = [bilinearSize(factor), triangle(factor)];
    const of = (i, j) => {
      const weight = weights[i] * weights[j];
      return { text: k <= MOST_WRITTEN ? +weight.toFixed(3) : "", shade: 0.7 * weight, kind: "weight" };
    };
    const cell = cellFor(k, Math.min(width, 380), 48, 6);
    const label = `The bilinear kernel of factor ${factor}, ${times(k)}, largest at its centre.`;
    return figure(`the kernel, ${times(k)}`, grid({ rows: k, columns: k, cell, of, name: "bilinear", label }));
  };

  /** A weight of the triangle as a fraction, such as 3/8; they are multiples of 1/(2f), and for an odd f of 1/f. */
  const fraction = (weight, factor) => {
    const denominator = factor % 2 ? factor : 2 * factor;
    return weight === 1 ? "1" : `${Math.round(weight * denominator)}/${denominator}`;
  };

  // --- The chart ----------------------------------------------------------------------------------------------------

  /** Where a chart of `length` pixels with these values has its points: { x(pixel), y(value), low, high, width }. */
  const chartOf = (length, values, width) => {
    const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
    return {
      x: (pixel) => LEFT + ((pixel + 0.5) / length) * (width - LEFT - RIGHT),
      y: (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM),
      low, high, width,
    };
  };

  const path = (chart, kind, points) =>
    tag("polyline", {
      class: kind,
      points: points.map(([pixel, value]) => `${chart.x(pixel).toFixed(1)},${chart.y(value).toFixed(1)}`).join(" "),
    });

  const dots = (chart, kind, r, points) =>
    points.map(([pixel, value]) => tag("circle", { class: kind, cx: chart.x(pixel), cy: chart.y(value), r })).join("");

  const axes = (chart, length) => {
    const tick = (x, y, anchor, text) => tag("text", { class: "tick", x, y, "text-anchor": anchor }, text);
    const step = Math.max(1, Math.ceil(length / 12));
    const pixels = range(length).filter((pixel) => pixel % step === 0);
    return [
      tag("line", { class: "axis", x1: LEFT, x2: chart.width - RIGHT, y1: chart.y(0), y2: chart.y(0) }),
      ...[chart.low, chart.high].map((value) => tick(LEFT - 6, chart.y(value) + 4, "end", written(value))),
      ...pixels.map((pixel) => tick(chart.x(pixel), HEIGHT - 6, "middle", pixel)),
    ].join("");
  };

  /** The triangle that each number stamps, cut off at the ends of the result. */
  const triangles = (chart, row, factor, centreOf) =>
    row.map((value, u) => {
      const point = (pixel) => {
        const inside = Math.min(Math.max(pixel, -0.5), factor * row.length - 0.5);
        return [inside, value * (1 - Math.abs(inside - centreOf(u)) / factor)];
      };
      return path(chart, "stamp", [-factor, 0, factor].map((step) => point(centreOf(u) + step)));
    }).join("");

  const curves = ({ factor, row, at }, width) => {
    const [stamped, smooth] = [upsampledByStamps(row, factor), interpolated(row, factor)];
    const length = stamped.length;
    const chart = chartOf(length, [...row, ...stamped, ...smooth], Math.min(width, WIDEST));
    const centreOf = (u) => factor * u + (factor - 1) / 2;
    const differ = range(length).filter((i) => Math.abs(stamped[i] - smooth[i]) > 1e-9);
    const content = [
      tag("line", { class: "here", x1: chart.x(at), x2: chart.x(at), y1: TOP, y2: HEIGHT - BOTTOM }),
      axes(chart, length),
      triangles(chart, row, factor, centreOf),
      ...differ.map((i) => path(chart, "gap", [[i, stamped[i]], [i, smooth[i]]])),
      path(chart, "smooth", smooth.map((value, i) => [i, value])),
      dots(chart, "stamped", length > 60 ? 2 : 3.5, stamped.map((value, i) => [i, value])),
      dots(chart, "number", 6, row.map((value, u) => [centreOf(u), value])),
    ];
    const label =
      `A row of ${row.length} numbers upsampled to ${length} pixels: the transposed convolution and interpolation` +
      " agree except near the ends.";
    return svg(chart.width, HEIGHT, label, content.join(""), { class: "chart" });
  };

  // --- The numbers --------------------------------------------------------------------------------------------------

  const table = (stamped, smooth, at) => {
    const line = (name, title, values) => {
      const cells = values.map((value, i) => tag("td", { class: i === at ? "here" : undefined }, written(value)));
      return tag("tr", { "data-row": name }, tag("th", { scope: "row" }, title) + cells.join(""));
    };
    const lines = [
      line("pixels", "pixel", range(stamped.length)),
      line("stamped", "transposed convolution", stamped),
      line("smooth", "interpolation", smooth),
      line("gap", "difference", smooth.map((value, i) => value - stamped[i])),
    ];
    return tag("table", {}, tag("tbody", {}, lines.join("")));
  };

  const sentence = ({ factor, row, at }) => {
    const weightOf = (u) => triangle(factor)[at + bilinearPadding(factor) - factor * u];
    const reaching = range(row.length).filter((u) => weightOf(u) > 0);
    const terms = reaching.map((u) => `${fraction(weightOf(u), factor)}·${inFormula(row[u])}`);
    return (
      `Pixel ${at}: the transposed convolution gives ${terms.join(" + ")} =` +
      ` ${result("stamped", written(upsampledByStamps(row, factor)[at]))},` +
      ` interpolation ${result("smooth", written(interpolated(row, factor)[at]))}.`
    );
  };

  const LEGEND = Object.entries({
    number: "input", stamped: "transposed convolution", smooth: "interpolation", gap: "difference",
  }).map(([kind, text]) => tag("span", { class: `key ${kind}` }, text)).join(" ");

  const draw = (g, width) => {
    const weights = triangle(g.factor).map((weight) => fraction(weight, g.factor));
    const numbers = table(upsampledByStamps(g.row, g.factor), interpolated(g.row, g.factor), g.at);
    return {
      figures: figures(
        figure("a row of numbers, upsampled", curves(g, width), { note: LEGEND }),
        kernel(g, width),
        figure("the numbers", numbers, { wide: true }),
      ),
      formulas: formula("<i>k</i> = 2<i>f</i> − <i>f</i> mod 2", `2·${g.factor} − ${g.factor % 2}`, weights.length),
      sentence: sentence(g),
      note:
        `The triangle is <span data-value="triangle">${weights.join(", ")}</span>; the stride is ${g.factor}, the` +
        ` padding ${bilinearPadding(g.factor)}. Interpolation is that of <code>align_corners=False</code>.`,
    };
  };

  VIEWS.bilinear = {
    title: "Bilinear kernel",
    link: "Bilinear",
    lessons: "lesson 13",
    intro:
      "With the right kernel, a transposed convolution interpolates: every number stamps a triangle, and at each" +
      " pixel the weights add up to 1. Only near the ends, where a neighbour is missing, does it differ from" +
      " interpolation.",
    settings: ["factor", "row"],
    step: "pixel",
    error: () => "",
    width: ({ factor }) => factor,
    steps: ({ factor, row }) => factor * row.length,
    draw,
  };
}
