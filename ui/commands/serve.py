"""`waymark serve`: the chat page, the guides, the rules and the HTTP API."""

from __future__ import annotations

import argparse
import socket
from typing import Any

from bot.settings import Settings, load_settings
from ui.cli import UsageError
from ui.progress import progress_bar


def serve(given: argparse.Namespace) -> int:
    """Serve until interrupted; the index is built first where it is missing."""
    settings = _chosen(load_settings(), given)
    # Bound before anything slow, so that a taken port is told at once.
    listening = _bind(settings.host, settings.port)
    with listening:
        _run(settings, listening)
    return 0


def _chosen(settings: Settings, given: argparse.Namespace) -> Settings:
    update: dict[str, Any] = {}
    if given.host is not None:
        update["host"] = given.host
    if given.port is not None:
        if not 0 <= given.port <= 65535:
            raise UsageError(f"serve: port {given.port} does not exist; use one from 1024 to 65535")
        update["port"] = given.port
    return settings.model_copy(update=update)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise UsageError(
            f"serve: the host '{host}' is not known here; use 127.0.0.1 (this machine only) or "
            "0.0.0.0 (everyone who can reach it)"
        ) from None
    listening = socket.socket(family, kind, protocol)
    # A port that was just left must be free again at once.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise UsageError(_why_not(host, port, error)) from None
    return listening


def _why_not(host: str, port: int, error: OSError) -> str:
    import errno

    if error.errno == errno.EADDRINUSE:
        return (
            f"serve: port {port} is taken; stop what uses it or choose another: --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"serve: port {port} needs administrator rights; choose one above 1023"
    return f"serve: cannot listen on {host}:{port} ({error.strerror}); check --host and --port"


def _run(settings: Settings, listening: socket.socket) -> None:
    import uvicorn

    from bot.build import build_waymark

    with progress_bar("Building the index") as progress:
        waymark = build_waymark(settings, progress)

    from ui.server import build_app

    app = build_app(waymark, settings)
    # No access log: it would keep who asked when.
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    address = _address(settings, listening)

    class Announcing(uvicorn.Server):
        """Says where it is once it can be reached."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(f"Waymark is at {address}", flush=True)

    Announcing(config).run(sockets=[listening])


def _address(settings: Settings, listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}{settings.root_path}"
