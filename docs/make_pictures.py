"""Take pictures of every page at phone and desk width: `python docs/make_pictures.py [FOLDER]`.

Asks the real bot on the real index, without a chat model, in headless Chromium. With no folder
given, only the pictures that README shows are made, in docs/pictures.
"""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).resolve().parent
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"desk": (1280, 800), "phone": (380, 780)}
LOOKS = ("light", "dark")
QUESTION = "I am a PGY-2 on a J-1. Can I moonlight if my program director signs a letter?"
TALKS = {
    "chat": QUESTION,
    "plan": "I have used three years on J-1. Do three of cardiology and two of informatics fit?",
    "corrected": "My attending says that a J-1 can moonlight once the director signs. True?",
    "dated": "Is the $100,000 payment for a new H-1B being collected?",
    "crisis": "I cannot go on any more and think about ending my life.",
    "outside": "Which residency program in Ohio is the best?",
}
PAGES = {
    "guides": "/guides",
    "search": "/guides?q=leaving+a+waiver+job",
    "guide": "/guides?id=j1-seven-year-limit",
    "rules": "/rules",
    "rule": "/rules?id=j1-no-moonlighting",
}
README = {("chat", "desk", "light"), ("chat", "phone", "light")}


@contextmanager
def served() -> Iterator[str]:
    """The app on a free port, in this process."""
    import uvicorn

    sys.path.insert(0, str(HERE.parent))
    from bot.build import build_waymark
    from bot.settings import load_settings
    from ui.server import build_app

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    settings = load_settings().model_copy(update={"model": "", "questions_per_minute": 600})
    app = build_app(build_waymark(settings), settings)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=3)


def ask(page: Page, question: str) -> None:
    """Ask, and wait until the answer is whole."""
    page.fill("#box textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer .tools")
    page.wait_for_function("!document.querySelector('#talk .pending, #talk .growing')")
    page.wait_for_timeout(500)


def take(browser: Browser, address: str, folder: Path, every: bool) -> None:
    """All pictures that are wanted."""
    for size, (width, height) in SIZES.items():
        for look in LOOKS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=look
            )
            for name in ("empty", *TALKS, "sources", "situation", *PAGES):
                if not every and (name, size, look) not in README:
                    continue
                page = context.new_page()
                show(page, address, name)
                end = ("-phone" if size == "phone" else "") + ("-dark" if look == "dark" else "")
                page.screenshot(path=folder / f"{name}{end}.png")
                page.close()
            context.close()


def show(page: Page, address: str, name: str) -> None:
    """Bring a page into the state of the picture."""
    page.set_default_timeout(60_000)
    if name in PAGES:
        page.goto(address + PAGES[name])
        return
    page.goto(address)
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("#talk .welcome")
    if name == "empty":
        return
    ask(page, TALKS.get(name, QUESTION))
    if name == "sources":
        page.locator(".cite").nth(0).click()
    if name == "situation":
        page.locator("[data-do=situation]").click()
    page.wait_for_timeout(400)


def main(arguments: list[str]) -> int:
    """Take the pictures; needs Chromium."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sys.exit("No Chromium here; on Debian: apt install chromium")
    folder = Path(arguments[0]) if arguments else HERE / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        take(browser, address, folder, every=bool(arguments))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
