"""Wires the real parts together; nothing is opened before it is called."""

from __future__ import annotations

from collections.abc import Callable

from bot.answer import Waymark
from bot.library import Library
from bot.parts import Parts
from bot.settings import Settings, load_settings
from bot.writer import open_writer
from corpus.authorities import load_authorities
from corpus.signs import load_signs
from guardrails.check import default_checker
from ingest.export import query_encoder
from ingest.generations import silent
from ingest.sync import open_or_build

Progress = Callable[[str, int, int], None]


def open_library(settings: Settings | None = None, progress: Progress | None = None) -> Library:
    """The published index; built first where there is none yet."""
    settings = settings or load_settings()
    return open_or_build(settings.home, progress or silent, settings.encoder)


def build_waymark(settings: Settings | None = None, progress: Progress | None = None) -> Waymark:
    """A Waymark on the published index, ready to answer."""
    settings = settings or load_settings()
    library = open_library(settings, progress)
    checker = default_checker()
    parts = Parts(
        library=library,
        encoder=query_encoder(settings.home, settings.encoder),
        checker=checker,
        rulebook=checker.rulebook,
        authorities=load_authorities(),
        signs=tuple(load_signs().values()),
        writer=open_writer(settings),
    )
    return Waymark(parts)
