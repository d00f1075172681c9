"""The reviewed page of our own sentences, filled from typed values."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from guardrails.situation import Fact


@cache
def _phrases() -> dict[str, Any]:
    text = (files("bot") / "phrases.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def fact_words(fact: Fact) -> str:
    """A fact as a reader says it: `visa J-1`, `training year PGY-3`."""
    words: dict[str, str] = _phrases()["visa_words"]
    value = f"{fact.value:g}" if isinstance(fact.value, float) else str(fact.value)
    if fact.name == "pgy":
        return f"PGY-{value}"
    return f"{fact.name.replace('_', ' ')} {words.get(value, value)}"


def phrase(name: str, /, **values: str) -> str:
    """The phrase of that name with its values filled in.

    Raises:
        KeyError: there is no such phrase, or a value is missing.
    """
    return _phrases()[name].format(**values)
