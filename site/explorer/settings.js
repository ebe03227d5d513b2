// The settings of each view, their limits, and the address that keeps them: #im2col?size=5&kernel=3&at=4.
//
// Three views share one group of settings, so the same convolution can be seen as windows, as columns and as a matrix.
// An address may say anything: numbers are moved into their limits, and what is not known is ignored. Read drawing.js
// next.
"use strict";

const number = (label, letter, min, max, start, step = 1) => ({ label, letter, min, max, start, step });
const choice = (label, choices, start) => ({ label, choices, start });
const position = (start) => ({ min: 0, max: 9999, start, step: 1 }); // of the window; the picture limits it further

const GROUPS = {
  convolution: {
    size: number("input size", "n", 1, 10, 5),
    kernel: number("kernel size", "k", 1, 5, 3),
    stride: number("stride", "s", 1, 4, 2),
    padding: number("padding", "p", 0, 3, 1),
    dilation: number("dilation", "d", 1, 3, 1),
    at: position(4),
    pixel: position(12),
  },
  transposed: {
    size: number("input size", "m", 1, 6, 3),
    kernel: number("kernel size", "k", 1, 6, 3),
    stride: number("stride", "s", 1, 4, 2),
    padding: number("padding", "p", 0, 3, 0),
    outputPadding: number("output padding", "op", 0, 3, 0),
    dilation: number("dilation", "d", 1, 3, 1),
    at: position(4),
  },
  bilinear: {
    factor: number("factor", "f", 1, 16, 4),
    row: { label: "row of numbers", row: true, most: 12, start: [2, 5, 3, 8, 7, 1] },
    at: position(9),
  },
  fcn: {
    net: choice("network", { fcn32s: "FCN-32s", fcn16s: "FCN-16s", fcn8s: "FCN-8s" }, "fcn8s"),
    geometry: choice("geometry", { caffe: "caffe, with crops", aligned: "aligned" }, "caffe"),
    size: number("image size", "n", 1, 1000, 500),
    firstPadding: number("padding of conv1_1", "p", 0, 200, 100),
    fc6: number("kernel size of fc6", "k", 1, 15, 7, 2),
    at: position(7),
  },
};

/** The group of each view. */
const GROUP_OF = {
  convolution: "convolution", im2col: "convolution", matrix: "convolution",
  transposed: "transposed", bilinear: "bilinear", fcn: "fcn",
};

const defaultsOf = (group) =>
  Object.fromEntries(Object.entries(GROUPS[group]).map(([name, { start }]) => [name, start]));

/** A number moved to the nearest value that the setting allows. */
const withinLimits = ({ min, max, step }, value) =>
  min + step * Math.round((Math.min(Math.max(value, min), max) - min) / step);

/** A row of numbers from text such as "2, 5, 3"; undefined if it is none, or too long. */
const rowFrom = (text, most) => {
  const row = text.trim().split(/[\s,;]+/).map(Number);
  const fits = text.trim() && row.length <= most && row.every((value) => Math.abs(value) < 1000); // NaN is not
  return fits ? row : undefined;
};

/** The value of a setting from text; undefined for text that is no value of it. */
const valueFrom = (setting, text) => {
  if (setting.choices) return Object.hasOwn(setting.choices, text) ? text : undefined;
  if (setting.row) return rowFrom(text, setting.most);
  return text.trim() && Number.isFinite(Number(text)) ? withinLimits(setting, Number(text)) : undefined;
};

/** What is wrong with text that is no value of a setting. */
const complaint = ({ label, row, min, max, most }, text) =>
  row
    ? `${label}: found "${text}", expected 1 to ${most} numbers between -1000 and 1000, such as 2, 5, 3`
    : `${label}: found "${text}", expected a whole number from ${min} to ${max}`;

/** { view, settings } of an address; the first view, and the defaults, where it says nothing. */
const parseAddress = (hash) => {
  const [name, query = ""] = hash.replace(/^#/, "").split("?");
  if (!Object.hasOwn(GROUP_OF, name)) return { view: "convolution", settings: {} };
  const group = GROUPS[GROUP_OF[name]];
  const known = [...new URLSearchParams(query)].filter(([key]) => Object.hasOwn(group, key));
  const values = known.map(([key, text]) => [key, valueFrom(group[key], text)]);
  return { view: name, settings: Object.fromEntries(values.filter(([, value]) => value !== undefined)) };
};

const addressOf = (view, settings) => {
  const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return `#${view}?${pairs.join("&")}`;
};
