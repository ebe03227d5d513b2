// Bilinear upsampling along one axis: by a transposed convolution with a fixed kernel, and by interpolation.
//
// Equal to minifcn's bilinear_kernel and interpolate(mode="bilinear", align_corners=False), which are separable: in two
// dimensions, the kernel is triangle[i] * triangle[j]. Read fcn.js next.
"use strict";

/** The kernel's size for a factor f, as in the paper's nets: 2f, or 2f - 1 for an odd f. */
const bilinearSize = (factor) => 2 * factor - (factor % 2);

/** The padding with which the result has f times the input's size. */
const bilinearPadding = (factor) => Math.floor(factor / 2);

/** The k weights 1 - |i - centre| / f of one axis. */
const triangle = (factor) => {
  const k = bilinearSize(factor);
  return range(k).map((i) => 1 - Math.abs(i - (k - 1) / 2) / factor);
};

/** A row of n numbers upsampled by a transposed convolution with the triangle: f n numbers. */
const upsampledByStamps = (row, factor) => {
  const result = new Array(row.length * factor).fill(0);
  const weights = triangle(factor);
  row.forEach((value, u) =>
    weights.forEach((weight, i) => {
      const place = factor * u + i - bilinearPadding(factor);
      if (place >= 0 && place < result.length) result[place] += value * weight;
    }),
  );
  return result;
};

/** The same row interpolated: output i samples the input at (i + 1/2) / f - 1/2; the ends are repeated beyond them. */
const interpolated = (row, factor) =>
  range(row.length * factor).map((i) => {
    const source = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), row.length - 1);
    const left = Math.min(Math.floor(source), Math.max(row.length - 2, 0));
    const share = source - left;
    return share ? (1 - share) * row[left] + share * row[left + 1] : row[left];
  });
