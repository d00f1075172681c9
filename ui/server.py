"""The served app: our pages, the HTTP API and the Gradio chat on one FastAPI app."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from bot.settings import Settings, load_settings
from bot.types import Answer, Turn
from ui.guides import contents_page, guide_page, not_found_page, parse_span, section_reader
from ui.rules import rule_page, rules_page
from ui.shell import Shell

if TYPE_CHECKING:
    from bot.answer import Waymark
    from bot.parts import Parts
    from ui.chat import Allow

_MAX_FORM = 16_000


class LiveWaymark:
    """The bot on the newest published index; an answer under way ends on what it began with."""

    def __init__(self, waymark: Waymark) -> None:
        self._waymark = waymark
        self._lock = threading.Lock()

    def now(self) -> Waymark:
        """The bot on the index that is published now."""
        with self._lock:
            library: Any = self._waymark.parts.library
            newer = library.refresh() if hasattr(library, "refresh") else library
            if newer is not library:
                parts = replace(self._waymark.parts, library=newer)
                self._waymark = replace(self._waymark, parts=parts)
            return self._waymark

    @property
    def parts(self) -> Parts:
        """What the bot of now answers from."""
        return self.now().parts

    def answer(
        self, message: str, history: Sequence[Turn] = (), *, on: date | None = None
    ) -> Answer:
        """The answer of the bot as it is now."""
        return self.now().answer(message, history, on=on)

    def stream(
        self, message: str, history: Sequence[Turn] = (), *, on: date | None = None
    ) -> Iterator[Answer]:
        """The answer of the bot as it is now, as it grows."""
        return self.now().stream(message, history, on=on)


def build_app(waymark: Waymark, settings: Settings | None = None) -> FastAPI:
    """The whole app on one bot; nothing is opened or sent anywhere."""
    settings = settings or load_settings()
    live = LiveWaymark(waymark)
    app = FastAPI(title="Waymark", docs_url=None, redoc_url=None, openapi_url=None)
    _add_pages(app, live)
    _add_api(app, live, settings)
    _mount_chat(app, live, settings)
    app.add_middleware(Shell)
    return app


def _add_pages(app: FastAPI, live: LiveWaymark) -> None:
    # Not /assets: that is where Gradio's own front end looks for its files.
    own = StaticFiles(directory=str(Path(__file__).parent / "assets"))
    app.mount("/own", own, name="own")

    def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok", **live.parts.versions("extractive")})

    def guides(id: str = "", q: str = "", words: str = "") -> HTMLResponse:  # noqa: A002
        parts = live.parts
        if not id:
            return HTMLResponse(contents_page(parts.library, parts.encoder, q[:300]))
        try:
            guide = parts.library.guide(id)
        except KeyError:
            return HTMLResponse(not_found_page("guide of this name", "/guides"), 404)
        return HTMLResponse(guide_page(guide, parts.authorities, parse_span(words)))

    def rules(id: str = "", q: str = "") -> HTMLResponse:  # noqa: A002
        parts = live.parts
        if not id:
            return HTMLResponse(rules_page(parts.rulebook, query=q[:300]))
        if id not in parts.rulebook:
            return HTMLResponse(not_found_page("rule of this name", "/rules"), 404)
        return HTMLResponse(rule_page(parts.rulebook[id], parts.authorities))

    async def try_sentence(request: Request) -> HTMLResponse:
        sentence = await _sentence(request)
        parts = live.parts
        if not sentence:
            return HTMLResponse(rules_page(parts.rulebook), 400)
        checker = parts.checker
        verdict = await run_sync(
            lambda: checker.check_sentence(sentence, context="", on=date.today())
        )
        return HTMLResponse(rules_page(parts.rulebook, sentence=sentence, verdict=verdict))

    app.get("/healthz")(healthz)
    app.get("/guides")(guides)
    app.get("/rules")(rules)
    app.post("/rules")(try_sentence)


async def _sentence(request: Request) -> str:
    """The sentence of the form; empty where there is none or it is far too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            return ""
    fields = parse_qs(body.decode("utf-8", "replace"))
    return " ".join(fields.get("sentence", [""])[0].split())[:2000]


def _add_api(app: FastAPI, live: LiveWaymark, settings: Settings) -> None:
    from ui.api import router

    app.include_router(router(cast("Waymark", live), settings.questions_per_minute))


def _allowing(settings: Settings) -> Allow:
    """Says how many seconds an address must wait before its next question."""
    from ui.api import ApiError, RateLimit

    limit = RateLimit(settings.questions_per_minute)

    def allow(address: str) -> int:
        try:
            limit.spend(address)
        except ApiError as error:
            return max(error.retry_after, 1)
        return 0

    return allow


def _mount_chat(app: FastAPI, live: LiveWaymark, settings: Settings) -> None:
    # Read when Gradio is imported: it would report its use to its makers otherwise.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    from ui.chat import build_page
    from ui.theme import gradio_theme

    page = build_page(
        live,
        lambda citation: section_reader(live.parts.library)(citation),
        allow=_allowing(settings),
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
        # Nothing is uploaded here.
        max_file_size="1kb",
        theme=gradio_theme(),
    )
