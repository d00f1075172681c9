"""Reading a YAML list of entries with an id each, with errors that say file, entry and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

Entry = TypeVar("Entry", bound=BaseModel)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CorpusError(ValueError):
    """A data file of the corpus that cannot be used; the message says where and what to do."""


def load_entries(path: Path, model: type[Entry]) -> dict[str, Entry]:
    """Read `path`, a list of mappings, as `model` objects by id.

    Raises CorpusError for YAML that cannot be read, an unknown or missing key, and a repeated id.
    """
    try:
        raw: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, yaml.YAMLError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from error
    if raw is None:
        return {}
    if not isinstance(raw, list):
        raise CorpusError(f"{path}: must be a list of entries that start with '- id:'")
    entries: dict[str, Entry] = {}
    for number, item in enumerate(cast("list[Any]", raw), start=1):
        entry = _entry(path, number, item, model)
        key = str(getattr(entry, "id", ""))
        if key in entries:
            raise CorpusError(f"{path}: the id '{key}' stands twice; keep one entry")
        entries[key] = entry
    return entries


def _entry(path: Path, number: int, item: object, model: type[Entry]) -> Entry:
    where = f"entry {number}"
    if isinstance(item, dict) and "id" in item:
        where = f"entry '{cast('dict[str, Any]', item)['id']}'"
    try:
        return model.model_validate(item)
    except ValidationError as error:
        raise CorpusError(f"{path}: {where}: {explain(error, model)}") from error


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The faults of a validation error in one line: key, what is wrong, what is allowed."""
    faults: list[str] = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"]) or "the entry"
        if fault["type"] == "extra_forbidden":
            faults.append(f"unknown key '{key}'; use {', '.join(model.model_fields)}")
        elif fault["type"] == "missing":
            faults.append(f"the key '{key}' is missing")
        else:
            faults.append(f"{key}: {fault['msg'].lower()} (found {str(fault['input'])[:60]!r})")
    return "; ".join(faults)
