"""The reviewed page of our own sentences, filled from typed values."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml


@cache
def _phrases() -> dict[str, str]:
    text = (files("bot") / "phrases.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def phrase(name: str, **values: str) -> str:
    """The phrase of that name with its values filled in.

    Raises:
        KeyError: there is no such phrase, or a value is missing.
    """
    return _phrases()[name].format(**values)
