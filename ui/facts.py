"""My situation: every fact in use with the words it came from, to be changed or erased."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from html import escape

from guardrails.situation import Fact
from ui.prose import plain
from ui.sources import long_date

_FACT_NAMES = {
    "person": "Asked for",
    "target_visa": "Visa wanted",
    "pgy": "Training year (PGY)",
    "plan": "Training plan",
    "training_years_done": "Training years done",
    "j1_years_used": "Years used on J-1",
    "h1b_years_used": "Years used on H-1B",
    "ever_j1": "Ever on J-1",
    "home_years_served": "Years served at home",
    "step3": "Step 3",
    "waiver_stage": "Where the waiver stands",
    "spouse_visa": "Spouse's visa",
    "child_visa": "Child's visa",
    "child_age": "Child's age",
    "program_accredited": "Program accredited",
    "i140": "I-140",
    "i94_end": "I-94 end date",
    "program_end": "Program end date",
    "termination": "How the training ended",
    "termination_date": "Date it ended",
}
# How a change is said: as the asker would, because facts are read from what the asker says.
_FACT_SENTENCES = {
    "visa": "Correction: I am on {}.",
    "target_visa": "Correction: I want {}.",
    "stage": "Correction: I am {}.",
    "pgy": "Correction: I am a PGY-{}.",
    "specialty": "Correction: my specialty is {}.",
    "country": "Correction: my home country is {}.",
    "plan": "Correction: my training plan is {}.",
    "training_years_done": "Correction: I have done {} years of training.",
    "j1_years_used": "Correction: I have used {} years on J-1.",
    "h1b_years_used": "Correction: I have used {} years on H-1B.",
    "spouse_visa": "Correction: my spouse is on {}.",
}
_WORDS = {
    "j1": "J-1",
    "j1-research": "J-1 research scholar",
    "h1b": "H-1B",
    "j2": "J-2",
    "h4": "H-4",
    "o1": "O-1",
    "f1": "F-1",
    "tn": "TN",
    "b": "B visitor",
    "ead": "EAD",
    "conrad": "Conrad 30",
    "va": "VA",
    "hhs": "HHS",
    "arc": "ARC",
    "dra": "DRA",
    "us": "US",
}


def facts_html(facts: Sequence[Fact]) -> str:
    """Every fact in use, with the words it came from; each can be changed or erased."""
    intro = (
        "<p>What the answers assume about you. Nothing is guessed: each line comes from "
        "your words.</p>"
    )
    if not facts:
        return (
            f'<div class="facts">{intro}<p class="quiet">Nothing yet. Say for example: '
            "I am a J-1 resident in my second year.</p></div>"
        )
    rows = "".join(_fact_html(fact) for fact in facts)
    return f'<div class="facts">{intro}<ul>{rows}</ul></div>'


def _fact_html(fact: Fact) -> str:
    name = fact_name(fact.name)
    value = fact_value(fact.value)
    said = _FACT_SENTENCES.get(fact.name, f"Correction: {name} is {{}}.")
    words = f'<p class="quiet">You wrote: “{escape(fact.quote)}”</p>' if fact.quote else ""
    erase = (
        '<button type="button" class="tool" data-do="erase" '
        f'data-words="{escape(words_to_erase(fact))}" '
        f'aria-label="Erase {escape(name)}">Erase</button>'
    )
    return (
        f'<li data-fact="{escape(name)}" data-said="{escape(said)}"><p><b>{plain(name)}</b> '
        f'<span class="value">{escape(value)}</span></p>{words}'
        f'<p class="row"><button type="button" class="tool" data-do="change" '
        f'aria-label="Change {escape(name)}">Change</button>{erase if fact.quote else ""}</p></li>'
    )


def words_to_erase(fact: Fact) -> str:
    """The asker's words that go when a fact is erased: of a long quote only those that say it."""
    if len(fact.quote.split()) <= 3:
        return fact.quote
    # People write J-1 as j1, J 1 or J-1.
    loose = re.escape(fact_value(fact.value)).replace(r"\-", r"[\s-]?")
    said = re.search(rf"(?<!\w){loose}(?!\w)", fact.quote, re.IGNORECASE)
    return said.group() if said else fact.quote


def fact_name(name: str) -> str:
    """A fact's name as people say it."""
    return _FACT_NAMES.get(name, name.replace("_", " ").replace("-", " ").capitalize())


def fact_value(value: object) -> str:
    """A fact's value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return long_date(value.isoformat())
    return _WORDS.get(str(value), str(value).replace("_", " "))
