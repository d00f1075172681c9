"""Signs of bad and good programs, and how people tell them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from corpus.guide import corpus_folder
from corpus.yaml_list import load_entries

Level = Literal["good", "hard", "worrying", "reportable", "urgent"]


@dataclass(frozen=True, slots=True)
class Sign:
    """A red flag or a good sign; `variants` are ways people tell it, `section` is guide#slug."""

    id: str
    name: str
    variants: tuple[str, ...]
    level: Level
    why: str
    ask: str
    whom: str
    section: str


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    variants: tuple[str, ...]
    level: Level
    why: str
    ask: str
    whom: str
    section: str


def load_signs(path: Path | None = None) -> dict[str, Sign]:
    """The signs by id, none where there is no file; raises CorpusError where it has a fault."""
    path = path or corpus_folder() / "signs.yaml"
    if not path.exists():
        return {}
    entries = load_entries(path, _Entry)
    return {key: Sign(**entry.model_dump()) for key, entry in entries.items()}
