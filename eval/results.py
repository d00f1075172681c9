"""Results: what one bot said to every case and how it was judged; also overrules by a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .cases import Case, SetError
from .replies import Reply
from .scoring import Score


class Overrule(BaseModel):
    """A person's verdict that stands instead of ours, with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    right: bool
    reason: str = Field(min_length=3)
    by: str = ""
    on: date | None = None
    answer: str = Field(default="", description="fingerprint of the answer judged; empty: any")


@dataclass(frozen=True, slots=True)
class TurnResult:
    """One message, the reply, and the score."""

    question: str
    reply: Reply
    score: Score
    checked: bool  # False for a message that only sets the scene


@dataclass(frozen=True, slots=True)
class Result:
    """One sample: a question (or one of its paraphrases), or a whole conversation."""

    sample_id: str
    set_name: str
    case: Case
    turns: tuple[TurnResult, ...]
    overrule: Overrule | None = None

    @property
    def is_paraphrase(self) -> bool:
        """Whether this is another wording of a case."""
        return "~" in self.sample_id

    @property
    def judged_right(self) -> bool:
        """Our own verdict."""
        return all(turn.score.right for turn in self.turns if turn.checked)

    @property
    def right(self) -> bool:
        """The verdict that counts: a person's where there is one."""
        return self.overrule.right if self.overrule else self.judged_right

    @property
    def last(self) -> TurnResult:
        """The turn that decides outcome and citations."""
        return self.turns[-1]

    @property
    def fingerprint(self) -> str:
        """Short hash of everything said, to tie an overrule to these very words."""
        said = "\n".join(turn.reply.text for turn in self.turns)
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def to_json(self) -> dict[str, Any]:
        """As stored in results.json."""
        case = self.case
        return {
            "id": self.sample_id,
            "set": self.set_name,
            "category": case.category,
            "topic": case.topic,
            "difficulty": case.difficulty,
            "rules": case.rules,
            "target": case.target,
            "right": self.right,
            "judged_right": self.judged_right,
            "fingerprint": self.fingerprint,
            "overrule": self.overrule.model_dump(mode="json") if self.overrule else None,
            "turns": [
                {
                    "question": turn.question,
                    "reply": turn.reply.model_dump(mode="json"),
                    "score": turn.score.to_json(),
                    "checked": turn.checked,
                }
                for turn in self.turns
            ],
        }


def overrules_path(path: Path) -> Path:
    """Where the overrules of a set lie: beside it."""
    return path.with_suffix(".overrules.jsonl")


def read_overrules(path: Path) -> dict[str, Overrule]:
    """The overrules beside a set, by sample id.

    Raises:
        SetError: a line cannot be read.
    """
    file = overrules_path(path)
    found: dict[str, Overrule] = {}
    if not file.is_file():
        return found
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                overrule = Overrule.model_validate(json.loads(line))
            except (json.JSONDecodeError, ValidationError) as error:
                raise SetError(f"{file}:{number}: {' '.join(str(error).split())}") from None
            found[overrule.id] = overrule
    return found


def with_overrules(results: Sequence[Result], overrules: dict[str, Overrule]) -> list[Result]:
    """Apply each overrule to the sample it names, unless the answer has changed since."""
    applied: list[Result] = []
    for result in results:
        overrule = overrules.get(result.sample_id)
        stands = overrule is not None and overrule.answer in ("", result.fingerprint)
        applied.append(replace(result, overrule=overrule) if stands else result)
    return applied
