"""The explorer in the browser of the tests: how to open it, and what it shows at an address."""

import json
import re
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[2] / "site" / "explorer"
INDEX = FOLDER / "index.html"
SCRIPTS = re.findall(r'<script src="(.+?)">', INDEX.read_text(encoding="utf-8"))
VIEWS = "convolution", "im2col", "matrix", "transposed", "bilinear", "fcn"

SHOWN = """
const [hashes, done] = arguments;
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const cellOf = (n) => [n.closest("[data-cell]").dataset.cell, Number(n.textContent)];
const cellsOf = (svg) => all("text.value", svg).map(cellOf);
const rowOf = (row) => all("td", row).map((n) => n.textContent.replace("−", "-"));
const read = () => ({
  error: document.getElementById("error").textContent,
  values: Object.fromEntries(all("[data-value]").map((n) => [n.dataset.value, n.textContent.replace("−", "-")])),
  formulas: all(".formula strong").map((n) => n.textContent.replace("−", "-")),
  grids: Object.fromEntries(all("[data-grid]").map((svg) => [svg.dataset.grid, cellsOf(svg)])),
  rows: Object.fromEntries(all("tr[data-row]").map((row) => [row.dataset.row, rowOf(row)])),
});
(async () => {
  const shown = [];
  for (const hash of hashes) {
    const arrived = new Promise((resolve) => window.addEventListener("hashchange", resolve, { once: true }));
    location.hash = hash;
    await arrived;
    shown.push(read());
  }
  done(JSON.stringify(shown));
})();
"""


def opened(browser):
    """The browser with the explorer open, in a wide window."""
    browser.resize(1280)
    browser.prefer()
    browser.errors()
    browser.open(INDEX)
    return browser


def shown(page, hashes):
    """What the page shows at each address: its error, marked values, results of formulas, grids, rows of tables."""
    return json.loads(page.driver.execute_async_script(SHOWN, hashes))


def address(view, **settings):
    """The part of an address after #: convolution?size=5&kernel=3."""
    texts = {name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in settings.items()}
    return f"{view}?" + "&".join(f"{name}={text}" for name, text in texts.items())


def array_of(cells):
    """The numbers of a grid, and nan where it shows none."""
    places = [tuple(map(int, place.split(","))) for place, _ in cells]
    array = np.full(np.max(places, axis=0) + 1 if places else (0, 0), np.nan)
    for place, (_, number) in zip(places, cells):
        array[place] = number
    return array
