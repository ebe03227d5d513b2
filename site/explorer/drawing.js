// What all views draw with: grids of numbers, sparse matrices, figures with captions, each as text of SVG or HTML.
//
// A drawing is a function of the settings that returns text; page.js puts it on the page. Sizes are pixels, and
// nothing is scaled, so that lines and letters stay crisp. Read page.js next.
"use strict";

const MARGIN = 3; // around a grid, for outlines
const DIGIT = 0.6; // the width of a digit, in font sizes
const SMALLEST_FONT = 7; // numbers that would be smaller are left out
const GAP = 40; // between two figures
const ROOM_FOR_TWO = 36; // the side of a cell that has room for a second, small number

/** An element with attributes; those that are undefined are left out, and numbers have two decimals. */
const tag = (name, attributes = {}, content = "") => {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const texts = given.map(([key, value]) => ` ${key}="${typeof value === "number" ? +value.toFixed(2) : value}"`);
  return `<${name}${texts.join("")}>${content}</${name}>`;
};

/** A picture of this size; `label` says in words what it shows. */
const svg = (width, height, label, content, attributes = {}) => {
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  return tag("svg", { role: "img", "aria-label": label, ...size, ...attributes }, content);
};

/** Whether two large figures fit beside each other. */
const isWide = (width) => width > 700;

/** The side of a cell, such that `columns` of them fit into `width` pixels. */
const cellFor = (columns, width, largest = 40, smallest = 4) =>
  Math.max(smallest, Math.min(largest, Math.floor((width - 2 * MARGIN) / columns)));

/** The font size for numbers of `longest` digits in a cell. */
const fontFor = (cell, longest) => Math.min(16, cell * 0.46, (cell * 0.84) / (longest * DIGIT));

/** Whether numbers up to `most` can be read in a cell; where they cannot, shades of grey stand for them. */
const isReadable = (cell, most) => fontFor(cell, `${most}`.length) >= SMALLEST_FONT;

/** The opacity that stands for a number from 1 to `most`; 0 has none. */
const shadeOf = (value, most) => (value ? 0.16 + (0.46 * (value - 1)) / Math.max(1, most - 1) : 0);

/** A frame around cells; it slides when it moves. */
const outline = (cell, { row, column, rows = 1, columns = 1, kind }) =>
  tag("rect", {
    class: `outline ${kind}`,
    x: MARGIN + column * cell,
    y: MARGIN + row * cell,
    width: columns * cell,
    height: rows * cell,
    rx: Math.min(4, cell / 6),
  });

/** What lies below all cells. */
const ground = (width, height) => tag("rect", { class: "ground", x: MARGIN, y: MARGIN, width, height });

const numberIn = (cell, x, y, size, text, attributes = {}) =>
  tag("text", { class: "value", x: x + cell / 2, y: y + cell / 2, "font-size": size, ...attributes }, text);

const cellAt = (cell, size, row, column, { text = "", kind = "", shade = 0, small = "", data = {} }) => {
  const [x, y] = [MARGIN + column * cell, MARGIN + row * cell];
  const square = { x, y, width: cell, height: cell };
  const readable = size >= SMALLEST_FONT;
  const parts = readable ? [tag("rect", { class: "ground", ...square })] : []; // small ones may be thousands
  if (shade) parts.push(tag("rect", { class: "shade", ...square, "fill-opacity": shade }));
  if (text !== "" && readable) parts.push(numberIn(cell, x, y, size, text));
  if (small !== "" && cell >= ROOM_FOR_TWO)
    parts.push(tag("text", { class: "small", x: x + cell - 3, y: y + cell - 5, "font-size": 10 }, small));
  return tag("g", { class: `cell ${kind}`, "data-cell": `${row},${column}`, ...data }, parts.join(""));
};

/**
 * A grid of numbers. of(row, column) -> { text, kind, shade, small, data }: the number, a class, the opacity of its
 * colour, a small number in its corner, attributes. outlines: [{ row, column, rows, columns, kind }], in cells.
 */
const grid = ({ rows, columns, cell, label, of, outlines = [], name }) => {
  const cells = range(rows * columns).map((i) => of(Math.floor(i / columns), i % columns));
  const [width, height] = [columns * cell, rows * cell];
  const longest = Math.max(1, ...cells.map(({ text = "" }) => `${text}`.length));
  const size = fontFor(cell, longest);
  const drawn = cells.map((one, i) => cellAt(cell, size, Math.floor(i / columns), i % columns, one));
  const below = size < SMALLEST_FONT ? ground(width, height) : ""; // cells that can be read have their own
  const content = [below, ...drawn, ...outlines.map((frame) => outline(cell, frame))].join("");
  return svg(width + 2 * MARGIN, height + 2 * MARGIN, label, content, { "data-grid": name });
};

/**
 * A matrix that is mostly zero: one path for each tap, and the numbers if there is room.
 * entries: [{ row, column, tap }], the number being tap + 1; pick: the settings that a click on row and column sets.
 */
const sparseMatrix = ({ rows, columns, cell, label, entries, taps, outlines, name, pick }) => {
  const at = (i) => MARGIN + i * cell;
  const squares = range(taps).map((tap) => {
    const own = entries.filter((entry) => entry.tap === tap);
    const path = own.map(({ row, column }) => `M${at(column)} ${at(row)}h${cell}v${cell}h${-cell}z`).join("");
    return tag("path", { class: "shade", d: path, "fill-opacity": shadeOf(tap + 1, taps) });
  });
  const size = cell * 0.6;
  const shown = size < SMALLEST_FONT ? [] : entries;
  const numbers = shown.map(({ row, column, tap }) =>
    numberIn(cell, at(column), at(row), size, tap + 1, { "data-cell": `${row},${column}` }));
  const [width, height] = [columns * cell, rows * cell];
  const frames = outlines.map((frame) => outline(cell, frame));
  const content = [ground(width, height), ...squares, ...numbers, ...frames].join("");
  const data = { "data-grid": name, "data-pick": pick, "data-side": cell };
  return svg(width + 2 * MARGIN, height + 2 * MARGIN, label, content, data);
};

/** A picture below its title. One that may be wide scrolls in its own frame, also by the keyboard. */
const figure = (title, content, { note, wide = false } = {}) => {
  const label = title.replace(/<[^>]*>/g, "");
  const frame = wide ? { class: "scroll", tabindex: 0, role: "group", "aria-label": label } : { class: "scroll" };
  const below = note ? tag("p", {}, note) : "";
  return tag("figure", {}, tag("figcaption", {}, title) + tag("div", frame, content) + below);
};

const figures = (...parts) => tag("div", { class: "figures" }, parts.join(""));

/** Figures that stay in one line; and figures that take the room left beside them, or the next line. */
const together = (...parts) => tag("div", { class: "together" }, parts.join(""));
const besides = (...parts) => tag("div", { class: "besides" }, parts.join(""));

/** A formula in letters, the same with numbers put in, and its value. */
const formula = (letters, numbers, value) =>
  `<p class="formula"><span>${letters}</span><span>= ${numbers} = ${result("formula", value)}</span></p>`;

/** A number that a sentence or a formula arrives at. */
const result = (name, value) => tag("strong", { "data-value": name }, value);

const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

const times = (rows, columns = rows) => `${rows} × ${columns}`;

/** A number for people: at most four digits after the point, and a true minus sign. */
const written = (value) => `${+value.toFixed(4)}`.replace("-", "−");

/** The same within a formula: a negative number stands in parentheses. */
const inFormula = (value) => (value < 0 ? `(${written(value)})` : written(value));
