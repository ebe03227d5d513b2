// What is wider than the page scrolls by itself, and by the keyboard, too; and pages that were opened from the disk may
// not read each other, so that a search there shows titles without excerpts.

if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

let isSettled = false; // whether all this has been done
const WORD_JOINER = "\u2060";
const formulas = () => [...document.querySelectorAll("span.math")];

// Browsers break a line on either side of a formula, even before a full stop; a word joiner says not to.
function keepTogether() {
  for (const formula of formulas()) {
    if (/\S$/.test(formula.previousSibling?.textContent ?? "")) formula.before(WORD_JOINER);
    if (/^\S/.test(formula.nextSibling?.textContent ?? "")) formula.after(WORD_JOINER);
  }
}

function isWide(formula) {
  const column = formula.closest("p, li, td, dd, figcaption") ?? document.body;
  return formula.getBoundingClientRect().width > column.clientWidth + 1; // which is rounded
}

function makeReachable() {
  for (const formula of formulas()) formula.classList.remove("wide");
  for (const formula of formulas().filter(isWide)) formula.classList.add("wide");
  for (const box of document.querySelectorAll("pre, .table-wrapper, .math-wrapper, .math, .output")) {
    const scrolls = box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto";
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
  keepTogether();
  makeReachable();
  addEventListener("resize", makeReachable); // a phone is turned
  isSettled = true;
});
