"""What the asker said about themselves: typed facts, each with the words it came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

FactName = Literal[
    "person",
    "visa",
    "target_visa",
    "stage",
    "pgy",
    "specialty",
    "plan",
    "further_training",
    "training_years_done",
    "j1_years_used",
    "h1b_years_used",
    "ever_j1",
    "home_years_served",
    "days_abroad",
    "step3",
    "medical_school",
    "waiver",
    "waiver_stage",
    "waiver_years_served",
    "spouse_visa",
    "child_visa",
    "child_age",
    "family_status",
    "program_accredited",
    "employer",
    "cap",
    "i140",
    "termination",
    "termination_date",
    "program_end",
    "i94_end",
    "country",
]
Value = str | int | float | bool

VisaStatus = Literal[
    "j1", "j1-research", "h1b", "j2", "h4", "f1", "o1", "tn", "b", "ead", "green-card", "citizen",
    "none",
]  # fmt: skip
Person = Literal["self", "spouse", "child", "friend"]
Stage = Literal[
    "student", "applicant", "matched", "resident", "fellow", "attending", "waiver", "dismissed"
]
Waiver = Literal[
    "none", "agency", "conrad", "va", "hhs", "arc", "dra", "hardship", "persecution",
    "no-objection", "unknown",
]  # fmt: skip
WaiverStage = Literal["planned", "filed", "recommended", "approved", "serving", "completed"]
Step3 = Literal["passed", "scheduled", "failed", "not-taken"]
Employer = Literal[
    "university", "affiliated-nonprofit", "research-organisation", "nonprofit", "private", "company"
]
Termination = Literal["dismissed", "resigned", "resigned-in-lieu", "non-renewed", "completed"]
FamilyStatus = Literal["citizen-spouse", "citizen-child", "resident-spouse", "resident-child"]

AGENCY_WAIVERS = frozenset({"agency", "conrad", "va", "hhs", "arc", "dra"})

# What each fact may hold: words of a closed set, a range of numbers, a date as YYYY-MM-DD, or text.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "person": get_args(Person),
    "visa": get_args(VisaStatus),
    "target_visa": get_args(VisaStatus),
    "stage": get_args(Stage),
    "waiver": get_args(Waiver),
    "waiver_stage": get_args(WaiverStage),
    "step3": get_args(Step3),
    "medical_school": ("us", "foreign"),
    "spouse_visa": get_args(VisaStatus),
    "child_visa": get_args(VisaStatus),
    "family_status": get_args(FamilyStatus),
    "employer": get_args(Employer),
    "cap": ("exempt", "subject"),
    "i140": ("none", "pending", "approved"),
    "termination": get_args(Termination),
}
_RANGES: Mapping[str, tuple[float, float]] = {
    "pgy": (1, 10),
    "training_years_done": (0, 20),
    "j1_years_used": (0, 20),
    "h1b_years_used": (0, 20),
    "home_years_served": (0, 40),
    "days_abroad": (0, 5000),
    "waiver_years_served": (0, 20),
    "child_age": (0, 60),
}
_BOOLEANS = frozenset({"ever_j1", "program_accredited"})
_DATES = frozenset({"termination_date", "program_end", "i94_end"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing said; `quote` holds the asker's words. A value that does not fit: ValueError."""

    name: FactName
    value: Value
    quote: str

    def __post_init__(self) -> None:
        """Check the value against what this fact may hold."""
        problem = _problem(self.name, self.value)
        if problem:
            raise ValueError(f"fact '{self.name}': {self.value!r} is no value of it; {problem}")


@dataclass(frozen=True, slots=True)
class Training:
    """One stage of a plan: its name and length in years."""

    name: str
    years: float


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about the asker; an absent fact is unknown, never a default."""

    facts: tuple[Fact, ...] = ()

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "Situation":
        """Keep the latest fact of each name, in the order in which the names first came."""
        latest: dict[str, Fact] = {}
        for fact in facts:
            latest[fact.name] = fact
        return cls(tuple(latest.values()))

    def value(self, name: FactName) -> Value | None:
        """The value of a fact, or None where it is unknown."""
        return next((fact.value for fact in self.facts if fact.name == name), None)

    def number(self, name: FactName) -> float | None:
        """A numeric fact, or None."""
        value = self.value(name)
        return float(value) if isinstance(value, int | float) else None

    def day(self, name: FactName) -> date | None:
        """A date fact, or None."""
        value = self.value(name)
        return date.fromisoformat(value) if isinstance(value, str) else None

    def plan(self, name: FactName = "plan") -> tuple[Training, ...]:
        """A plan fact as its stages; empty where unknown."""
        value = self.value(name)
        return read_plan(value) if isinstance(value, str) else ()


def write_plan(trainings: Iterable[Training]) -> str:
    """The value of a plan fact: `internal medicine 3 + clinical informatics 2`."""
    return " + ".join(f"{training.name} {training.years:g}" for training in trainings)


def read_plan(text: str) -> tuple[Training, ...]:
    """The stages of a plan fact; raises ValueError where a part is no `name years`."""
    stages: list[Training] = []
    for part in text.split(" + "):
        name, _, years = part.rpartition(" ")
        if not name:
            raise ValueError(f"plan part {part!r}: write 'name years', for example 'pathology 4'")
        stages.append(Training(name, float(years)))
    return tuple(stages)


def _problem(name: str, value: Value) -> str:
    """What is allowed, where the value is not; else empty."""
    if name in _WORDS:
        return "" if value in _WORDS[name] else f"use one of {', '.join(_WORDS[name])}"
    if name in _BOOLEANS:
        return "" if isinstance(value, bool) else "use true or false"
    if name in _RANGES:
        low, high = _RANGES[name]
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return ""
        return f"use a number from {low:g} to {high:g}"
    if not isinstance(value, str) or not value:
        return "use text"
    try:
        if name in _DATES:
            date.fromisoformat(value)
        if name in ("plan", "further_training"):
            read_plan(value)
    except ValueError as error:
        return str(error)
    return ""
