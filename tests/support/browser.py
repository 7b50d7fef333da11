"""A person at a real browser, played by Selenium."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORDS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
RED = "button.vote[data-color='red']"


@contextlib.contextmanager
def open_browser() -> Iterator[Chrome]:
    """A browser with a profile of its own.

    A laptop without one skips the test and says so; where `CI` is set the test fails instead.
    """
    from selenium import webdriver

    program = _program()
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for word in (*WORDS, "--window-size=1200,900"):
        options.add_argument(word)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


def _program() -> str:
    for name in BROWSERS:
        if program := shutil.which(name):
            return program
    words = "There is no Chromium or Chrome on this machine; install one to run the browser test."
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def vote_and_watch(browser: Chrome, url: str, picture: Path) -> tuple[int, int]:
    """Open the page, vote for red with the mouse; answers red's count as the page shows it, before and after."""
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get(url)
    wait = WebDriverWait(browser, PATIENCE)
    wait.until(lambda _: count(browser) > 0)
    before = count(browser)
    browser.find_element("css selector", RED).click()
    wait.until(lambda _: count(browser) > before)
    browser.save_screenshot(str(picture))
    return before, count(browser)


def count(browser: Chrome) -> int:
    """The count that the page shows for red; 0 while it shows none."""
    text = browser.find_element("css selector", f"{RED} .count").text
    return int(text) if text.isdigit() else 0
