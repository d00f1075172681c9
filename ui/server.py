"""The served app: our pages, the HTTP API and the Gradio chat on one FastAPI app."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from bot.settings import Settings, load_settings
from bot.types import Answer, Turn
from ui.guides import contents_page, guide_page, not_found_page, parse_span, section_reader
from ui.rules import rule_page, rules_page
from ui.theme import asset, head_html, skeleton_html

if TYPE_CHECKING:
    from bot.answer import Waymark

_MAX_FORM = 16_000
# Gradio's front end builds functions from strings (its HTML part) and sets styles in line.
_CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_TITLE_TAGS = re.compile(
    rb"<title>.*?</title>|<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>|<link rel=\"manifest\"[^>]*>",
    re.S,
)


class LiveWaymark:
    """The bot on the newest published index; an answer under way ends on what it began with."""

    def __init__(self, waymark: Waymark) -> None:
        """Begin with `waymark`."""
        self._waymark = waymark
        self._lock = threading.Lock()

    def now(self) -> Waymark:
        """The bot on the index that is published now."""
        library: Any = self._waymark.parts.library
        if not hasattr(library, "refresh"):
            return self._waymark
        with self._lock:
            library = self._waymark.parts.library
            newer = library.refresh()  # pyright: ignore[reportAttributeAccessIssue]
            if newer is not library:
                self._waymark = replace(
                    self._waymark, parts=replace(self._waymark.parts, library=newer)
                )
            return self._waymark

    def answer(self, message: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer of the bot as it is now."""
        return self.now().answer(message, history)

    def stream(self, message: str, history: Sequence[Turn] = ()) -> Any:
        """Growing answers, where the bot can give them; else the one answer."""
        bot: Any = self.now()
        if hasattr(bot, "stream"):
            yield from bot.stream(message, history)
        else:
            yield bot.answer(message, history)


def build_app(waymark: Waymark, settings: Settings | None = None) -> FastAPI:
    """The whole app on one bot; nothing is opened or sent anywhere."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    settings = settings or load_settings()
    live = LiveWaymark(waymark)
    app = FastAPI(title="Waymark", docs_url=None, redoc_url=None, openapi_url=None)
    _add_pages(app, live)
    _add_api(app, waymark)
    _mount_chat(app, live, settings)
    app.add_middleware(_Shell)
    return app


def _add_pages(app: FastAPI, live: LiveWaymark) -> None:
    assets = StaticFiles(directory=str(Path(__file__).parent / "assets"))
    app.mount("/own", assets, name="own")

    def healthz() -> JSONResponse:
        parts = live.now().parts
        return JSONResponse({"status": "ok", **parts.versions("extractive")})

    def guides(id: str = "", q: str = "", words: str = "") -> HTMLResponse:
        parts = live.now().parts
        if not id:
            return HTMLResponse(contents_page(parts.library, q[:300]))
        try:
            guide = parts.library.guide(id)
        except KeyError:
            return HTMLResponse(not_found_page("guide of this name", "/guides"), 404)
        return HTMLResponse(guide_page(guide, parts.authorities, parse_span(words)))

    def rules(id: str = "", q: str = "") -> HTMLResponse:
        parts = live.now().parts
        if not id:
            return HTMLResponse(rules_page(parts.rulebook, query=q[:300]))
        if id not in parts.rulebook:
            return HTMLResponse(not_found_page("rule of this name", "/rules"), 404)
        return HTMLResponse(rule_page(parts.rulebook[id], parts.authorities))

    async def try_sentence(request: Request) -> HTMLResponse:
        sentence = await _sentence(request)
        parts = live.now().parts
        if not sentence:
            return HTMLResponse(rules_page(parts.rulebook), 400)
        verdict = await _in_thread(lambda: _checked(parts.checker, sentence))
        return HTMLResponse(rules_page(parts.rulebook, sentence=sentence, verdict=verdict))

    app.get("/healthz")(healthz)
    app.get("/guides")(guides)
    app.get("/rules")(rules)
    app.post("/rules")(try_sentence)


def _checked(checker: Any, sentence: str) -> Any:
    from datetime import date

    return checker.check_sentence(sentence, context="", on=date.today())


async def _in_thread(work: Callable[[], Any]) -> Any:
    from anyio.to_thread import run_sync

    return await run_sync(work)


async def _sentence(request: Any) -> str:
    """The sentence of the form; empty where there is none or it is far too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            return ""
    fields = parse_qs(body.decode("utf-8", "replace"))
    return " ".join(fields.get("sentence", [""])[0].split())[:2000]


def _add_api(app: FastAPI, waymark: Waymark) -> None:
    """The HTTP API, where this installation has it."""
    if find_spec("ui.api") is None:
        return
    app.include_router(import_module("ui.api").router(waymark))


def _mount_chat(app: FastAPI, live: LiveWaymark, settings: Settings) -> None:
    import gradio as gr

    from ui.chat import build_page
    from ui.theme import gradio_theme

    page = build_page(
        live,
        lambda citation: section_reader(live.now().parts.library)(citation),
        journal=settings.journal,
    )
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        root_path=settings.root_path or None,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        ssr_mode=False,
        max_file_size="1kb",
        theme=gradio_theme(),
        favicon_path=None,
    )


class _Shell:
    """Sets the security headers, and gives the chat page our head and something to see at once."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        own = path.startswith(("/guides", "/rules", "/healthz", "/own/", "/api/"))
        if path == "/" and scope["method"] == "GET":
            # Compressed HTML could not be changed on its way.
            scope = {
                **scope,
                "headers": [h for h in scope["headers"] if h[0] != b"accept-encoding"],
            }
            await self._app(scope, receive, _ChatPage(_secured(send, _CHAT_POLICY, path)))
            return
        await self._app(scope, receive, _secured(send, _PAGE_POLICY if own else _CHAT_POLICY, path))


def _secured(send: Any, policy: str, path: str) -> Any:
    extra = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    ]
    if path.startswith("/own/"):
        # The address changes with the content.
        extra.append((b"cache-control", b"public, max-age=31536000, immutable"))

    async def secured(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return secured


class _ChatPage:
    """Collects the chat page's HTML and puts our head and first picture into it."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self._start: Any = None
        self._body = b""

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = dressed(self._body)
        headers = [h for h in self._start["headers"] if h[0].lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _chat_head() -> str:
    return head_html("Waymark") + f'<script src="{asset("waymark.js")}" defer></script>'


def dressed(html: bytes) -> bytes:
    """Gradio's page with our title and styles in place of its own, and a first picture."""
    if b"</head>" not in html:
        return html
    html = _TITLE_TAGS.sub(b"", html).replace(b"<html", b'<html id="waymark"', 1)
    # Ours come first in the head, so that the look is set before Gradio's scripts are fetched.
    html = html.replace(b"<head>", b"<head>" + _chat_head().encode(), 1)
    return html.replace(b"<gradio-app", skeleton_html().encode() + b"<gradio-app", 1)
