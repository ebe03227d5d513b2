// FCN's layers: the size of each map, what its units see, and the crops. Pure numbers, nothing is drawn.
//
// Equal to minifcn's models/receptive_field.py and models/crops.py, over VGG16. A layer is { name, kind, kernel,
// stride, padding }, of kind "conv" (sizes rounded down), "pool" (up) or "deconv". A map of coordinates is
// { scale, shift }: x -> scale x + shift, from a pixel of the image to the same point among a layer's units. Strides
// are powers of two, so floating-point numbers hold these fractions exactly. Read settings.js next.
"use strict";

// --- Maps of coordinates --------------------------------------------------------------------------------------------

const IDENTITY = { scale: 1, shift: 0 };

const compose = (first, second) => ({
  scale: second.scale * first.scale,
  shift: second.scale * first.shift + second.shift,
});

const inverse = ({ scale, shift }) => ({ scale: 1 / scale, shift: -shift / scale });

/** Window i of a convolution is centred on x = s i - p + (k - 1) / 2; solve for i. A transposed one is the inverse. */
const mapOfLayer = ({ kind, kernel, stride, padding }) => {
  const middle = (kernel - 1) / 2;
  return kind === "deconv"
    ? { scale: stride, shift: middle - padding }
    : { scale: 1 / stride, shift: (padding - middle) / stride };
};

const mapOf = (layers) => layers.map(mapOfLayer).reduce(compose, IDENTITY);

/** The pixel on which the first unit after `layers` is centred. */
const firstCentre = (layers) => inverse(mapOf(layers)).shift;

// --- Sizes and receptive fields -------------------------------------------------------------------------------------

/** A layer's output size for n units; 0 if the kernel does not fit. */
const lengthOf = ({ kind, kernel, stride, padding }, n) => {
  if (n < 1) return 0;
  if (kind === "deconv") return Math.max(0, stride * (n - 1) + kernel - 2 * padding);
  const round = kind === "pool" ? Math.ceil : Math.floor;
  return Math.max(0, round((n + 2 * padding - kernel) / stride) + 1);
};

const lengthAfter = (layers, n) => layers.reduce((length, layer) => lengthOf(layer, length), n);

/** Unit i after convolutions and pooling sees `size` pixels around pixel stride * i + centre. */
const receptiveField = (layers) => {
  let [size, stride] = [1, 1];
  for (const layer of layers) {
    size += (layer.kernel - 1) * stride;
    stride *= layer.stride;
  }
  return { size, stride, centre: firstCentre(layers) };
};

// --- The net --------------------------------------------------------------------------------------------------------

const conv = (name, kernel, padding) => ({ name, kind: "conv", kernel, stride: 1, padding });

/** VGG16 from the image to fc7. geometry: "caffe", where firstPadding is conv1_1's and fc6 has none, or "aligned". */
const vgg16 = ({ geometry, firstPadding, fc6 }) => {
  const layers = [];
  [2, 2, 3, 3, 3].forEach((depth, index) => {
    const stage = index + 1;
    for (let i = 1; i <= depth; i++)
      layers.push(conv(`conv${stage}_${i}`, 3, layers.length === 0 && geometry === "caffe" ? firstPadding : 1));
    layers.push({ name: `pool${stage}`, kind: "pool", kernel: 2, stride: 2, padding: 0 });
  });
  return [...layers, conv("fc6", fc6, geometry === "caffe" ? 0 : Math.floor(fc6 / 2)), conv("fc7", 1, 0)];
};

/** For each net: its skips, coarsest first, and its upsampling layers, one before each skip and one to the image. */
const NETS = {
  fcn32s: { title: "FCN-32s", skips: [], upscores: ["upscore"] },
  fcn16s: { title: "FCN-16s", skips: ["pool4"], upscores: ["upscore2", "upscore16"] },
  fcn8s: { title: "FCN-8s", skips: ["pool4", "pool3"], upscores: ["upscore2", "upscore_pool4", "upscore8"] },
};

/** The transposed convolution from the end of `path` to the units at the end of `target`; [] is the image. */
const upscoreWindow = (name, path, target, geometry) => {
  const stride = mapOf(target).scale / mapOf(path).scale;
  const unpadded = { name, kind: "deconv", kernel: 2 * stride, stride, padding: 0 };
  const first = compose(inverse(mapOf(target)), mapOf([...path, unpadded])).shift; // the unit at the target's first
  const cropped = geometry === "caffe" && target.length === 0;
  return { ...unpadded, padding: cropped ? 0 : Math.max(0, Math.trunc(first)) };
};

/** { deep, skips, upscores }: the layers to the coarse scores, those to each skip's scores, and the upsampling. */
const ladderOf = ({ net, geometry, firstPadding, fc6 }) => {
  const backbone = vgg16({ geometry, firstPadding, fc6 });
  const deep = [...backbone, conv("score_fr", 1, 0)];
  const upto = (stage) => backbone.slice(0, backbone.findIndex(({ name }) => name === stage) + 1);
  const skips = NETS[net].skips.map((stage) => [...upto(stage), conv(`score_${stage}`, 1, 0)]);
  const upscores = [];
  [...skips, []].forEach((target, rung) =>
    upscores.push(upscoreWindow(NETS[net].upscores[rung], [...deep, ...upscores], target, geometry)),
  );
  return { deep, skips, upscores };
};

// --- Crops ----------------------------------------------------------------------------------------------------------

/** For each crop: the layers to the map that is cropped (source), those to its reference, and the offset. */
const rungsOf = ({ deep, skips, upscores }) => {
  const pathTo = (rung) => [...deep, ...upscores.slice(0, rung + 1)];
  const pairs = skips.map((skip, rung) => ({ source: skip, reference: pathTo(rung) }));
  pairs.push({ source: pathTo(skips.length), reference: [] });
  return pairs.map(({ source, reference }) => ({
    source,
    reference,
    offset: compose(inverse(mapOf(reference)), mapOf(source)).shift,
  }));
};

/** For an image of n pixels, the rows that each crop leaves over at the far end; negative if too few. */
const slackOf = (rungs, n) =>
  rungs.map(({ source, reference, offset }) => {
    const wanted = lengthAfter(reference, n);
    return wanted ? lengthAfter(source, n) - offset - wanted : -1;
  });

/** The rows that the aligned net adds below n rows: its last unit is then as far from the end as its first. */
const paddingFor = (ladder, n) => {
  const { stride, centre } = receptiveField(ladder.deep);
  const missing = Math.trunc(2 * centre) + 1 - n;
  return Math.max(missing, ((missing % stride) + stride) % stride);
};

/** What is wrong with a net's settings for an image of n pixels, in the library's words; "" if nothing is. */
const fcnError = (settings) => {
  const rungs = rungsOf(ladderOf(settings));
  const early = rungs.find(({ offset }) => offset < 0);
  if (early)
    return (
      `crop: the offset is ${early.offset}, expected at least 0; give the layers of the map that is cut` +
      ` ${-early.offset} units more padding (as first_padding, if it is cut to the image)`
    );
  if (settings.geometry === "aligned") return "";
  if (range(32).some((more) => Math.min(...slackOf(rungs, 1000 + more)) < 0))
    return (
      `${settings.net}: over this VGG16, the geometry 'caffe' leaves a skip too small for some images, expected room` +
      " on each side; use 'aligned'"
    );
  const [slack, crops] = [slackOf(rungs, settings.size), rungs.map(({ offset }) => offset)];
  if (Math.min(...slack) >= 0) return "";
  return (
    `${settings.net}: an image side of ${settings.size} pixels is too small: first_padding=${settings.firstPadding}` +
    ` gives the crops [${crops.join(", ")}], which leave [${slack.join(", ")}] rows over, expected 0 or more; use a` +
    " larger first_padding (16 (k - 1) + 1 for a k x k fc6 serves every size) or a larger image"
  );
};
