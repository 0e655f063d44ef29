"""Notebooks in a real browser: a slider moves, the picture and the verdict change, no errors."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.notebooks.runs import NOTEBOOKS

ROOT = Path(__file__).parents[2]
BY_NUMBER = {int(path.name[:2]): path for path in NOTEBOOKS}
PATIENCE = 90_000
"""Milliseconds that a loaded machine may take."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs(
        "chromium", checks="that notebooks work in a browser and fetch nothing from elsewhere"
    ),
]


@contextmanager
def served(notebook: Path, folder: Path) -> Iterator[str]:
    """Run a notebook as an app; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", "--headless", "--no-token"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), str(notebook)],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)},
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert server.poll() is None, (folder / "server.log").read_text()
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def opened(address: str) -> Iterator[tuple[Any, list[str]]]:
    """Open a page in Chromium; yields the page and the list of what went wrong on it."""
    from playwright.sync_api import sync_playwright

    host = urlsplit(address).netloc
    troubles: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
            ],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        page.set_default_timeout(PATIENCE)
        page.on(
            "console",
            lambda message: troubles.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))
        page.on(
            "request",
            lambda request: (
                troubles.append(f"from elsewhere: {request.url}")
                if urlsplit(request.url).scheme in ("http", "https", "ws", "wss")
                and urlsplit(request.url).netloc != host
                else None
            ),
        )
        page.goto(address)
        yield page, troubles
        browser.close()


def state(page: Any) -> tuple[str, str]:
    """The first picture and the first verdict on the page."""
    picture = page.locator(".exactland-figure").first.get_attribute("src")
    return picture, page.locator(".exactland-verdict").first.inner_text()


def wait_for(page: Any, verdict: str) -> None:
    page.wait_for_function(
        """verdict => {
            const find = root => [...root.querySelectorAll('*')].some(one =>
                (one.classList.contains('exactland-verdict') && one.textContent === verdict)
                || (one.shadowRoot && find(one.shadowRoot)));
            return find(document);
        }""",
        arg=verdict,
    )


def test_the_verdict_of_notebook_1_follows_the_weight(tmp_path: Path) -> None:
    with served(BY_NUMBER[1], tmp_path) as address, opened(address) as (page, troubles):
        page.locator(".exactland-figure").nth(1).wait_for()
        picture, verdict = state(page)
        assert verdict == "not stationary"
        assert picture.startswith("data:image/svg+xml;base64,")
        weight = page.get_by_role("slider").first
        for _ in range(4):  # from w = 2/4 to w = -2/4: the neuron is dead
            weight.press("ArrowLeft")
        wait_for(page, "local minimum")
        moved, verdict = state(page)
        assert verdict == "local minimum" and moved != picture
        assert page.locator("text=Exercise 3").count() >= 1
        boxes = page.get_by_placeholder("p/q")
        for box, answer in ((boxes.nth(0), "0"), (boxes.nth(1), "3")):
            box.fill(answer)
            box.press("Enter")
        page.locator(".exactland-judgement", has_text="Right.").first.wait_for()
    assert troubles == []


def test_the_checker_of_notebook_6_follows_the_witness(tmp_path: Path) -> None:
    with served(BY_NUMBER[6], tmp_path) as address, opened(address) as (page, troubles):
        page.locator(".exactland-verdict").nth(2).wait_for()
        picture, _ = state(page)
        assert page.locator(".exactland-verdict").nth(1).inner_text() == "accepted"
        sign = page.get_by_role("slider").nth(2)  # s: with the wrong sign the loss rises
        for _ in range(4):
            sign.press("ArrowRight")
        wait_for(page, "rejected")
        assert page.locator(".exactland-verdict").nth(1).inner_text() == "rejected"
        assert state(page)[0] != picture
    assert troubles == []


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def folder_served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_an_exported_page_shows_everything_without_the_network(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    done = subprocess.run(
        [sys.executable, "scripts/export_notebooks.py", str(pages), str(BY_NUMBER[5])],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert not (ROOT / "notebooks" / "__marimo__").exists()
    (name,) = re.findall(r'href="([^"]*)"', (pages / "index.html").read_text("utf-8"))
    with folder_served(pages) as server, opened(f"{server}/{name}") as (page, troubles):
        page.locator(".exactland-figure").nth(1).wait_for()
        assert state(page)[1] == "spurious local minimum"
        page.locator(".katex").first.wait_for()  # formulas are set
        assert page.locator("text=Exercise 2").count() >= 1
    assert troubles == []
