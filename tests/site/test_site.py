"""The built site, build/site/: every link arrives, nothing is requested from elsewhere, and everybody can read it.

`make test-site` builds it and runs these tests; without it, they are skipped.
"""

import html
import importlib.metadata
import os
import re
import zlib
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from browser import serve
from pages import lessons, reference
from pages.words import THEME, with_theme_in

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "site"
PAGES = sorted(SITE.rglob("*.html"))
LESSONS = [f"lessons/{name}.html" for name in lessons.EDITIONS[0].names(ROOT)]
KINDS = [
    "index.html",
    "tour.html",
    "gallery.html",
    "lessons/index.html",
    "lessons/06_im2col.html",
    "docs/networks.html",
    "docs/reading.html",
    "api/functional.html",
    "code/functional/conv.py.html",
    "search.html?q=transposed",
    *[f"ko/lessons/{name}.html" for name in lessons.EDITIONS[1].names(ROOT)[:1]],
]
LARGEST = 1_500_000  # bytes of a lesson's page with its figures, without what all pages share: styles, scripts, fonts

ATTRIBUTE = re.compile(r'<(\w+)\b[^>]*?\s(?:href|src)="([^"]*)"')
ANCHOR = re.compile(r'\s(?:id|name)="([^"]+)"')
IMAGE = re.compile(r"<img\b[^>]*>")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PAGES, reason="needs the built site: make site")]


@pytest.fixture(scope="module")
def texts():
    """{path: HTML} of every page."""
    return {path: path.read_text(encoding="utf-8") for path in PAGES}


def targets(path, text):
    """[(tag, address)] of what a page links to or includes; of addresses on the site, the path and the anchor."""
    for tag, address in ATTRIBUTE.findall(text):
        address = html.unescape(address)
        if re.match(r"[a-z]+:", address):
            yield tag, address, None
        else:
            place, anchor = urldefrag(address)
            place, anchor = place.partition("?")[0], "" if "?" in anchor else anchor  # settings are no anchor
            yield tag, Path(os.path.normpath(path.parent / unquote(place))) if place else path, unquote(anchor)


def pieces_of(path, text):
    """The files that a page shows: itself and its pictures."""
    return {path} | {target for tag, target, anchor in targets(path, text) if tag == "img" and anchor is not None}


# Links and files ------------------------------------------------------------------------------------------------------


def test_every_link_arrives(texts):
    anchors = {path: set(ANCHOR.findall(text)) for path, text in texts.items()}
    broken = []
    for path, text in texts.items():
        for _, target, anchor in targets(path, text):
            arrives = anchor is None or (target.exists() and (not anchor or anchor in anchors.get(target, [anchor])))
            if not arrives:
                broken.append(f"{path.relative_to(SITE)} -> {os.path.relpath(target, SITE)}#{anchor}")
    assert not broken


def test_nothing_is_included_from_elsewhere(texts):
    for path, text in texts.items():
        outside = {address for tag, address, anchor in targets(path, text) if anchor is None and tag != "a"}
        assert not {address for address in outside if not address.startswith("data:")}, path


def test_every_picture_has_a_description(texts):
    for path, text in texts.items():
        for image in IMAGE.findall(text):
            assert re.search(r'\salt="[^"]+"', image), f"{path.relative_to(SITE)}: {image[:200]}"


@pytest.mark.parametrize("page", LESSONS)
def test_a_lesson_is_small_enough_for_a_phone(texts, page):
    sizes = {piece: piece.stat().st_size for piece in pieces_of(SITE / page, texts[SITE / page])}
    assert sum(sizes.values()) < LARGEST


def test_no_mark_of_the_notebooks_source_is_left(texts):
    for page in LESSONS:
        assert "SOLUTION" not in texts[SITE / page] and "attachment:" not in texts[SITE / page]


def test_the_inventory_has_every_public_name():
    _, packed = (SITE / "objects.inv").read_bytes().split(b"zlib.\n", 1)
    names = {line.split(" ")[0] for line in zlib.decompress(packed).decode().splitlines()}
    modules = {name: __import__(name, fromlist=["_"]) for name in reference.MODULES}
    public = {f"{name}.{own}" for name, module in modules.items() for own in reference.public_names(module)}
    assert not public - names


def test_pages_in_korean_say_so(texts):
    for path, text in texts.items():
        language = "ko" if path.is_relative_to(SITE / "ko") else "en"
        assert f'lang="{language}"' in text[:500], path


def test_the_theme_speaks_korean_on_korean_pages_and_says_nothing_that_was_not_found(texts):
    for path, text in texts.items():
        if path.is_relative_to(SITE / "ko"):
            assert with_theme_in("ko", text) == text, path
    english = "\n".join(texts[SITE / page] for page in ("index.html", LESSONS[0], LESSONS[1]))
    for words in THEME["ko"]:
        assert re.search(rf'[>"]\s*{re.escape(words)}\s*[<"]', english), words


# In a browser ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", KINDS)
def test_no_request_leaves_the_page_opened_from_the_disk(browser, page):
    base = SITE.as_uri() + "/"
    requests = browser.open(base + page)
    assert len(requests) > 3 and all(url.startswith(base) for url in requests)
    assert browser.errors() == []


@pytest.mark.parametrize("page", KINDS)
def test_no_request_leaves_the_page_opened_from_a_server(browser, page):
    with serve(SITE) as base:
        requests = browser.open(base + page)
        browser.run("return document.fonts.ready.then(() => true)")
        requests += browser.requests()
        assert len(requests) > 3 and all(url.startswith(base) for url in requests)
        assert [error for error in browser.errors() if "favicon" not in error] == []


def wait_for(browser, script):
    """Run a script until it returns something true, and return that."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser.driver, 20).until(lambda driver: driver.execute_script(f"return {script}"))


def test_the_search_finds_lessons_and_functions(browser):
    for base in SITE.as_uri() + "/", None:
        with serve(SITE) as address:
            browser.open((base or address) + "search.html?q=conv_transpose2d")
            links = "[...document.querySelectorAll('.search a')].map(a => a.href)"
            found = wait_for(browser, f"(l => l.length > 3 && l)({links})")
            assert any("api/functional.html" in link for link in found)
            assert any("lessons/12" in link for link in found)


def test_mathematics_is_set(browser):
    browser.open(SITE / "lessons/06_im2col.html")
    assert wait_for(browser, "document.querySelectorAll('mjx-container').length") > 50
    fonts = "[...document.fonts].filter(f => f.status == 'loaded' && f.family.startsWith('MJX')).length"
    assert wait_for(browser, fonts) > 1


LOST = """
const scrolls = e => e.tagName != 'ARTICLE' && (getComputedStyle(e).overflowX == 'auto' || scrolls(e.parentElement));
const isSpoken = e => e.closest('mjx-assistive-mml');  // MathML, for screen readers only
const isLost = e => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e) && !isSpoken(e);
const find = async () => {
  await window.MathJax?.startup?.promise;
  await new Promise(requestAnimationFrame);
  return [...document.querySelectorAll('article *')].filter(isLost).map(e => e.outerHTML.slice(0, 200));
};
return find();
"""


@pytest.mark.parametrize("page", sorted({*KINDS, *LESSONS}))
def test_nothing_is_beyond_the_edge_of_a_phone(browser, page):
    browser.resize(360)
    browser.open(SITE.as_uri() + "/" + page)
    lost = browser.run(LOST)
    browser.resize(1280)
    assert lost == []


TORN = """
const firstOf = (text) => {
  const [range, at] = [document.createRange(), text.data.search(/[^\\u2060]/)];
  range.setStart(text, at);
  range.setEnd(text, at + 1);
  return range.getBoundingClientRect();
};
const isBeside = (formula) => /^\\u2060*[^\\s\\u2060]/.test(formula.nextSibling?.data ?? "") && !formula.classList.contains("wide");
const isTorn = (formula) => firstOf(formula.nextSibling).left < formula.getBoundingClientRect().right - 2;
document.body.normalize();  // a text, not two beside each other
return [...document.querySelectorAll("span.math")].filter(isBeside).map((formula) => isTorn(formula));
"""


@pytest.mark.parametrize("page", ["lessons/11_winograd.html", "ko/lessons/13_interpolation.html"])
def test_no_line_begins_with_what_belongs_to_the_formula_before_it(browser, page):
    browser.resize(360)
    browser.open(SITE.as_uri() + "/" + page)
    wait_for(browser, "isSettled")
    torn = browser.run(TORN)
    browser.resize(1280)
    assert len(torn) > 40 and not any(torn)


def test_a_formula_that_fills_its_cell_does_not_scroll(browser):
    browser.open(SITE / "lessons/22_unet.html")
    wait_for(browser, "isSettled")
    assert browser.run("return document.querySelectorAll('span.math').length") > 20
    assert browser.run("return [...document.querySelectorAll('span.math.wide')].map((formula) => formula.textContent)") == []


HIDDEN = """
const boxes = [...document.querySelectorAll("article *")].filter((box) => getComputedStyle(box).overflowX === "auto");
const scrolling = boxes.filter((box) => box.scrollWidth > box.clientWidth && box.clientWidth);
return [scrolling.length, scrolling.filter((box) => box.tabIndex < 0).length];
"""


def test_the_keyboard_reaches_what_scrolls_on_a_phone_that_was_turned(browser):
    browser.resize(1280)
    browser.open(SITE / LESSONS[10])
    wait_for(browser, "isSettled")
    few, _ = browser.run(HIDDEN)
    browser.resize(360)
    many, hidden = browser.run("await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));" + HIDDEN)
    browser.resize(1280)
    assert many > few + 5 and hidden == 0


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core, which finds what people with other eyes and hands cannot use."""
    try:
        files = importlib.metadata.files("axe-playwright-python")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("needs axe-core: pip install --no-deps -r requirements-axe.txt")
    return next(file for file in files if file.name == "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", KINDS)
def test_everybody_can_use_a_page(browser, axe, page, scheme):
    browser.prefer(color_scheme=scheme)
    browser.open(SITE.as_uri() + "/" + page)
    browser.run(axe)
    report = browser.driver.execute_async_script("axe.run({resultTypes: ['violations']}).then(arguments[0])")
    browser.prefer()
    serious = [found for found in report["violations"] if found["impact"] in ("serious", "critical")]
    assert not [(found["id"], found["nodes"][0]["html"], len(found["nodes"])) for found in serious]
