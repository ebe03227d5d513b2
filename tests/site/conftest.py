"""The pages are opened in one headless Chromium, which is started by the first test that asks for it."""

from browser import browser  # noqa: F401  (a fixture)
