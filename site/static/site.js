// What is wider than the page scrolls by itself, and by the keyboard, too; and pages that were opened from the disk may
// not read each other, so that a search there shows titles without excerpts.

if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

function makeReachable() {
  for (const formula of document.querySelectorAll("span.math")) {
    const column = formula.closest("p, li, td, dd, figcaption") ?? document.body;
    const isWide = formula.getBoundingClientRect().width > column.clientWidth;
    formula.classList.toggle("wide", isWide);
  }
  for (const box of document.querySelectorAll("pre, .table-wrapper, .math-wrapper, .math, .output")) {
    if (box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto") box.tabIndex = 0;
  }
}

addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  makeReachable();
});
