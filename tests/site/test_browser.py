"""The browser of these tests sees what a page requests, and what goes wrong in it."""

from browser import serve

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>page</title><script src="there.js"></script>
<img src="https://example.com/pixel.png" alt="a pixel">"""


def write(folder):
    (folder / "page.html").write_text(PAGE)
    (folder / "there.js").write_text("document.title = matchMedia('(prefers-color-scheme: dark)').matches")
    return folder / "page.html"


def test_requests_of_a_file_are_listed(browser, tmp_path):
    page = write(tmp_path)
    expected = [page.as_uri(), (tmp_path / "there.js").as_uri(), "https://example.com/pixel.png"]
    assert browser.open(page) == expected
    assert browser.requests() == []


def test_requests_to_a_server_are_listed(browser, tmp_path):
    write(tmp_path)
    with serve(tmp_path) as address:
        assert browser.open(address + "page.html")[:2] == [address + "page.html", address + "there.js"]


def test_nothing_outside_is_reached_and_the_console_says_so(browser, tmp_path):
    browser.open(write(tmp_path))
    assert any("example.com" in message for message in browser.errors())


def test_a_page_can_be_asked_for_its_dark_and_its_narrow_form(browser, tmp_path):
    browser.prefer(color_scheme="dark")
    browser.resize(390)
    browser.open(write(tmp_path))
    assert browser.run("return [document.title, innerWidth]") == ["true", 390]
    browser.prefer()
    browser.resize(1280)
