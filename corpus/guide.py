"""What a guide is: its text, its origin, and what each of its sections says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal

Trust = Literal["reviewed", "imported"]
SectionKind = Literal["law", "sponsor-policy", "program-choice", "advice", "prediction"]
# The rulebook, read as a guide, has kinds of its own.
Kind = SectionKind | Literal["accreditation", "board-rule", "volatile", "support"]
Visa = Literal["j1", "j1-research", "h1b", "j2", "h4"]
Stage = Literal["applicant", "resident", "fellow", "attending", "waiver", "dismissed"]
Topic = Literal[
    "j1",
    "two-year-requirement",
    "waivers",
    "h1b",
    "choosing",
    "clinical-informatics",
    "malignant-programs",
    "inside-a-program",
    "dependents",
    "tools",
    "whats-changing",
]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a section is true for; an empty tuple means everyone."""

    visa: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()


EVERYONE = Scope()


@dataclass(frozen=True, slots=True)
class SectionMeta:
    """What a section says about itself in the comments below its heading."""

    asks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    scope: Scope = EVERYONE
    signs: tuple[str, ...] = ()
    as_of: date | None = None
    kind: Kind = "advice"


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide as stored.

    `text` is Markdown without front matter and without metadata comments; every offset in the
    program counts code points in it. `sections` has one entry for each heading of `text`, in the
    order of the headings. `source` is the file it was read from, or "rulebook".
    """

    id: str
    title: str
    topic: str
    trust: Trust
    reviewed: date | None
    authorities: tuple[str, ...]
    text: str
    sections: Mapping[str, SectionMeta] = field(default_factory=dict[str, SectionMeta])
    source: str = ""


def corpus_folder() -> Path:
    """The folder that holds the guides, authorities.yaml and signs.yaml."""
    return Path(str(files("corpus")))


def guides_folder() -> Path:
    """The folder of our own guides: `<topic>/<id>.md`."""
    return corpus_folder() / "guides"
