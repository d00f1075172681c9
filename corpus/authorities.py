"""The official sources that guides and rules cite, each once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from corpus.guide import corpus_folder
from corpus.yaml_list import load_entries

AuthorityKind = Literal[
    "statute",
    "regulation",
    "agency",
    "sponsor",
    "accreditor",
    "board",
    "court",
    "hotline",
    "other",
]
Checked = Literal["official", "secondary", "not found"]


@dataclass(frozen=True, slots=True)
class Authority:
    """An official source; `checked` tells whether its own text was seen."""

    id: str
    title: str
    body: str
    kind: AuthorityKind
    url: str
    checked: Checked
    checked_note: str = ""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    body: str
    kind: AuthorityKind
    url: str
    checked: Checked
    checked_note: str = ""


def load_authorities(path: Path | None = None) -> dict[str, Authority]:
    """The authorities by id; raises CorpusError where the file has a fault."""
    entries = load_entries(path or corpus_folder() / "authorities.yaml", _Entry)
    return {key: Authority(**entry.model_dump()) for key, entry in entries.items()}
