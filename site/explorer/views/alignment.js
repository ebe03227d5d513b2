// FCN-32s, 16s and 8s over VGG16: the size of each map, what a unit sees, and where the crops come from.
//
// Read ../main.js next.
"use strict";

{
  const [WIDEST, ROW, TOP, SIDE] = [1000, 40, 26, 12]; // pixels: the picture of the maps, its rows, its margins

  /** What the picture, the table and the sentences need: the layers, the crops, and the padded image's size. */
  const netOf = (g) => {
    const ladder = ladderOf(g);
    const added = g.geometry === "aligned" ? paddingFor(ladder, g.size) : 0;
    return { ladder, rungs: rungsOf(ladder), added, length: g.size + added };
  };

  const nameOf = (layers) => (layers.length ? layers.at(-1).name : "the image");

  /** The pixels that coarse unit `at` sees: { size, stride, centre, from, to }. */
  const seenBy = ({ ladder }, at) => {
    const { size, stride, centre } = receptiveField(ladder.deep);
    const middle = stride * at + centre;
    return { size, stride, centre: middle, from: middle - (size - 1) / 2, to: middle + (size - 1) / 2 };
  };

  // --- The maps, one below the other, over the pixels of the image --------------------------------------------------

  /** For each map of the picture: its layers, the number of its units, and which of them the crop keeps. */
  const mapsOf = (g, { ladder, rungs, length }) => {
    const mapAfter = (layers, from = 0, kept = undefined) => {
      const units = lengthAfter(layers, length);
      return { layers, units, from, kept: kept ?? units };
    };
    const skips = rungs.slice(0, -1).flatMap(({ source, reference, offset }) =>
      [mapAfter(reference), mapAfter(source, offset, lengthAfter(reference, length))]);
    const { source, offset } = rungs.at(-1);
    return [mapAfter(ladder.deep), ...skips, mapAfter(source, offset, g.size)];
  };

  /** A bar over the pixels from `from` up to `to`; none if there are no pixels. */
  const bar = (kind, x, y, from, to) => {
    const place = { x: x(from - 0.5), y: y - 6, width: x(to) - x(from), height: 12 };
    return to > from ? tag("rect", { class: `bar ${kind}`, ...place }) : "";
  };

  /** The units of a map as dots, hollow where the crop removes them. A map with a unit for each pixel is a bar. */
  const unitsOf = ({ layers, units, from, kept }, x, y) => {
    const { scale, shift } = inverse(mapOf(layers));
    if (scale === 1) {
      const [start, end] = [shift + from, shift + from + kept];
      return bar("cut", x, y, shift, start) + bar("kept", x, y, start, end) + bar("cut", x, y, end, shift + units);
    }
    const r = Math.max(1, Math.min(4, (x(scale) - x(0)) * 0.32));
    const kindOf = (i) => (i < from || i >= from + kept ? "cut" : "kept");
    const dot = (i) => tag("circle", { class: `unit ${kindOf(i)}`, cx: x(scale * i + shift), cy: y, r });
    return range(units).map(dot).join("");
  };

  /** The image, with the pixels that it was padded by. */
  const imageRow = (g, net, x, y) =>
    tag("text", { class: "name", x: SIDE, y: y - 13 }, `image, ${plural(g.size, "pixel")}`) +
    bar("kept", x, y, 0, g.size) + bar("cut", x, y, g.size, net.length);

  const mapRow = (map, x, y) => {
    const cut = map.from ? `, cropped by ${tag("tspan", { class: "crop" }, map.from)}` : "";
    return tag("text", { class: "name", x: SIDE, y: y - 13 }, nameOf(map.layers) + cut) + unitsOf(map, x, y);
  };

  /** Lines at the image's first and last pixel, with their numbers. */
  const edges = (size, x, height) =>
    [[0, -0.5, "start"], [size - 1, 0.5, "end"]].map(([pixel, half, anchor]) =>
      tag("line", { class: "edge", x1: x(pixel + half), x2: x(pixel + half), y1: TOP - 10, y2: height - 20 }) +
      tag("text", { class: "tick", x: x(pixel + half), y: height - 6, "text-anchor": anchor }, pixel)).join("");

  const picture = (g, net, width) => {
    const [maps, seen] = [mapsOf(g, net), seenBy(net, g.at)];
    const ends = maps.flatMap(({ layers, units }) => {
      const { scale, shift } = inverse(mapOf(layers));
      return [shift, scale * (units - 1) + shift];
    });
    const [low, high] = [Math.min(-1, seen.from, ...ends), Math.max(net.length, seen.to, ...ends)];
    const span = Math.min(width, WIDEST) - 2 * SIDE;
    const x = (pixel) => SIDE + ((pixel - low) / (high - low)) * span;
    const height = TOP + (maps.length + 1) * ROW + 24;
    const field = { x: x(seen.from - 0.5), y: TOP + 3, width: x(seen.size) - x(0), height: 2 * ROW };
    const content = [
      tag("rect", { class: "seen", ...field }),
      edges(g.size, x, height),
      imageRow(g, net, x, TOP + ROW),
      ...maps.map((map, i) => mapRow(map, x, TOP + (i + 2) * ROW)),
      tag("circle", { class: "unit here", cx: x(seen.centre), cy: TOP + 2 * ROW, r: 6 }),
    ];
    const label =
      `The units of each map over the pixels of the image; coarse unit ${g.at} sees pixels ${seen.from} to ${seen.to}.`;
    return svg(span + 2 * SIDE, height, label, content.join(""), { class: "chart" });
  };

  // --- The table of layers ------------------------------------------------------------------------------------------

  const HEADS = [
    "layer", "kind", "kernel", "stride", "padding", "output", "stride in all", "receptive field", "first centre",
  ];

  const rowOf = (layers, n, kept = "") => {
    const { name, kind, kernel, stride, padding } = layers.at(-1);
    const { scale, shift } = inverse(mapOf(layers));
    const field = layers.some((layer) => layer.kind === "deconv") ? "" : receptiveField(layers).size;
    const [what, output] = [kind === "deconv" ? "transposed" : kind, lengthAfter(layers, n) + kept];
    const numbers = [what, kernel, stride, padding, output, scale, field, written(shift)];
    const cells = numbers.map((number) => tag("td", {}, number)).join("");
    return tag("tr", { "data-row": name }, tag("th", { scope: "row" }, name) + cells);
  };

  /** Which units of a map its crop keeps: ", kept 5–38"; nothing if it keeps all. */
  const keptOf = ({ source, reference, offset }, n) => {
    const [units, kept] = [lengthAfter(source, n), lengthAfter(reference, n)];
    return units === kept ? "" : `, kept ${offset}–${offset + kept - 1}`;
  };

  const table = ({ ladder, rungs, length }) => {
    const down = ladder.deep.map((_, i) => rowOf(ladder.deep.slice(0, i + 1), length));
    const up = ladder.upscores.flatMap((_, rung) => {
      const path = rowOf([...ladder.deep, ...ladder.upscores.slice(0, rung + 1)], length);
      const skip = ladder.skips[rung];
      return skip ? [path, rowOf(skip, length, keptOf(rungs[rung], length))] : [path];
    });
    const heads = HEADS.map((head) => tag("th", { scope: "col" }, head)).join("");
    return tag("table", {}, tag("thead", {}, tag("tr", {}, heads)) + tag("tbody", {}, [...down, ...up].join("")));
  };

  // --- The crops, derived -------------------------------------------------------------------------------------------

  const derivation = ({ source, reference, offset }) => {
    const [here, there] = [firstCentre(source), firstCentre(reference)];
    return formula(
      `crop of ${nameOf(source)} to ${nameOf(reference)}`,
      `(${written(there)} − ${inFormula(here)}) / ${inverse(mapOf(source)).scale}`,
      written(offset),
    );
  };

  const sentence = (g, net) => {
    const { size, stride, centre, from, to } = seenBy(net, g.at);
    return (
      `Unit ${g.at} of score_fr sees ${result("field", size)} pixels, ${written(from)} to ${written(to)}, around` +
      ` ${written(centre)}. Its neighbour is centred ${stride} pixels further on.`
    );
  };

  const note = (g, net) =>
    g.geometry === "caffe"
      ? "A crop is the distance between the first units of two maps: (first centre of the reference − first centre of" +
        " the map) / stride. It depends on the layers alone, not on the image’s size. Hollow units are cropped."
      : "Every odd window is padded by half its size, so all maps begin aligned, and the crops are 0. The image gets" +
        ` ${result("added", net.added)} more rows and columns at its far end, so that the last unit is as far from` +
        " that end as the first unit is from the beginning.";

  VIEWS.fcn = {
    title: "FCN’s crops",
    link: "FCN’s crops",
    lessons: "lessons 17 and 18",
    intro:
      "Every unit of a feature map is centred on a point of the image. Layer by layer, the centres follow from the" +
      " kernels, strides and paddings, and so do the crops that align the maps of FCN‑32s, 16s and 8s over VGG16.",
    settings: ({ geometry }) => ["net", "geometry", "size", ...(geometry === "caffe" ? ["firstPadding"] : []), "fc6"],
    step: "unit",
    error: fcnError,
    width: () => 1,
    steps: (g) => lengthAfter(ladderOf(g).deep, netOf(g).length),
    draw: (g, width) => {
      const net = netOf(g);
      const title = `${NETS[g.net].title}: the image, and the units of one row of each map`;
      return {
        figures: figures(figure(title, picture(g, net, width)), figure("layer by layer", table(net), { wide: true })),
        formulas: net.rungs.map(derivation).join(""),
        sentence: sentence(g, net),
        note: note(g, net),
      };
    },
  };
}
