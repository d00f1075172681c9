"""Plans of training: named stages and their years."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml
from pydantic import BaseModel, ConfigDict

from bot.telling import HEARSAY, NUM, YEARS, number, sentences
from guardrails.situation import Fact, Training, write_plan


class _Stage(BaseModel):
    model_config = ConfigDict(extra="forbid")
    years: float
    names: list[str]


class _Training(BaseModel):
    model_config = ConfigDict(extra="forbid")
    residencies: dict[str, _Stage]
    fellowships: dict[str, _Stage]
    countries: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class TrainingTerms:
    """What training.yaml holds, ready to search."""

    stage: re.Pattern[str]
    named: dict[str, str]
    years: dict[str, float]
    residencies: frozenset[str]
    country: re.Pattern[str]
    countries: dict[str, str]


# What stands before a number that is a rank, a date or a part of a name, not a length.
_NOT_A_LENGTH = re.compile(r"(?:(?:\b(?:pgy|step|j|h|month|week|day|year)|-)[\s-]?|\d)$")
# A plan told of others in general is nobody's plan here.
_OTHERS = re.compile(r"\b(?:people|those|doctors|residents|imgs|someone|anyone|everybody) who\b")


def read_plan_of(message: str, found: list[Fact]) -> list[Fact]:
    """The stages of training with their years, where a plan or at least one length is told."""
    stages: list[tuple[int, int, Training, bool]] = []
    for sentence in sentences(message):
        offset = message.find(sentence.text)
        if _OTHERS.search(sentence.low):
            continue
        if HEARSAY.search(sentence.low) and not re.search(r"\b(?:my|i) \b", sentence.low):
            continue
        if re.search(r"\b(?:what about|how about|my friend|if i did)\b", sentence.low):
            continue
        stages += [
            (offset + start, offset + end, stage, sized)
            for start, end, stage, sized in stages_in(sentence.low)
        ]
    sized = [stage for *_, stage, has in stages if has]
    terms = training_terms()
    known = {fact.name: fact for fact in found}
    names = [stage.name.removesuffix(" (usual)") for *_, stage, _ in stages]
    if not sized and not _is_chain(message, stages):
        return []
    if not stages or any(stage.years == 0 for *_, stage, _ in stages):
        stages = [item for item in stages if item[2].years > 0]
        names = [stage.name.removesuffix(" (usual)") for *_, stage, _ in stages]
    if not stages:
        return []
    trainings = [stage for *_, stage, _ in stages]
    quote = message[stages[0][0] : stages[-1][1]].strip()
    has_residency = any(name in terms.residencies for name in names)
    if has_residency:
        return [Fact("plan", write_plan(trainings), quote)]
    if "j1_years_used" in known or "h1b_years_used" in known:
        return [Fact("further_training", write_plan(trainings), quote)]
    specialty = known.get("specialty")
    if specialty and str(specialty.value) in terms.years and terms.years[str(specialty.value)]:
        first = Training(f"{specialty.value} (usual)", terms.years[str(specialty.value)])
        return [Fact("plan", write_plan([first, *trainings]), quote)]
    return [Fact("further_training", write_plan(trainings), quote)] if len(trainings) > 1 else []


def stages_in(low: str) -> Iterator[tuple[int, int, Training, bool]]:
    """Named stages of a sentence, with the years told before or after the name."""
    terms = training_terms()
    taken: list[tuple[int, int, Training, bool]] = []
    for match in terms.stage.finditer(low):
        name = terms.named[match["name"]]
        start, end = match.start(), match.end()
        behind = re.match(
            rf"\s*(?:residency|fellowship|training)?\s*(?:of|is|for|:|\(|="
            rf"|-)?\s*(?P<n>{NUM})\b(?!\s*(?:months?|weeks?|days?|hours?|%"
            rf"|-\s?1))\s*{YEARS}?\b",
            low[end:],
        )
        ahead = re.search(
            rf"(?P<n>{NUM})[\s-]*{YEARS}?[\s-]*(?:of |in |path to |for )?(?:an? |my |the )?$",
            low[max(0, start - 24) : start],
        )
        if behind and re.match(r"\s*(?:pgy|step)", low[end:]):
            behind = None
        if ahead and _NOT_A_LENGTH.search(low[: max(0, start - 24) + ahead.start()]):
            ahead = None
        if ahead and taken and taken[-1][1] > max(0, start - 24) + ahead.start():
            ahead = None
        if ahead:
            taken.append(
                (max(0, start - 24) + ahead.start(), end, Training(name, number(ahead["n"])), True)
            )
        elif behind:
            taken.append((start, end + behind.end(), Training(name, number(behind["n"])), True))
        elif (terms.years[name] and name != "clinical informatics") or re.match(
            r"\s*(?:fellowship|then|,|\+|on|\?|$)", low[end:]
        ):
            taken.append((start, end, Training(f"{name} (usual)", terms.years[name]), False))
    merged = _merged(taken, low)
    yield from (item for item in merged if item[3]) if any(item[3] for item in merged) else merged


def _merged(
    taken: list[tuple[int, int, Training, bool]], low: str
) -> list[tuple[int, int, Training, bool]]:
    """Two names of one stage ("5 year surgery residency") become one, the more exact."""
    kept: list[tuple[int, int, Training, bool]] = []
    for item in taken:
        plain = item[2].name.removesuffix(" (usual)")
        if plain in ("residency", "fellowship") and kept and not low[kept[-1][1] : item[0]].strip():
            continue
        if kept and plain in ("residency", "fellowship") and item[0] < kept[-1][1]:
            continue
        before = kept[-1][2].name.removesuffix(" (usual)") if kept else ""
        if before == "fellowship" and kept[-1][1] >= item[0] - 4 and item[3] is False:
            continue
        kept.append(item)
    return kept


def _is_chain(message: str, stages: list[tuple[int, int, Training, bool]]) -> bool:
    """Two or more stages joined by "then" or a plus sign."""
    if len(stages) < 2:
        return False
    between = [message[a[1] : b[0]].lower() for a, b in pairwise(stages)]
    return all(
        re.fullmatch(
            r"\s*(?:residency|fellowship)?\s*,?\s*(?:then|and then|\+|->|→|followed by|plus"
            r"|>)\s*(?:a |an |the )?\s*",
            part,
        )
        for part in between
    )


@cache
def training_terms() -> TrainingTerms:
    """The names and lengths of training.yaml, read once."""
    raw = yaml.load(
        files("bot").joinpath("training.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    held = _Training.model_validate(raw)
    named: dict[str, str] = {}
    for group in (held.residencies, held.fellowships):
        for name, stage in group.items():
            named |= dict.fromkeys(stage.names, name)
    countries = {word: name for name, words in held.countries.items() for word in words}
    return TrainingTerms(
        re.compile(rf"(?<![\w-])(?P<name>{_choice(named)})(?![\w-])"),
        named,
        {
            name: stage.years
            for group in (held.residencies, held.fellowships)
            for name, stage in group.items()
        },
        frozenset(held.residencies),
        re.compile(rf"\b(?:{_choice(countries)})\b"),
        countries,
    )


def _choice(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
