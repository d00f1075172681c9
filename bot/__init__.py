"""From a question to a cited, guarded answer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.answer import Waymark
    from bot.build import build_waymark
    from bot.types import Answer, Turn

__all__ = ["Answer", "Turn", "Waymark", "build_waymark"]

_HOMES = {
    "Answer": "bot.types",
    "Turn": "bot.types",
    "Waymark": "bot.answer",
    "build_waymark": "bot.build",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import what is asked for only then: `import bot` opens nothing."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'bot' has no attribute '{name}'")
