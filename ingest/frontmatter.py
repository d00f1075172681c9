"""What a guide file says about itself: front matter, and comments below headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from corpus.guide import Scope, SectionKind, SectionMeta, Stage, Topic, Visa
from corpus.yaml_list import explain
from ingest.markdown import outline

ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
MAX_ASKS = 3
_KEYS = ("asks", "rules", "authorities", "scope", "signs", "as_of", "kind")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_COMMENT_LINE = re.compile(r"^[ \t]*<!--\s*(\w+)\s*:\s*(.*?)\s*-->[ \t]*$")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DATE = TypeAdapter(date)
Model = TypeVar("Model", bound=BaseModel)


class GuideError(ValueError):
    """A guide file that cannot be read; the message says file, key and what is allowed."""


class FrontMatter(BaseModel):
    """The front matter of a guide of ours."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=ID_PATTERN)]
    title: Annotated[str, Field(min_length=3)]
    topic: Topic
    audience: tuple[str, ...] = ()
    reviewed: date
    reviewed_by: str = ""
    authorities: tuple[str, ...] = ()


class ImportedFrontMatter(BaseModel):
    """What is used of the front matter of somebody else's file; other keys are left aside."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(pattern=ID_PATTERN)] | None = None
    title: str | None = None
    authorities: tuple[str, ...] = ()


@dataclass(slots=True)
class Sections:
    """Text without comments, and what they said by slug, in the order of the headings."""

    text: str
    metas: dict[str, SectionMeta] = field(default_factory=dict[str, SectionMeta])


def cut_front_matter(text: str) -> tuple[str, str]:
    """The YAML between the two '---' lines at the top, and the rest; '' where there is none."""
    if not text.startswith("---\n"):
        return "", text
    end = text.find("\n---", 3)
    if end < 0:
        return "", text
    return text[4 : end + 1], text[text.find("\n", end + 1) + 1 :]


def parse_front_matter(raw: str, model: type[Model], path: Path) -> Model:
    """Validate front matter; raises GuideError with file, key and what is allowed."""
    try:
        found: Any = yaml.load(raw, Loader=_Loader)
    except yaml.YAMLError as error:
        line = " ".join(str(error).split())
        raise GuideError(f"{path}: front matter is not YAML: {line}") from error
    if not isinstance(found, dict):
        raise GuideError(f"{path}: front matter must be 'key: value' lines between two '---'")
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise GuideError(f"{path}: front matter: {explain(error, model)}") from error


def cut_comments(text: str, path: Path, *, strict: bool) -> Sections:
    """Take the comments out of `text`, which must have its final headings.

    With `strict` a comment below a heading that is not known raises GuideError; without, comments
    are only taken out.
    """
    lines: list[str] = []
    notes: dict[int, dict[str, str]] = {}
    heading = -1
    below = False
    heads = {head.start: number for number, head in enumerate(outline(text))}
    at = 0
    for line in text.split("\n"):
        if at in heads:
            heading, below = heads[at], True
        elif strict and (match := _COMMENT_LINE.match(line)):
            if not below:
                raise GuideError(f"{path}: '{line.strip()}' must stand directly below a heading")
            _note(notes.setdefault(heading, {}), match.group(1), match.group(2), path)
            at += len(line) + 1
            continue
        elif line.strip():
            below = False
        lines.append(line)
        at += len(line) + 1
    clean = _COMMENT.sub("", "\n".join(lines))
    metas = {
        head.slug: _meta(notes.get(number, {}), f"{path}: '{head.title}'")
        for number, head in enumerate(outline(clean))
    }
    return Sections(clean, metas)


def _note(notes: dict[str, str], key: str, value: str, path: Path) -> None:
    if key not in _KEYS:
        raise GuideError(f"{path}: unknown comment '{key}'; use {', '.join(_KEYS)}")
    if key in notes:
        raise GuideError(f"{path}: the comment '{key}' stands twice below one heading")
    notes[key] = value


def _meta(notes: dict[str, str], where: str) -> SectionMeta:
    if not notes:
        return SectionMeta()
    asks = tuple(part for raw in notes.get("asks", "").split("|") if (part := raw.strip()))
    if len(asks) > MAX_ASKS:
        raise GuideError(f"{where}: {len(asks)} asks; at most {MAX_ASKS}")
    kind = notes.get("kind", "advice")
    _allowed(kind, get_args(SectionKind), f"{where}: kind")
    return SectionMeta(
        asks=asks,
        rules=_ids(notes.get("rules", "")),
        authorities=_ids(notes.get("authorities", "")),
        scope=_scope(notes.get("scope", ""), where),
        signs=_ids(notes.get("signs", "")),
        as_of=_date(notes.get("as_of", ""), where),
        kind=cast("SectionKind", kind),
    )


def _ids(raw: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", raw) if part)


def _date(raw: str, where: str) -> date | None:
    try:
        return _DATE.validate_python(raw) if raw else None
    except ValidationError as error:
        raise GuideError(f"{where}: as_of '{raw}' is not a date; write 2026-10-07") from error


def _scope(raw: str, where: str) -> Scope:
    found: dict[str, tuple[str, ...]] = {}
    for part in re.findall(r"(\w+)\s*=\s*([\w-]+(?:\s*,\s*(?![\w-]+\s*=)[\w-]+)*)", raw):
        found[part[0]] = _ids(part[1])
    if (raw and not found) or set(found) - {"visa", "stage"}:
        raise GuideError(f"{where}: scope '{raw}' must look like 'visa=j1,h1b stage=fellow'")
    for name, allowed in (("visa", get_args(Visa)), ("stage", get_args(Stage))):
        for value in found.get(name, ()):
            _allowed(value, allowed, f"{where}: scope {name}")
    return Scope(found.get("visa", ()), found.get("stage", ()))


def _allowed(value: str, allowed: tuple[Any, ...], where: str) -> None:
    if value not in allowed:
        raise GuideError(f"{where}: '{value}' is not known; use {', '.join(map(str, allowed))}")
