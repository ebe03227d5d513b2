// The page: reads the address, draws the view it names, and turns clicks, keys and sliders into new settings.
//
// The address keeps the settings of the view that is shown; the other views' wait here. Begin with arithmetic.js.
"use strict";

{
  const [SLOWEST, FASTEST, WHOLE] = [700, 60, 12000]; // milliseconds: a step of a play, and about the whole of it
  const REST = 300; // milliseconds without a change, after which the address is written: browsers limit how often
  const stored = Object.fromEntries(Object.keys(GROUPS).map((group) => [group, defaultsOf(group)]));
  const element = (id) => document.getElementById(id);
  let [view, playing, writing] = ["convolution", null, null];

  const settings = () => stored[GROUP_OF[view]];

  const group = () => GROUPS[GROUP_OF[view]];

  /** Change settings of the current view. The address follows, without a new entry in the history. */
  const change = (changed) => {
    Object.assign(settings(), changed);
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", addressOf(view, settings())), REST);
    render();
  };

  // --- Drawing ------------------------------------------------------------------------------------------------------

  const links = () =>
    Object.entries(VIEWS).map(([name, { link }]) => {
      const current = name === view ? "page" : undefined;
      return tag("a", { href: addressOf(name, stored[GROUP_OF[name]]), "aria-current": current }, link);
    }).join("");

  const NOTHING = { figures: "", formulas: "", sentence: "", note: "" };

  const render = () => {
    const shown = VIEWS[view];
    const error = shown.error(settings());
    if (error) stop();
    else settings().at = Math.min(settings().at, shown.steps(settings()) - 1);
    const names = typeof shown.settings === "function" ? shown.settings(settings()) : shown.settings;
    document.title = `${shown.title} · minifcn explorer`;
    element("title").textContent = shown.title;
    element("intro").textContent = `${shown.intro} (${shown.lessons.replace("l", "L")})`;
    element("error").textContent = error;
    fill(element("links"), links());
    fill(element("controls"), controls(group(), names, settings()));
    fill(element("player"), error ? "" : player(shown.step, settings().at, steps(), playing !== null));
    const parts = error ? NOTHING : shown.draw(settings(), element("figures").clientWidth);
    for (const [id, html] of Object.entries(parts)) fill(element(id), html);
  };

  /** Show what the address says; what it leaves out has its default. */
  const follow = () => {
    stop();
    const asked = parseAddress(location.hash);
    view = asked.view;
    Object.assign(settings(), defaultsOf(GROUP_OF[view]), asked.settings);
    render();
  };

  // --- Steps --------------------------------------------------------------------------------------------------------

  const steps = () => VIEWS[view].steps(settings());

  const go = (at) => change({ at: (at + steps()) % steps() });

  const stop = () => {
    clearInterval(playing);
    playing = null;
    element("sentence").setAttribute("aria-live", "polite");
  };

  const start = () => {
    element("sentence").setAttribute("aria-live", "off"); // not every step aloud
    playing = setInterval(() => go(settings().at + 1), Math.max(FASTEST, Math.min(SLOWEST, WHOLE / steps())));
  };

  const PLAYER = {
    back: () => go(settings().at - 1),
    on: () => go(settings().at + 1),
    play: () => {
      (playing === null ? start : stop)();
      render();
    },
  };

  // --- What people do -----------------------------------------------------------------------------------------------

  /** The row and the column of a matrix's picture that were clicked, as the two settings that it names: "at,pixel". */
  const picked = (picture, event) => {
    const [box, side] = [picture.getBoundingClientRect(), picture.dataset.side];
    const placeOn = (offset, length) =>
      Math.min(Math.max(Math.floor((offset - MARGIN) / side), 0), Math.floor((length - 2 * MARGIN) / side) - 1);
    const [row, column] = picture.dataset.pick.split(",");
    return {
      [row]: placeOn(event.clientY - box.top, box.height),
      [column]: placeOn(event.clientX - box.left, box.width),
    };
  };

  const click = (event) => {
    const hit = event.target.closest("[data-step], [data-pick], [data-pixel], [data-at]");
    if (!hit) return;
    const { step, pick, pixel, at } = hit.dataset;
    if (step) PLAYER[step]();
    else if (pick) change(picked(hit, event));
    else change(pixel ? { pixel: Number(pixel) } : { at: Number(at) });
  };

  /** A mouse that is moved with its button pressed clicks on everything that it passes; a finger only scrolls. */
  const drag = (event) => {
    if (event.buttons === 1 && event.pointerType !== "touch" && !event.target.closest("[data-step]")) click(event);
  };

  const input = ({ target }) => {
    const name = target.dataset.setting;
    const value = valueFrom(group()[name], target.value);
    if (value !== undefined) return change({ [name]: value });
    target.setAttribute("aria-invalid", "true");
    element("error").textContent = complaint(group()[name], target.value);
  };

  /** What was typed is complete: the field shows the value that is used. */
  const settle = ({ target }) => {
    if (isTyped(target)) target.value = [settings()[target.dataset.setting]].flat().join(", ");
    render();
  };

  /** Whether the element that has the focus has a use of its own for a key; a button or a link has none for arrows. */
  const isKept = ({ target, key }) =>
    target.closest("input, select") ||
    (key === " " && target.closest("button, a")) ||
    (target.matches(".scroll") && target.scrollWidth > target.clientWidth);

  /** Arrow keys move the window, Shift and arrow keys the pixel, the space bar plays. */
  const key = (event) => {
    if (isKept(event) || event.altKey || event.ctrlKey || event.metaKey) return;
    if (VIEWS[view].error(settings())) return;
    const moveIn = (width) => ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width })[event.key];
    if (event.key !== " " && !moveIn(1)) return;
    event.preventDefault();
    const { size, pixel, at } = settings();
    if (event.key === " ") return PLAYER.play();
    if (!event.shiftKey || pixel === undefined) return go(at + moveIn(VIEWS[view].width(settings())));
    change({ pixel: (Math.min(pixel, size ** 2 - 1) + moveIn(size) + size ** 2) % size ** 2 });
  };

  document.addEventListener("click", click);
  document.addEventListener("pointermove", drag);
  document.addEventListener("input", input);
  document.addEventListener("change", settle);
  document.addEventListener("keydown", key);
  window.addEventListener("hashchange", follow);
  window.addEventListener("resize", render);
  follow();
}
