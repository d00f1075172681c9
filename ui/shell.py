"""Around every page: the security headers, and our head and first picture on Gradio's page."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.theme import asset, head_html, skeleton_html

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
_OURS = ("/guides", "/rules", "/healthz", "/own/", "/api/")
_BRANDED = re.compile(
    rb"<title>.*?</title>|<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>|"
    rb"<link rel=\"manifest\"[^>]*>",
    re.DOTALL,
)


class Shell:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with what belongs to it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == "/" and scope["method"] == "GET":
            # Compressed HTML could not be changed on its way.
            headers = [h for h in scope["headers"] if h[0] != b"accept-encoding"]
            page = _ChatPage(_secured(send, _CHAT_POLICY, path))
            await self._app({**scope, "headers": headers}, receive, page)
            return
        policy = _PAGE_POLICY if path.startswith(_OURS) else _CHAT_POLICY
        await self._app(scope, receive, _secured(send, policy, path))


def _secured(send: Send, policy: str, path: str) -> Send:
    extra = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    ]
    if path.startswith("/own/"):
        # The address changes with the content.
        extra.append((b"cache-control", b"public, max-age=31536000, immutable"))

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return secured


class _ChatPage:
    """Collects the chat page's HTML and sends it on as `dressed` gives it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
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


def dressed(html: bytes) -> bytes:
    """Gradio's page with our title and styles in place of its own, and a first picture."""
    if b"</head>" not in html:
        return html
    script = f'<script src="{asset("waymark.js")}" defer></script>'
    head = (head_html("Waymark") + script).encode()
    html = _BRANDED.sub(b"", html).replace(b"<html", b'<html id="waymark"', 1)
    # Ours come first in the head, so that the look is set before Gradio's scripts are fetched.
    html = html.replace(b"<head>", b"<head>" + head, 1)
    return html.replace(b"<gradio-app", skeleton_html().encode() + b"<gradio-app", 1)
