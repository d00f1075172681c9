"""Read what the asker says about themselves; questions, hypotheticals and hearsay give no fact."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from bot.amount_facts import read_amounts, read_dates, read_years
from bot.career_facts import read_country, read_pgy, read_specialty, read_stage
from bot.phrase_facts import read_phrases
from bot.plans import read_plan_of
from bot.telling import sentences
from bot.visa_facts import read_friend, read_visas
from guardrails.situation import Fact, Situation

MAX_CHARACTERS = 20_000


def gather(earlier: Sequence[str], message: str, on: date | None = None) -> Situation:
    """The situation told in a conversation: a later fact takes the place of an earlier one."""
    facts: list[Fact] = []
    for said in (*earlier, message):
        read = read_facts(said, on)
        own = next((fact for fact in read if fact.name == "visa"), None)
        if own and all(fact.name != "person" for fact in read):
            facts = [fact for fact in facts if fact.name != "person"]  # now of the asker again
        facts += read
    return Situation.of(facts)


def read_facts(message: str, on: date | None = None) -> tuple[Fact, ...]:
    """Every fact in the message, each with its words; `on` dates "yesterday" and the like."""
    found: list[Fact] = []
    for sentence in sentences(message[:MAX_CHARACTERS]):
        for reader in _READERS:
            found += _possible(reader(sentence))
        found += _possible(read_dates(sentence, on))
    found += read_plan_of(message[:MAX_CHARACTERS], found)
    return _settled(message, found)


def _possible(facts: Iterator[Fact]) -> Iterator[Fact]:
    """The facts up to the first that no life holds ("70 years on H-1B"): that one says nothing."""
    try:
        yield from facts
    except ValueError:
        return


def _settled(message: str, found: list[Fact]) -> tuple[Fact, ...]:
    """One fact a name; another person's facts only where the asker told none of their own."""
    facts = list(Situation.of(found).facts)
    asking = re.search(
        r"\basking for (?:a|my) (?:friend|brother|sister|cousin|colleague)", message.lower()
    )
    if asking:
        facts.insert(0, Fact("person", "friend", message[asking.start() : asking.end()]))
    names = {fact.name for fact in facts}
    if "pgy" in names and "stage" not in names:
        pgy = next(fact for fact in facts if fact.name == "pgy")
        facts.append(Fact("stage", "resident", pgy.quote))
    if "visa" not in names and "spouse_visa" not in names:
        facts = [*read_friend(message), *facts]
    return tuple(Situation.of(facts).facts)


_READERS = (
    read_visas,
    read_phrases,
    read_pgy,
    read_stage,
    read_specialty,
    read_years,
    read_amounts,
    read_country,
)
