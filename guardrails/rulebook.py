"""Load the rulebook: one YAML file for each legal rule, checked on the way in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Topic = Literal[
    "j1",
    "two-year-requirement",
    "waivers",
    "h1b",
    "choosing",
    "clinical-informatics",
    "rights",
    "dependents",
    "exams",
    "green-card",
    "policy",
    "support",
]
Kind = Literal["law", "sponsor-policy", "accreditation", "board-rule", "volatile", "support"]
Visa = Literal["j1", "j1-research", "h1b", "j2", "h4", "any"]
Value = bool | int | float | date | str

_M = TypeVar("_M", bound=BaseModel)
_ID = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
MAX_STATEMENT_WORDS = 35
MAX_SHORT_WORDS = 20
MIN_CASES = {"must_flag": 5, "must_pass": 5, "must_ignore": 2}
M = TypeVar("M", bound=BaseModel)


class RulebookError(ValueError):
    """A rule file that cannot be used; the message says file, key and what is allowed."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Model):
    """A value of the law by the date from which it holds."""

    unit: str
    values: dict[date, Value]

    def on(self, day: date) -> Value | None:
        """Return the value in force on `day`, or None before the first."""
        held = [start for start in self.values if start <= day]
        return self.values[max(held)] if held else None


class RuleException(_Model):
    """A case in which the rule does not hold; the text is true by itself."""

    id: Annotated[str, Field(pattern=_ID)]
    text: str


class Scope(_Model):
    """Whom the rule holds for; an empty list means everyone."""

    visa: list[Visa] = Field(default_factory=list[Visa])
    category: list[str] = Field(default_factory=list[str])
    stage: list[str] = Field(default_factory=list[str])


class Frame(_Model):
    """One way in which a sentence states the rule rightly or wrongly (syntax: frames.py)."""

    says: Literal["right", "wrong", "neutral"]
    when: str
    unless: str = ""
    allow: str = ""


class Rule(_Model):
    """One legal claim with its authority, dates, exceptions and frames."""

    id: Annotated[str, Field(pattern=_ID)]
    fact: Annotated[str, Field(pattern=_ID)]
    topic: Topic
    title: str
    statement: str
    short: str
    kind: Kind
    authorities: Annotated[list[str], Field(min_length=1)]
    scope: Scope = Scope()
    parameters: dict[str, Parameter] = Field(default_factory=dict[str, Parameter])
    exceptions: list[RuleException] = Field(default_factory=list[RuleException])
    also_true: list[str] = Field(default_factory=list[str])
    false_qualifiers: list[str] = Field(default_factory=list[str])
    mention_with: list[str] = Field(default_factory=list[str])
    as_of: date | None = None
    reviewed: date
    review_by: date
    claims: list[Frame] = Field(default_factory=list[Frame])

    @model_validator(mode="after")
    def _dates_in_order(self) -> Rule:
        if self.review_by <= self.reviewed:
            raise ValueError(f"review_by {self.review_by} must be after reviewed {self.reviewed}")
        return self

    def told(self, on: date) -> str:
        """Return the statement as told on `on`; past its review date it asks to be checked."""
        if on > self.review_by:
            return f"{self.statement} (Last reviewed {self.reviewed}: check the current rule.)"
        return self.statement

    def own_sentences(self) -> tuple[str, ...]:
        """Return every reviewed sentence of the rule that may stand as it is."""
        extra = tuple(item.text for item in self.exceptions)
        return (self.statement, self.short, *self.also_true, *extra)


class Cases(_Model):
    """Example sentences of a rule; read by tests and lint, never when answering."""

    must_flag: list[str]
    must_pass: list[str]
    must_ignore: list[str]


@dataclass(frozen=True)
class Rulebook:
    """All rules by id, in a stable order."""

    rules: Mapping[str, Rule]

    def __getitem__(self, rule_id: str) -> Rule:
        return self.rules[rule_id]

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self.rules

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __len__(self) -> int:
        return len(self.rules)

    def by_topic(self, topic: str) -> tuple[Rule, ...]:
        """Return the rules of one topic."""
        return tuple(rule for rule in self if rule.topic == topic)

    @cached_property
    def hash(self) -> str:
        """A short hash of every rule's content: the version told in answers and records."""
        digest = hashlib.sha256()
        for rule in self:
            digest.update(rule.model_dump_json().encode())
        return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that lint wants mended."""

    file: str
    key: str
    message: str
    # A warning is told and does not fail the lint.
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}"


def rules_folder() -> Path:
    """Return the folder of the packaged rules."""
    return Path(str(files("guardrails") / "rules"))


def rule_files(folder: Path) -> list[Path]:
    """List the rule files of a folder, cases left out, in a stable order."""
    return sorted(p for p in folder.glob("*/*.yaml") if not p.name.endswith(".cases.yaml"))


def load_rulebook(path: Path | None = None) -> Rulebook:
    """Read all rules under `path` (default: the packaged ones); raises RulebookError."""
    folder = path or rules_folder()
    if not folder.is_dir():
        raise RulebookError(f"{folder}: no such folder; give a folder of <topic>/<id>.yaml files")
    rules: dict[str, Rule] = {}
    for file in rule_files(folder):
        rule = _load_rule(file)
        if rule.id in rules:
            raise RulebookError(f"{file}: id: {rule.id!r} is used twice; ids must be unique")
        rules[rule.id] = rule
    return Rulebook(dict(sorted(rules.items())))


def load_cases(file: Path) -> Cases:
    """Read the cases beside one rule file; raises RulebookError."""
    beside = file.with_name(f"{file.stem}.cases.yaml")
    if not beside.is_file():
        raise RulebookError(
            f"{beside}: missing; every rule needs must_flag, must_pass, must_ignore"
        )
    return _validated(Cases, _read_yaml(beside), beside)


def _load_rule(file: Path) -> Rule:
    rule = _validated(Rule, _read_yaml(file), file)
    if rule.id != file.stem:
        raise RulebookError(f"{file}: id: {rule.id!r} must equal the file name {file.stem!r}")
    if rule.topic != file.parent.name:
        raise RulebookError(
            f"{file}: topic: {rule.topic!r} must equal the folder {file.parent.name!r}"
        )
    return rule


def _read_yaml(file: Path) -> dict[str, object]:
    try:
        raw = cast(object, yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RulebookError(f"{file}: not valid YAML: {error}") from error
    if not isinstance(raw, dict):
        raise RulebookError(f"{file}: must be a mapping of keys, found {type(raw).__name__}")
    return cast(dict[str, object], raw)


def _validated(model: type[_M], raw: object, file: Path) -> _M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise RulebookError(
            "\n".join(_told(file, item, model) for item in error.errors())
        ) from error


def _told(file: Path, item: Mapping[str, object], model: type[BaseModel]) -> str:
    place = ".".join(str(part) for part in cast(tuple[object, ...], item["loc"])) or "(file)"
    message = str(item["msg"])
    if item["type"] == "extra_forbidden":
        message = f"unknown key; allowed: {', '.join(model.model_fields)}"
    return f"{file}: {place}: {message}"


def lint(folder: Path | None = None) -> tuple[Problem, ...]:
    """Check what loading cannot: lengths, cases, references and review dates."""
    root = folder or rules_folder()
    problems: list[Problem] = []
    try:
        book = load_rulebook(root)
    except RulebookError as error:
        return tuple(Problem(str(root), "load", line) for line in str(error).splitlines())
    for file in rule_files(root):
        problems += _lint_rule(book[file.stem], book, file)
        problems += _lint_cases(file)
    return tuple(problems)


def _lint_rule(rule: Rule, book: Rulebook, file: Path) -> list[Problem]:
    found: list[Problem] = []
    for key, text, most in (
        ("statement", rule.statement, MAX_STATEMENT_WORDS),
        ("short", rule.short, MAX_SHORT_WORDS),
    ):
        if (count := len(text.split())) > most:
            found.append(Problem(str(file), key, f"{count} words; at most {most}"))
    found.extend(
        Problem(str(file), "mention_with", f"{other!r} is no rule id")
        for other in rule.mention_with
        if other not in book
    )
    if rule.kind == "volatile" and rule.as_of is None:
        found.append(Problem(str(file), "as_of", "a volatile rule needs the date it was true on"))
    if not rule.claims:
        found.append(
            Problem(str(file), "claims", "no frames: the checker can never prove it", warning=True)
        )
    return found


def _lint_cases(file: Path) -> list[Problem]:
    try:
        cases = load_cases(file)
    except RulebookError as error:
        return [Problem(str(file), "cases", str(error))]
    counts = {key: len(getattr(cases, key)) for key in MIN_CASES}
    return [
        Problem(str(file), key, f"{counts[key]} cases; at least {least}")
        for key, least in MIN_CASES.items()
        if counts[key] < least
    ]
