"""A local server that speaks the OpenAI chat-completions protocol and writes what a script says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server does with one request.

    `pieces` are the deltas as sent, one server-sent event each; `seconds` is waited before each;
    `tool` names a function called instead of text; `drop` closes the connection half-way.
    """

    pieces: tuple[str, ...] = ()
    status: int = 200
    finish: str = "stop"
    seconds: float = 0.0
    tool: str = ""
    drop: bool = False


def in_pieces(text: str, size: int = 7) -> tuple[str, ...]:
    """The text cut every `size` characters, as tokens of a model would cut it anywhere."""
    return tuple(text[i : i + size] for i in range(0, len(text), size))


@dataclass
class ModelServer:
    """The running server: what it was asked, and what it answers next."""

    url: str
    script: Callable[[Mapping[str, Any]], Reply] = lambda _: Reply()
    requests: list[dict[str, Any]] = field(default_factory=list)

    def writes(self, text: str, size: int = 7) -> None:
        """Answer every request with this text."""
        self.script = lambda _: Reply(in_pieces(text, size))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base
        return

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked: dict[str, Any] = json.loads(self.rfile.read(length))
        model = self.server.model
        model.requests.append({**asked, "path": self.path, "headers": dict(self.headers)})
        reply = model.script(asked)
        if self.path != "/v1/chat/completions":
            self._json(404, {"error": {"message": f"no {self.path}", "type": "not_found"}})
        elif reply.status != 200:
            time.sleep(reply.seconds)
            self._json(reply.status, {"error": {"message": "as scripted", "type": "server_error"}})
        elif asked.get("stream"):
            self._stream(asked, reply)
        else:
            time.sleep(reply.seconds)
            text = "".join(reply.pieces)
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": reply.finish}
            self._json(
                200, {**_head(asked, "chat.completion"), "choices": [choice], "usage": _usage(text)}
            )

    def _json(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _stream(self, asked: dict[str, Any], reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for event in self._events(asked, reply):
                time.sleep(reply.seconds)
                self.wfile.write(f"data: {event}\n\n".encode())
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            return  # the client has had enough

    def _events(self, asked: dict[str, Any], reply: Reply) -> Iterator[str]:
        head = _head(asked, "chat.completion.chunk")

        def event(delta: dict[str, Any], finish: str | None = None) -> str:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            return json.dumps({**head, "choices": [choice]})

        yield event({"role": "assistant", "content": ""})
        if reply.tool:
            call = {"index": 0, "id": "call_1", "type": "function",
                    "function": {"name": reply.tool, "arguments": "{}"}}  # fmt: skip
            yield event({"tool_calls": [call]})
        for piece in reply.pieces:
            yield event({"content": piece})
        if reply.drop:
            return
        yield event({}, "tool_calls" if reply.tool else reply.finish)
        if (asked.get("stream_options") or {}).get("include_usage"):
            yield json.dumps({**head, "choices": [], "usage": _usage("".join(reply.pieces))})
        yield "[DONE]"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: ModelServer


def _head(asked: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_760_000_000, "model": asked["model"]}


def _usage(text: str) -> dict[str, int]:
    words = len(text.split())
    return {"prompt_tokens": 900, "completion_tokens": words, "total_tokens": 900 + words}


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A server on a free port of this machine, stopped at the end."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.model = ModelServer(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield server.model
    finally:
        server.shutdown()
        server.server_close()
