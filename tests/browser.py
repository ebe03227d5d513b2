"""A headless Chromium for the tests of pages: it opens one, runs scripts in it, and lists what the page requested.

Tests import the fixture in their folder's conftest.py: `from browser import browser`. Without selenium or Chromium they
are skipped, with the reason. The browser resolves no name but localhost, so a page that needs the network fails here.
"""

import base64
import functools
import http.server
import json
import os
import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = "chromium", "chromium-browser", "google-chrome", "chrome"
OFFLINE = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"


class Browser:
    """One window. `driver` is selenium's, for whatever has no method here."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, address):
        """Load an address, or a file by its path, and return the addresses that were requested, the page's own first."""
        self.driver.get("about:blank")  # ends what the last page may still be fetching
        self.requests(), self.errors()
        self.driver.get(address.resolve().as_uri() if isinstance(address, Path) else address)
        return self.requests()

    def requests(self):
        """The addresses requested since the last call, in order; data: and blob: are none, since they ask nobody."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith(("data:", "blob:"))]

    def errors(self):
        """What the console has reported as an error since the last call: exceptions, files that were not found."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def run(self, script, *arguments):
        """The value that a script returns; in it, `arguments` are JavaScript's."""
        return self.driver.execute_script(script, *arguments)

    def resize(self, width, height=900):
        """Set the size of the page in CSS pixels, also below the smallest window that Chromium has."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, **features):
        """Set media features, such as color_scheme="dark" or reduced_motion="reduce"."""
        wanted = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def screenshot(self, path, whole=False):
        """Write a PNG of what the window shows, or of the whole page."""
        options = {"captureBeyondViewport": whole} | self._clip(whole)
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", options)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def _clip(self, whole):
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}} if whole else {}


@contextmanager
def chromium(width=1280, height=900):
    """Start a Browser, and end it. Skips the test where selenium, Chromium or chromedriver is missing."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install -r requirements-dev.txt")
    binary = next(filter(None, map(shutil.which, BINARIES)), None)
    chromedriver = shutil.which("chromedriver")
    if not binary or not chromedriver:
        pytest.skip("needs Chromium and chromedriver: apt install chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    arguments = ["headless=new", f"window-size={width},{height}", "hide-scrollbars", f"host-resolver-rules={OFFLINE}"]
    arguments += ["disable-dev-shm-usage", "disable-gpu", "lang=en"]
    arguments += ["no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # Chromium refuses one to root
    for argument in arguments:
        options.add_argument(f"--{argument}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Chromium leaves folders behind when it ends
        service = webdriver.ChromeService(executable_path=chromedriver, env=os.environ | {"TMPDIR": folder})
        driver = webdriver.Chrome(options=options, service=service)
        driver.set_script_timeout(300)  # seconds; a machine may be busy
        try:
            yield Browser(driver)
        finally:
            driver.quit()


@pytest.fixture(scope="session")
def browser():
    """A Browser, started once."""
    with chromium() as started:
        yield started


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@contextmanager
def serve(folder):
    """Serve a folder on a free port of this machine, and yield the address of its root, with a slash at the end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
