// The controls as text of HTML: a slider for each setting, and the player that steps through the windows.
//
// main.js listens to them. Read views/parts.js next.
"use strict";

const TYPED_FROM = 50; // a setting with more values can also be typed

const choiceField = (name, { label, choices }, value) => {
  const options = Object.entries(choices).map(([key, title]) =>
    tag("option", { value: key, selected: key === value ? "" : undefined }, title));
  const field = tag("select", { "data-setting": name }, options.join(""));
  return tag("label", { class: "setting" }, tag("span", {}, label) + field);
};

const rowField = (name, { label, most }, value) =>
  `<label class="setting wide"><span>${label}, at most ${most}</span>` +
  `<input type="text" data-setting="${name}" value="${value.join(", ")}" autocomplete="off"></label>`;

const slider = (name, { label, letter, min, max, step }, value) => {
  const limits = `min="${min}" max="${max}" step="${step}" value="${value}" data-setting="${name}"`;
  const number = max - min < TYPED_FROM
    ? `<output for="set-${name}">${value}</output>`
    : `<input type="number" ${limits} aria-label="${label}, as a number">`;
  return `<div class="setting"><label for="set-${name}">${label} <i>${letter}</i></label>` +
    `<div class="slide"><input type="range" id="set-${name}" ${limits}>${number}</div></div>`;
};

/** The controls of a group of settings; `names` are those that the view has. */
const controls = (group, names, settings) => {
  const field = ({ choices, row }) => (choices ? choiceField : row ? rowField : slider);
  return names.map((name) => field(group[name])(name, group[name], settings[name])).join("");
};

const ICONS = {
  back: "M15 5 6 12l9 7zM4 5h2v14H4z",
  on: "M9 5l9 7-9 7zM18 5h2v14h-2z",
  play: "M8 4l12 8-12 8z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
};

const button = (step, label, icon) => {
  const picture = tag("svg", { "aria-hidden": "true", viewBox: "0 0 24 24" }, tag("path", { d: ICONS[icon] }));
  return tag("button", { type: "button", "data-step": step, "aria-label": label, title: label }, picture);
};

/** Step back, play or pause, step on, and a slider over all steps; `what` is what a step shows: "window". */
const player = (what, at, steps, playing) =>
  button("back", `previous ${what}`, "back") +
  (playing ? button("play", "pause", "pause") : button("play", "play", "play")) +
  button("on", `next ${what}`, "on") +
  `<label class="position"><span>${what} ${at} of 0–${steps - 1}</span>` +
  `<input type="range" min="0" max="${steps - 1}" value="${at}" data-setting="at"></label>`;
