"""A real browser on a real server with the scripted bot."""

from __future__ import annotations

import os
import runpy
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 380, "height": 780}


@dataclass
class Served:
    """A running server: where it is, and the bot behind it."""

    address: str
    bot: Any
    server: Any
    thread: threading.Thread

    def stop(self) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(timeout=10)


def chromium() -> str | None:
    """Debian's Chromium, or the one that WAYMARK_TEST_BROWSER names."""
    named = os.environ.get("WAYMARK_TEST_BROWSER")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def start(home: Path, port: int = 0) -> Served:
    """Serve the scripted bot in a thread."""
    import uvicorn

    from bot.settings import Settings
    from ui.server import build_app

    bot = runpy.run_path(str(Path(__file__).parent / "scripted.py"))["ScriptedWaymark"]()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    app = build_app(bot, Settings(home=home, questions_per_minute=10_000))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    assert server.started
    return Served(f"http://127.0.0.1:{listening.getsockname()[1]}", bot, server, thread)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    program = chromium()
    if program is None:
        pytest.skip("no Chromium here; on Debian: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all browser tests."""
    running = start(tmp_path_factory.mktemp("home"))
    yield running
    running.stop()


@pytest.fixture
def new_page(browser: Any, served: Served) -> Iterator[Any]:
    """Makes pages, each in a browser profile of its own; a script error fails the test."""
    contexts: list[Any] = []
    errors: list[str] = []

    def make(path: str = "/", *, phone: bool = False, **options: Any) -> Any:
        size = PHONE if phone else {"width": 1280, "height": 800}
        context = browser.new_context(viewport=size, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(served.address + path)
        if path == "/":
            page.wait_for_selector("#talk .welcome, #talk .talk")
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []
