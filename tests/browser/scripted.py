"""A bot with fixed answers over the real guides: every state of the page, no index and no model."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

from bot.types import Answer, AnswerSentence, AuthorityLink, Citation, Correction, Turn
from corpus.authorities import Authority, load_authorities
from corpus.guide import Guide, guides_folder
from guardrails.rulebook import Rulebook, load_rulebook
from guardrails.situation import Conclusion, Fact
from ingest.passages import Passage, sentences, split
from ingest.read import find_sources, read_document

IMPORTED = Guide(
    id="imported-notes",
    title="Notes <img src=x onerror=window.hacked=1>",
    topic="notes",
    trust="imported",
    reviewed=None,
    authorities=(),
    text="# Shift swaps <script>window.hacked=1</script>\n"
    "Swap [here](javascript:window.hacked=1) & ask.\n",
)


@cache
def rulebook() -> Rulebook:
    """The real rulebook."""
    return load_rulebook()


@cache
def authorities() -> dict[str, Authority]:
    """The real official sources."""
    return load_authorities()


@cache
def guides() -> dict[str, Guide]:
    """Our own guides by id, and one imported one with hostile text."""
    found = [
        read_document(s.path, "reviewed")[0] for s in find_sources([guides_folder()], "reviewed")
    ]
    return {guide.id: guide for guide in [*found, IMPORTED]}


@cache
def passages() -> dict[str, Passage]:
    """Every passage by id."""
    return {p.id: p for guide in guides().values() for p in split(guide)}


class ScriptedLibrary:
    """What the pages read of an index."""

    version = "scripted"

    def search(self, query_vector: object, query_text: str, top_k: int) -> list[Any]:
        words = set(re.findall(r"\w+", query_text.lower()))
        scored = [
            (len(words & set(re.findall(r"\w+", (p.heading + " " + p.text).lower()))), p.id)
            for p in passages().values()
        ]
        best = sorted((s for s in scored if s[0]), reverse=True)[:top_k]
        return [SimpleNamespace(passage_id=name) for _, name in best]

    def passage(self, passage_id: str) -> Passage:
        return passages()[passage_id]

    def passages(self) -> list[Passage]:
        return list(passages().values())

    def guide(self, guide_id: str) -> Guide:
        return guides()[guide_id]

    def guides(self) -> list[Guide]:
        return list(guides().values())


def cited(
    passage_id: str, which: Sequence[int], number: int, *, as_of: str | None = None
) -> tuple[Citation, list[str]]:
    """A citation over some sentences of a passage, and their texts."""
    passage = passages()[passage_id]
    guide = guides()[passage.guide_id]
    chosen = [sentences(passage)[i] for i in which]
    start, end = chosen[0].start, chosen[-1].end
    known = authorities()
    links = tuple(
        AuthorityLink(known[a].title, known[a].url, known[a].checked)
        for a in passage.authorities
        if a in known
    )
    citation = Citation(
        number,
        passage.id,
        guide.id,
        guide.title,
        passage.heading,
        guide.text[start:end],
        start,
        end,
        links,
        guide.reviewed.isoformat() if guide.reviewed else None,
        guide.trust,
        as_of,
    )
    return citation, [s.text for s in chosen]


def quoting(passage_id: str, which: Sequence[int], *, as_of: str | None = None) -> Answer:
    """An answer that quotes sentences of one passage."""
    citation, texts = cited(passage_id, which, 1, as_of=as_of)
    shown = tuple(AnswerSentence(t, (1,), "guide", "exact") for t in texts)
    return Answer("answer", " ".join(texts) + " [1]", "", shown, (citation,))


def seven_years() -> Answer:
    """A verdict, a second source, a conclusion with steps, facts and follow-ups."""
    one, verdict = cited("j1-seven-year-limit#how-many-years-can-i-train-on-a-j-1", [0, 1, 2], 1)
    two, sums = cited(
        "j1-seven-year-limit#does-each-fellowship-start-a-new-seven-year-clock", [0, 2], 2
    )
    shown = [AnswerSentence(t, (1,), "guide", "exact") for t in verdict]
    shown.append(
        AnswerSentence(
            "3 + 2 = 5 years; the J-1 limit is 7, so 2 years remain.", (), "conclusion", "exact"
        )
    )
    shown += [AnswerSentence(t, (2,), "guide", "exact", layout="item") for t in sums]
    return Answer(
        "answer",
        "\n".join(s.text for s in shown),
        "",
        tuple(shown),
        (one, two),
        facts=(Fact("visa", "j1", "on a J-1"), Fact("pgy", 2, "second year")),
        conclusions=(
            Conclusion(
                "j1-seven-year-limit",
                "5 years",
                ("Residency: 3 years", "Fellowship: 2 years", "3 + 2 = 5, and 7 - 5 = 2"),
            ),
        ),
        follow_ups=(
            "Is it safe to plan exactly seven years?",
            "Can I get more than seven years on a J-1?",
        ),
    )


def corrected() -> Answer:
    """A false premise set right, then the answer, with a sentence that was replaced."""
    book = rulebook()
    rule = book["j1-no-moonlighting"]
    known = authorities()
    links = tuple(
        AuthorityLink(known[a].title, known[a].url, known[a].checked) for a in rule.authorities
    )
    base = quoting("j1-allowed-work#" + _first("j1-allowed-work"), [0, 1, 2])
    first = (
        AnswerSentence("Part of what you were told is not right.", (), "phrase", "exact"),
        AnswerSentence(rule.statement, (), "rule", "exact", rule.id),
    )
    replaced = replace(base.sentences[-1], verdict="replaced", rule=rule.id)
    return replace(
        base,
        sentences=(*first, *base.sentences[:-1], replaced),
        corrections=(Correction("", rule.statement, rule.id, links),),
        facts=(Fact("visa", "j1", "J-1"),),
    )


def _first(guide_id: str) -> str:
    return next(p.id for p in passages().values() if p.guide_id == guide_id).partition("#")[2]


def crisis() -> Answer:
    """Help first."""
    lines = (
        "Your safety comes before any visa or program.",
        "If you may act on these thoughts, call 911 now.",
        "In the US, call or text 988, free, day and night.",
        "The Physician Support Line, 1-888-409-0141, offers free peer support to physicians.",
    )
    return Answer(
        "crisis",
        "\n".join(lines),
        "",
        tuple(AnswerSentence(t, (), "phrase", "exact") for t in lines),
    )


def hostile() -> Answer:
    """Text from everywhere that tries to become markup."""
    evil = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">'
    citation = Citation(
        1,
        "imported-notes#shift-swaps",
        "imported-notes",
        f"T {evil}",
        f"H {evil}",
        evil,
        0,
        5,
        (AuthorityLink(f"A {evil}", "javascript:window.hacked=1", evil),),
        None,
        "imported",
        evil,
    )
    shown = (
        AnswerSentence(
            f"Seen: {evil} [x](javascript:window.hacked=1) `{evil}`", (1,), "guide", "exact"
        ),
    )
    return Answer(
        "answer",
        evil,
        "",
        shown,
        (citation,),
        follow_ups=(f'More "{evil}?',),
        facts=(Fact(f"visa{evil}", evil, f'"{evil}'),),
        conclusions=(Conclusion("x", "x", (evil,)),),
    )


def abstain() -> Answer:
    """An honest limit."""
    lines = (
        "I could not find that in the guides, so I will not guess.",
        "Your GME office, Intealth (ECFMG) or an immigration attorney can answer for you.",
    )
    return Answer(
        "abstain",
        " ".join(lines),
        "",
        tuple(AnswerSentence(t, (), "phrase", "exact") for t in lines),
    )


class ScriptedChecker:
    """Calls everything wrong that says yes."""

    def check_sentence(self, text: str, *, context: str = "", on: object = None) -> Any:
        wrong = "yes" in text.lower()
        return SimpleNamespace(
            text=text,
            verdict="contradicts" if wrong else "off-topic",
            rule="j1-seven-year-limit" if wrong else None,
            statement="At most seven years." if wrong else None,
            reason="7 is not 8" if wrong else "nothing ruled",
            output="At most seven years." if wrong else text,
            trace=SimpleNamespace(to_json=lambda: {"tokens": [text], "steps": {"gate": None}}),
        )


class ScriptedWaymark:
    """Answers by key word; slow where the message says so."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []
        self.lock = threading.Lock()

    @property
    def parts(self) -> Any:
        return SimpleNamespace(
            library=ScriptedLibrary(),
            rulebook=rulebook(),
            authorities=authorities(),
            checker=ScriptedChecker(),
            encoder=SimpleNamespace(encode=lambda texts: [None] * len(texts)),
            versions=lambda model: {"corpus": "scripted", "rules": "scripted", "model": model},
        )

    def answer(self, message: str, history: Sequence[Turn] = (), **_: object) -> Answer:
        with self.lock:
            self.heard.append((message, len(history)))
        low = message.lower()
        if "break" in low:
            raise RuntimeError("scripted failure")
        if "hurt" in low:
            return crisis()
        if "moonlight" in low:
            return corrected()
        if "<" in low:
            return hostile()
        if "weather" in low:
            return abstain()
        if "payment" in low:
            name = next(p.id for p in passages().values() if p.as_of)
            return quoting(name, [0, 1], as_of="2026-10-07")
        return replace(seven_years(), standalone=message)

    def stream(self, message: str, history: Sequence[Turn] = (), **_: object) -> Iterator[Answer]:
        whole = self.answer(message, history)
        pause = 0.6 if "slowly" in message.lower() else 0.01
        for count in range(1, len(whole.sentences)):
            yield replace(whole, sentences=whole.sentences[:count], follow_ups=(), conclusions=())
            time.sleep(pause)
        yield whole
