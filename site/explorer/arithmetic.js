// Convolution arithmetic: sizes, windows, columns, the matrix C, stamps. Pure numbers, nothing is drawn.
//
// A geometry is { size, kernel, stride, padding, dilation } of a square picture and a square kernel: n, k, s, p, d in
// the lessons. Pictures and kernels are flat arrays, row by row. Every number equals minifcn's (kernels/reference.py,
// geometry.py); tests/site/test_explorer.py compares them. Read bilinear.js next.
"use strict";

const range = (n) => Array.from({ length: n }, (_, i) => i);

// --- Pictures and kernels to show -----------------------------------------------------------------------------------

/** A picture of n x n digits, 1 to 9, that look random but are always the same. */
const picture = (n) =>
  range(n * n).map((i) => 1 + ((7 * Math.floor(i / n) + 3 * (i % n) + Math.floor((i * i) / 5)) % 9));

/** The kernel 1, 2, 3, ...: each tap has its own number, so that it can be found again in C. */
const countingKernel = (k) => range(k * k).map((i) => i + 1);

// --- Windows --------------------------------------------------------------------------------------------------------

/** The side of the convolution's result; below 1 if the window does not fit. */
const outputSize = ({ size, kernel, stride, padding, dilation }) =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

/** The side of the transposed convolution's result, for an input of side `size`. */
const transposedSize = ({ size, kernel, stride, padding, dilation, outputPadding }) =>
  (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1;

/**
 * The taps of the window at (u, v): [{ tap, row, column }], where tap number k i + j lies on row s u + d i - p and
 * column s v + d j - p, which may be outside the picture. A convolution collects along these ties; a transposed
 * convolution deals out along them.
 */
const tapsAt = ({ kernel, stride, padding, dilation }, u, v) =>
  range(kernel * kernel).map((tap) => ({
    tap,
    row: stride * u + dilation * Math.floor(tap / kernel) - padding,
    column: stride * v + dilation * (tap % kernel) - padding,
  }));

const isInside = (size, { row, column }) => row >= 0 && row < size && column >= 0 && column < size;

/**
 * Every product of the convolution: [{ at, tap, pixel }], for result number `at`; taps on the padding are left out.
 * These are the numbers of the matrix C that are not zero: the tap's weight, in row `at` and column `pixel`.
 */
const termsOf = (geometry) => {
  const { size } = geometry;
  const side = outputSize(geometry);
  return range(side * side).flatMap((at) =>
    tapsAt(geometry, Math.floor(at / side), at % side)
      .filter((place) => isInside(size, place))
      .map(({ tap, row, column }) => ({ at, tap, pixel: row * size + column })),
  );
};

// --- Convolution ----------------------------------------------------------------------------------------------------

/** y = C x: each result is the sum of its window's pixels times the kernel. */
const convolve = (geometry, x, weight) => {
  const y = new Array(outputSize(geometry) ** 2).fill(0);
  for (const { at, tap, pixel } of termsOf(geometry)) y[at] += weight[tap] * x[pixel];
  return y;
};

/** The column matrix, k^2 rows and a column for each window. */
const im2col = (geometry, x) => {
  const columns = range(geometry.kernel ** 2).map(() => new Array(outputSize(geometry) ** 2).fill(0));
  for (const { at, tap, pixel } of termsOf(geometry)) columns[tap][at] = x[pixel];
  return columns;
};

/** col2im of a column matrix of ones: how many windows contain each pixel. */
const windowCounts = (geometry) => {
  const counts = new Array(geometry.size ** 2).fill(0);
  for (const { pixel } of termsOf(geometry)) counts[pixel] += 1;
  return counts;
};

// --- Transposed convolution -----------------------------------------------------------------------------------------

/** The sum of the first `count` stamps (by default all), each the kernel times a number of x. */
const stampedBy = (geometry, x, weight, count = x.length) => {
  const side = transposedSize(geometry);
  const y = new Array(side * side).fill(0);
  for (const at of range(count))
    for (const place of tapsAt(geometry, Math.floor(at / geometry.size), at % geometry.size))
      if (isInside(side, place)) y[place.row * side + place.column] += x[at] * weight[place.tap];
  return y;
};

/** How many stamps reach each pixel of the result. */
const overlapCounts = (geometry) =>
  stampedBy(geometry, new Array(geometry.size ** 2).fill(1), new Array(geometry.kernel ** 2).fill(1));

/** Along one axis, far from the border: how many stamps reach a pixel, for each of the s places in a stride. */
const overlapPattern = ({ kernel, stride, padding, dilation }) => {
  const pattern = new Array(stride).fill(0);
  for (const i of range(kernel)) pattern[(((dilation * i - padding) % stride) + stride) % stride] += 1;
  return pattern;
};

// --- Settings that are impossible, in the library's words -----------------------------------------------------------

const pair = (n) => `(${n}, ${n})`;

const tooSmall = (op, geometry, side) =>
  `${op}: an input of size ${pair(geometry.size)} gives an output of size ${pair(side)}` +
  ` (kernel ${pair(geometry.kernel)}, stride ${pair(geometry.stride)}, padding ${pair(geometry.padding)},` +
  ` dilation ${pair(geometry.dilation)}); expected at least 1 in each direction, so use a larger input or a smaller` +
  " window";

/** What is wrong with a convolution's geometry, in a sentence; "" if nothing is. */
const convolutionError = (geometry) => {
  const side = outputSize(geometry);
  return side < 1 ? tooSmall("conv2d", geometry, side) : "";
};

/** The same of a transposed convolution's. */
const transposedError = (geometry) => {
  const { stride, dilation, outputPadding } = geometry;
  if (outputPadding >= Math.max(stride, dilation))
    return (
      `conv_transpose2d: output_padding ${pair(outputPadding)} must be smaller than stride ${pair(stride)} or` +
      ` dilation ${pair(dilation)}, in each direction`
    );
  const side = transposedSize(geometry);
  return side < 1 ? tooSmall("conv_transpose2d", geometry, side) : "";
};
