"""Cases: the one schema of a question set, from JSON Lines; each error names line and key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

Outcome = Literal["answer", "clarify", "abstain", "refuse", "crisis", "smalltalk"]
Difficulty = Literal["easy", "medium", "hard"]
ANSWERED: tuple[Outcome, ...] = ("answer", "clarify")
MAX_WORDS = 400


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error}): {pattern}") from None
    return pattern


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]
# A group is matched when one of its alternatives is found; all groups must be.
Group = Annotated[list[Pattern], Field(min_length=1), BeforeValidator(_as_list)]
Outcomes = Annotated[list[Outcome], BeforeValidator(_as_list)]
Text = Annotated[str, Field(max_length=20_000)]


class SetError(ValueError):
    """A question set that cannot be used; the message says file, line and key."""


class CaseTurn(BaseModel):
    """One message of a conversation with what its answer is checked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Text
    target: str = ""
    must_include: list[Group] = []
    must_not: list[Pattern] = []
    outcome: Outcomes = []


class Case(BaseModel):
    """One question, or one conversation, and what a right answer is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\s~]+$")]
    input: Text | None = Field(default=None, description="one question; or give `turns`")
    turns: list[CaseTurn] = Field(default=[], description="a conversation, first message first")
    paraphrases: list[Text] = Field(default=[], description="the same question asked otherwise")
    target: str = Field(default="", description="a right answer in a sentence or two")
    must_include: list[Group] = Field(default=[], description="groups of alternatives")
    must_not: list[Pattern] = Field(default=[], description="patterns of wrong answers")
    polarity: Literal["yes", "no"] | None = Field(
        default=None, description="how a right answer opens where it opens with yes or no"
    )
    outcome: Outcomes = Field(default=[], description="allowed outcomes")
    answerable: bool = Field(default=True, description="False: a right bot abstains")
    expected_passages: list[str] = []
    expected_authorities: list[str] = []
    rules: list[str] = Field(default=[], description="rules that decide the question")
    signs: list[str] = Field(default=[], description="red flags or good signs it tells of")
    facts: dict[str, str] = Field(default={}, description="who asks, for example visa: j1")
    false_premise: bool = False
    pair: str | None = Field(
        default=None, description="same question, another asker, another answer"
    )
    as_of: date | None = None
    max_words: Annotated[int, Field(gt=0)] = MAX_WORDS
    category: str = "general"
    topic: str = "general"
    difficulty: Difficulty = "easy"
    source: str = ""
    metadata: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_input(self) -> Case:
        if (self.input is None) == (not self.turns):
            raise ValueError("give either `input` (one question) or `turns` (a conversation)")
        if self.turns and self.paraphrases:
            raise ValueError("`paraphrases` only go with `input`, not with `turns`")
        return self

    @property
    def allowed(self) -> tuple[Outcome, ...]:
        """The outcomes that count as right."""
        if self.outcome:
            return tuple(self.outcome)
        return ANSWERED if self.answerable else ("abstain",)

    @property
    def messages(self) -> list[CaseTurn]:
        """Each turn with its checks; a plain question is a conversation of one."""
        last = CaseTurn(
            input=self.input or "",
            target=self.target,
            must_include=self.must_include,
            must_not=self.must_not,
            outcome=list(self.allowed),
        )
        if not self.turns:
            return [last]
        final = self.turns[-1]
        merged = final.model_copy(
            update={
                "must_include": [*final.must_include, *self.must_include],
                "must_not": [*final.must_not, *self.must_not],
                "outcome": final.outcome or list(self.outcome),
                "target": final.target or self.target,
            }
        )
        return [*self.turns[:-1], merged]

    def variants(self) -> Iterator[tuple[str, str]]:
        """Sample id and wording for the question and each of its paraphrases."""
        yield self.id, self.input or ""
        for number, wording in enumerate(self.paraphrases, start=1):
            yield f"{self.id}~{number}", wording


def read_set(path: Path) -> list[Case]:
    """The cases of a .jsonl file.

    Raises:
        SetError: naming every faulty line and key (at most twenty of them).
    """
    cases, faults = parse_set(path)
    if faults:
        more = f"\n… and {len(faults) - 20} more" if len(faults) > 20 else ""
        raise SetError("\n".join(faults[:20]) + more)
    if not cases:
        raise SetError(f"{path}: no cases; write one JSON object a line")
    return cases


def parse_set(path: Path) -> tuple[list[Case], list[str]]:
    """All readable cases, and one message for each fault."""
    if not path.is_file():
        return [], [f"{path}: there is no such file; give the path of a .jsonl question set"]
    cases: list[Case] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        if not raw.strip():
            continue
        where = f"{path}:{number}"
        try:
            case = Case.model_validate(json.loads(raw.decode("utf-8-sig")))
        except UnicodeDecodeError:
            faults.append(f"{where}: not UTF-8 text; save the file as UTF-8")
        except json.JSONDecodeError as error:
            faults.append(f"{where}: not valid JSON ({error.msg} at column {error.colno})")
        except ValidationError as error:
            faults += [f"{where}: {line}" for line in _explain(error)]
        else:
            if case.id in seen:
                faults.append(f"{where}: key 'id': '{case.id}' is on line {seen[case.id]} already")
            seen.setdefault(case.id, number)
            cases.append(case)
    return cases, faults


def _explain(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"]) or "the whole line"
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message = f"unknown key; known: {', '.join(Case.model_fields)}"
        lines.append(f"key '{key}': {message}")
    return lines


def write_set(cases: Sequence[Case], path: Path) -> None:
    """Write cases as JSON Lines, leaving out what is at its default."""
    lines = [
        json.dumps(case.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        for case in cases
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
