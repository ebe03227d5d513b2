"""The explorer's page works from the disk, alone, by keyboard, on a phone; `minifcn explore` opens it."""

import re

import pytest
from browser import serve
from explorer_page import FOLDER, INDEX, SCRIPTS, VIEWS, opened, shown

from minifcn.__main__ import main
from minifcn.course import paths


@pytest.fixture
def page(browser):
    return opened(browser)


def test_it_asks_for_its_own_files_only_from_the_disk_and_from_a_server(browser):
    with serve(FOLDER) as root:
        for base, start in (FOLDER.as_uri() + "/", INDEX), (root, root + "index.html"):
            browser.errors()
            asked = browser.open(start)
            shown(browser, [*VIEWS[1:], VIEWS[0]])
            assert asked + browser.requests() == [base + name for name in ("index.html", "style.css", *SCRIPTS)]
            assert browser.errors() == []


def test_no_view_is_wider_than_a_phone(browser):
    browser.resize(360)
    browser.open(INDEX)
    for view in VIEWS:
        shown(browser, [f"{view}?at=1"])
        script = "return [document.documentElement.scrollWidth, document.querySelector('#figures svg') !== null]"
        assert browser.run(script) == [360, True]
    browser.resize(1280)


def test_nothing_slides_for_those_who_want_less_motion(page):
    script = "return getComputedStyle(document.querySelector('.outline')).transitionDuration"
    assert page.run(script) != "0s"
    page.prefer(reduced_motion="reduce")
    assert page.run(script) == "0s"
    page.prefer()


PRESS = """
const [key, shift] = arguments;
document.body.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey: shift, bubbles: true }));
return [document.querySelector("#player [data-setting=at]").value, document.getElementById("sentence").textContent];
"""


PLAY = """
const done = arguments[0], at = () => document.querySelector("#player [data-setting=at]").value, before = at();
const look = (_, observer) => at() === before || (observer.disconnect(), done(at()));  // after each step, before the next
new MutationObserver(look).observe(document.getElementById("player"), { subtree: true, attributes: true, childList: true });
document.body.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
"""


def test_the_keyboard_moves_the_window_and_the_pixel_and_plays(page):
    shown(page, ["matrix?size=5&kernel=3&stride=1&padding=1&at=0&pixel=0"])
    keys = [("ArrowRight", False), ("ArrowDown", False), ("ArrowUp", False), ("ArrowLeft", False), ("ArrowLeft", False)]
    assert [page.run(PRESS, *key)[0] for key in keys] == ["1", "6", "1", "0", "24"]
    assert "pixel (1, 0)" in page.run(PRESS, "ArrowDown", True)[1]
    labels = "return document.querySelector('[data-step=play]').ariaLabel"
    assert page.driver.execute_async_script(PLAY) == "0"  # after the last window comes the first
    assert page.run(labels) == "pause"
    page.run(PRESS, " ", False)
    assert page.run(labels) == "play"


FROM = """
const [selector, key] = arguments, from = document.querySelector(selector), at = () => document.querySelector("[data-setting=at]").value;
from.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
return [at(), document.querySelector("[data-step=play]").ariaLabel];
"""


@pytest.mark.parametrize("selector, key, at", [
    ("nav a", "ArrowRight", "5"), ("[data-step=on]", "ArrowRight", "5"), ("[data-step=on]", " ", "4"), ("#set-size", "ArrowRight", "4"),
])  # fmt: skip
def test_arrow_keys_move_the_window_also_after_a_click_on_a_link_or_a_button(page, selector, key, at):
    shown(page, ["convolution?size=5&kernel=3&stride=2&padding=1&at=4"])
    assert page.run(FROM, selector, key) == [at, "play"]


CLICK = """
const [grid, row, column] = arguments;
const svg = document.querySelector(`[data-grid=${grid}]`);
const [box, side] = [svg.getBoundingClientRect(), Number(svg.dataset.side)];
const at = (start, i) => start + MARGIN + (i + 0.5) * side;
svg.dispatchEvent(new MouseEvent("click", { clientX: at(box.left, column), clientY: at(box.top, row), bubbles: true }));
return document.getElementById("sentence").textContent;
"""


@pytest.mark.parametrize("grid, row, column, told", [
    ("C", 6, 12, "Row 6 of C is the window of place (1, 1), column 12 is pixel (2, 2): tap 9 ties them"),
    ("CT", 12, 3, "Row 3 of C is the window of place (0, 3), column 12 is pixel (2, 2): no tap of the window"),
])  # fmt: skip
def test_a_click_on_a_matrix_chooses_its_row_and_column(page, grid, row, column, told):
    shown(page, ["matrix?size=5&kernel=3&stride=1&padding=1&dilation=1"])
    assert page.run(CLICK, grid, row, column).startswith(told)


@pytest.mark.parametrize("event, options, place", [
    ("click", "", "(2, 1)"),
    ("pointermove", "buttons: 1,", "(2, 1)"),
    ("pointermove", "buttons: 0,", "(0, 0)"),
    ("pointermove", "buttons: 1, pointerType: 'touch',", "(0, 0)"),
])  # fmt: skip
def test_a_click_on_a_result_goes_there_and_so_does_a_pressed_mouse_but_no_finger_that_scrolls(page, event, options, place):
    shown(page, ["convolution?size=5&kernel=3&stride=2&padding=1&at=0"])
    page.run(f"""document.querySelector("[data-grid=output] [data-at='7'] .ground")
                 .dispatchEvent(new PointerEvent("{event}", {{ {options} bubbles: true }}))""")
    assert page.run("return document.getElementById('sentence').textContent").startswith(f"y{place} = ")


def test_every_control_has_a_name(page):
    script = """const controls = [...document.querySelectorAll("input, select, button")];
                return controls.filter((control) => !control.ariaLabel && !control.labels?.length).length"""
    for view in VIEWS:
        shown(page, [f"{view}?at=2"])
        assert page.run(script) == 0


MOVE = """
const done = arguments[0], slider = document.getElementById("set-kernel");
slider.value = 4;
slider.dispatchEvent(new Event("input", { bubbles: true }));
const wait = () => (location.hash.includes("kernel=4") ? done(location.hash) : setTimeout(wait, 20));
wait();
"""


def test_the_address_keeps_what_a_slider_was_moved_to(page):
    moved = page.driver.execute_async_script(MOVE)
    assert "size=5&kernel=4&stride=2&padding=1" in moved and moved.startswith("#convolution?")
    assert shown(page, ["im2col", moved])[1]["formulas"] == ["2"]


@pytest.mark.parametrize("hash_, formulas", [
    ("nonsense?size=3", ["3"]),
    ("convolution?size=999&kernel=-4&stride=1&padding=0", ["10"]),
    ("convolution?size=2.4&kernel=two&stride=&__proto__=1&constructor=2", ["1"]),
    ("bilinear?factor=3&row=<img src=x onerror=alert(1)>", ["5"]),
    ("fcn?net=toString&geometry=caffe&size=500", ["5", "9", "31"]),
])  # fmt: skip
def test_an_address_may_say_anything(page, hash_, formulas):
    assert shown(page, [hash_])[0]["formulas"] == formulas
    assert page.errors() == []


def test_the_addresses_in_the_docs_are_kept_as_they_are(page):
    text = (FOLDER.parents[1] / "docs" / "explorer.md").read_text(encoding="utf-8")
    addresses = re.findall(r"`#(\w+\?\S+)`", text)
    assert len(addresses) > 9
    for address, shows in zip(addresses, shown(page, addresses), strict=True):
        assert shows["formulas"], address
        script = "const { view, settings } = parseAddress(arguments[0]); return addressOf(view, settings)"
        assert page.run(script, address) == f"#{address}"


def test_what_an_address_leaves_out_has_its_default(page):
    first, second = shown(page, ["convolution?size=9&stride=1&padding=0&dilation=2", "convolution?size=5"])
    assert first["formulas"] == ["5"] and second["formulas"] == ["3"]


def test_a_row_that_is_none_is_refused_in_a_sentence(page):
    shown(page, ["bilinear?factor=2"])
    page.run("""const field = document.querySelector("[data-setting=row]"); field.value = "2, <b>x</b>";
                field.dispatchEvent(new Event("input", { bubbles: true }))""")
    sentence = page.run("return document.getElementById('error').textContent")
    assert sentence == (
        'row of numbers: found "2, <b>x</b>", expected 1 to 12 numbers between -1000 and 1000, such as 2, 5, 3'
    )


# Without a browser ----------------------------------------------------------------------------------------------------


def test_the_scripts_are_short_say_what_they_are_for_and_name_the_one_to_read_next():
    assert sorted(SCRIPTS) == sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js"))
    for name, following in zip(SCRIPTS, [*([FOLDER / other] for other in SCRIPTS[1:]), []]):
        text = (FOLDER / name).read_text(encoding="utf-8")
        opening = " ".join(re.match(r"(?:// ?.*\n)+", text)[0].replace("//", "").split())
        named = re.findall(r"Read (\S+\.js) next\.", opening)
        assert [(FOLDER / name).parent.joinpath(other).resolve() for other in named] == following, name
        assert text.count("\n") <= 200 and max(map(len, text.splitlines())) <= 120, name


def test_no_file_names_an_address_of_the_network():
    for path in FOLDER.rglob("*.*"):
        assert not re.search(r"https?:|//\w+\.\w", path.read_text(encoding="utf-8")), path


def test_explore_prints_the_address_and_opens_it(monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    assert main(["explore", "--no-open"]) == 0 and opened == []
    assert capsys.readouterr().out == f"{INDEX.as_uri()}\n"
    assert main(["explore"]) == 0 and opened == [INDEX.as_uri()]
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_explore_without_a_browser_says_so(monkeypatch, capsys):
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    assert main(["explore"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "no browser was found; open this address in one"


def test_explore_without_its_shown_ays_which_file_is_missing(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(paths, "COURSE", tmp_path)
    assert main(["explore"]) == 1
    assert f"there is no file {tmp_path}" in capsys.readouterr().err
