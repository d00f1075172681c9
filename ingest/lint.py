"""Checks of our own guides before anyone reads them: `waymark corpus lint`."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.authorities import load_authorities
from corpus.guide import Guide, SectionMeta, guides_folder
from corpus.signs import load_signs
from corpus.yaml_list import CorpusError
from ingest.encoder import Encoder
from ingest.findings import Check, Finding, line_of
from ingest.markdown import bare_title, outline
from ingest.passages import Passage, sentences, split
from ingest.read import GuideError, find_sources, read_guide

if TYPE_CHECKING:
    from guardrails.rulebook import Rulebook

MAX_SENTENCE_WORDS = 32
MAX_GRADE = 10.0
SECTION_WORDS = (40, 240)
ASK_TOO_NEAR = 0.95
# A dated section older than this is told to be looked at again.
_STALE_DAYS = 180

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_REACHES_BACK = re.compile(
    r"^(this|these|those|that|it|they|he|she|such)\b(?! (is|are) (a|the) )", re.I
)
_AS_OF = re.compile(r"\bas of\b", re.IGNORECASE)
# Words of the field that the glossary explains: each is read as one short word.
_NAMES = re.compile(
    r"\b(?:[A-Z]{2,}s?|[A-Z]+[a-z]?-?\d+[A-Za-z]?(?:\([a-z]\))?|clinical informatics"
    r"|graduate medical education|program directors?|residenc(?:y|ies)|fellowships?|residents?"
    r"|immigration|informatics|physicians?|attorneys?|petitions?|requirements?|universit(?:y|ies)"
    r"|hospitals?|employers?|accreditation|accredited|specialt(?:y|ies)|certification"
    r"|eligib(?:le|ility)|application|applicants?|consular|consulate|Intealth|Statement of Need)\b"
)


@dataclass(slots=True)
class Coverage:
    """Which of a kind of thing have a section, by topic."""

    kind: str
    topics: dict[str, tuple[int, list[str]]] = field(
        default_factory=dict[str, tuple[int, list[str]]]
    )


@dataclass(slots=True)
class LintReport:
    """What was found, and what is covered."""

    findings: list[Finding] = field(default_factory=list[Finding])
    coverage: list[Coverage] = field(default_factory=list[Coverage])
    counts: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def failed(self) -> bool:
        """Whether anything must be mended."""
        return any(finding.level == "error" for finding in self.findings)

    def table(self) -> str:
        """Counts and coverage as plain text."""
        lines = [f"{name:32} {value:g}" for name, value in self.counts.items()]
        for part in self.coverage:
            lines += ["", f"{part.kind:32} covered"]
            for topic, (total, missing) in sorted(part.topics.items()):
                row = f"  {topic:30} {total - len(missing):3} of {total:3}"
                lines.append(row + (f"   missing: {', '.join(missing)}" if missing else ""))
        return "\n".join(lines)


def lint(
    *,
    on: date,
    folder: Path | None = None,
    rulebook: Rulebook | None = None,
    questions: Sequence[str] = (),
    encoder: Encoder | None = None,
    check: Check | None = None,
) -> LintReport:
    """Check the guides below `folder` (default: ours) as of the day `on`.

    `questions` are those of question sets, which no ask may repeat; with an `encoder` nearness
    counts, too. `check` is the guardrail's look at each passage.
    """
    report = LintReport()
    guides = _read(folder or guides_folder(), report)
    passages = [(guide, passage) for guide in guides for passage in split(guide)]
    book = rulebook if rulebook is not None else _packaged()
    report.findings += [
        *_references(guides, book),
        *_signs(passages, report),
        *_duplicates(guides),
        *_links(guides),
        *_dates(guides, book, on),
        *_forms(passages),
        *_asks(guides, questions, encoder),
        *_grades(guides, passages, report),
    ]
    for guide, passage in passages if check else ():
        for found in check(passage) if check else ():
            place = line_of(guide.source, found.said or passage.heading)
            report.findings.append(replace(found, file=guide.source, line=place))
    report.coverage.append(_covered_rules(guides, book))
    words = [len(passage.text.split()) for _, passage in passages]
    report.counts |= {
        "guides": len(guides),
        "passages": len(passages),
        "words in a passage, median": median(words) if words else 0,
        "asks": sum(len(passage.asks) for _, passage in passages),
    }
    report.findings.sort(key=lambda f: (f.level, f.file, f.line))
    return report


def _packaged() -> Rulebook:
    from guardrails.rulebook import load_rulebook

    return load_rulebook()


def _read(folder: Path, report: LintReport) -> list[Guide]:
    guides: dict[str, Guide] = {}
    for source in find_sources([folder], "reviewed"):
        try:
            guide = read_guide(source.path, "reviewed")
        except GuideError as error:
            report.findings.append(Finding(str(source.path), 0, str(error)))
            continue
        if guide.id in guides:
            message = f"the id '{guide.id}' also belongs to {guides[guide.id].source}"
            report.findings.append(Finding(guide.source, 0, message))
        else:
            guides[guide.id] = guide
    return list(guides.values())


def _metas(guide: Guide) -> Iterator[tuple[int, str, SectionMeta]]:
    """Line, heading and metadata of each section."""
    for head, meta in zip(outline(guide.text), guide.sections.values(), strict=True):
        yield line_of(guide.source, head.title), head.title, meta


def _references(guides: Sequence[Guide], book: Rulebook) -> Iterator[Finding]:
    """Authorities, rules and signs that nothing is known of."""
    try:
        authorities, signs = set(load_authorities()), set(load_signs())
    except CorpusError as error:
        yield Finding(str(error).split(":", 1)[0], 0, str(error))
        return
    facts = {rule.fact for rule in book} | {rule.id for rule in book}
    for guide in guides:
        for name in sorted(set(guide.authorities) - authorities):
            yield Finding(guide.source, 0, f"unknown authority '{name}'")
        for line, _, meta in _metas(guide):
            unknown = [
                *(f"authority '{name}'" for name in meta.authorities if name not in authorities),
                *(f"rule '{name}'" for name in meta.rules if name not in facts),
                *(f"sign '{name}'" for name in meta.signs if name not in signs),
            ]
            for name in unknown:
                yield Finding(guide.source, line, f"unknown {name}")
    for rule in book:
        for name in sorted(set(rule.authorities) - authorities):
            yield Finding("corpus/authorities.yaml", 0, f"rule '{rule.id}' names unknown '{name}'")


def _signs(passages: Sequence[tuple[Guide, Passage]], report: LintReport) -> Iterator[Finding]:
    """Signs whose section does not exist."""
    try:
        signs = load_signs()
    except CorpusError as error:
        yield Finding("corpus/signs.yaml", 0, str(error))
        return
    ids = {passage.id for _, passage in passages}
    part = Coverage("signs, by level")
    by_level: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for sign in signs.values():
        by_level[sign.level].append((sign.id, sign.section in ids))
        if sign.section not in ids:
            message = f"sign '{sign.id}': there is no section '{sign.section}'"
            yield Finding("corpus/signs.yaml", 0, message)
    for level, found in by_level.items():
        part.topics[level] = (len(found), [name for name, there in found if not there])
    report.coverage.append(part)


def _covered_rules(guides: Sequence[Guide], book: Rulebook) -> Coverage:
    """Rules that a section names, themselves or by their fact."""
    named = {name for guide in guides for meta in guide.sections.values() for name in meta.rules}
    part = Coverage("rules, by topic")
    by_topic: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for rule in book:
        by_topic[rule.topic].append((rule.id, rule.id in named or rule.fact in named))
    for topic, found in by_topic.items():
        part.topics[topic] = (len(found), [name for name, there in found if not there])
    return part


def _duplicates(guides: Sequence[Guide]) -> Iterator[Finding]:
    """Headings and asks that two sections share: their answers could differ."""
    headings: dict[str, str] = {}
    asks: dict[str, str] = {}
    for guide in guides:
        for line, heading, meta in _metas(guide):
            here = f"{guide.id}: {heading}"
            key = _plain(heading)
            if key in headings:
                message = f"the heading '{heading}' also stands in {headings[key]}"
                yield Finding(guide.source, line, message)
            headings.setdefault(key, here)
            for ask in meta.asks:
                if _plain(ask) in asks and asks[_plain(ask)] != here:
                    message = f"the ask '{ask}' also stands in {asks[_plain(ask)]}"
                    yield Finding(guide.source, line, message, "warning")
                asks.setdefault(_plain(ask), here)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", bare_title(text).lower()))


def _links(guides: Sequence[Guide]) -> Iterator[Finding]:
    """Links between guides that lead nowhere."""
    places = {guide.id: set(guide.sections) for guide in guides}
    for guide in guides:
        for target in _LINK.findall(guide.text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, slug = target.partition("#")
            owner = Path(name).stem if name else guide.id
            if owner not in places or (slug and slug not in places[owner]):
                place = line_of(guide.source, target)
                yield Finding(guide.source, place, f"the link '{target}' leads nowhere")


def _dates(guides: Sequence[Guide], book: Rulebook, on: date) -> Iterator[Finding]:
    """Volatile law without its date, and what should have been looked at again."""
    for rule in book:
        if rule.review_by < on:
            message = f"rule '{rule.id}' was to be reviewed by {rule.review_by}"
            yield Finding("guardrails/rules", 0, message, "warning")
    for guide in guides:
        texts = {passage.id.split("--")[0]: passage.text for passage in split(guide)}
        for slug, (line, _, meta) in zip(guide.sections, _metas(guide), strict=True):
            volatile = [
                name for name in meta.rules if name in book and book[name].kind == "volatile"
            ]
            if volatile and not meta.as_of:
                message = f"names the volatile rule '{volatile[0]}' and has no as_of date"
                yield Finding(guide.source, line, message, "warning")
            if meta.as_of and not _tells_date(texts.get(f"{guide.id}#{slug}", ""), meta.as_of):
                yield Finding(guide.source, line, "has an as_of date that its text does not tell")
            if meta.as_of and (on - meta.as_of).days > _STALE_DAYS:
                message = f"was true as of {meta.as_of}: check it again"
                yield Finding(guide.source, line, message, "warning")


def _tells_date(text: str, day: date) -> bool:
    return bool(_AS_OF.search(text)) or str(day.year) in text


def _forms(passages: Sequence[tuple[Guide, Passage]]) -> Iterator[Finding]:
    """Sentences too long, first sentences that do not stand alone, sections too long or short."""
    for guide, passage in passages:
        found = sentences(passage)
        for sentence in found:
            words = len(sentence.text.split())
            if sentence.kind != "row" and words > MAX_SENTENCE_WORDS:
                message = f"{words} words in '{sentence.text[:60]}...'; at most 32"
                yield Finding(guide.source, line_of(guide.source, sentence.text), message)
        if found and _REACHES_BACK.match(found[0].text):
            message = f"the first sentence reaches back: '{found[0].text[:60]}'"
            yield Finding(guide.source, line_of(guide.source, found[0].text), message, "warning")
        words = len(passage.text.split())
        if not SECTION_WORDS[0] <= words <= SECTION_WORDS[1]:
            message = f"'{passage.heading}' has {words} words; write 60-220"
            yield Finding(guide.source, line_of(guide.source, passage.heading), message, "warning")


def _asks(
    guides: Sequence[Guide], questions: Sequence[str], encoder: Encoder | None
) -> Iterator[Finding]:
    """Asks that repeat a question we are measured with."""
    asks = [
        (guide, line, text)
        for guide in guides
        for line, heading, meta in _metas(guide)
        for text in (heading, *meta.asks)
    ]
    known = {_plain(question) for question in questions}
    for guide, line, text in asks:
        if _plain(text) in known:
            yield Finding(guide.source, line, f"'{text}' repeats a question of a set")
    if encoder is None or not questions or not asks:
        return
    near = encoder.encode([text for _, _, text in asks]) @ encoder.encode(list(questions)).T
    for (guide, line, text), row in zip(asks, near, strict=True):
        best = int(np.argmax(row))
        if row[best] >= ASK_TOO_NEAR and _plain(text) not in known:
            message = f"'{text}' is too near to a question of a set ({row[best]:.2f})"
            yield Finding(guide.source, line, message)


def _grades(
    guides: Sequence[Guide],
    passages: Sequence[tuple[Guide, Passage]],
    report: LintReport,
) -> Iterator[Finding]:
    """Reading grades (Flesch-Kincaid); names of the field count as one short word."""
    try:
        with warnings.catch_warnings():
            # textstat 0.7.4 imports pkg_resources; later ones fetch data at run time.
            warnings.simplefilter("ignore", UserWarning)
            import textstat
    except ImportError:
        yield Finding("", 0, "reading grade: textstat is not installed", "warning")
        return
    grader: Any = textstat
    grades: list[float] = []
    for guide in guides:
        spoken = [
            sentence.text.rstrip(".:;") + "."
            for owner, passage in passages
            if owner is guide
            for sentence in sentences(passage)
            if sentence.kind != "row" and len(sentence.text.split()) > 3
        ]
        if not spoken:
            continue
        grade = float(grader.flesch_kincaid_grade(_NAMES.sub("visa", " ".join(spoken))))
        grades.append(grade)
        if grade > MAX_GRADE:
            message = f"reading grade {grade:.1f}; at most {MAX_GRADE:g}"
            yield Finding(guide.source, 0, message, "warning")
    if grades:
        report.counts["reading grade, median"] = round(median(grades), 1)
        if median(grades) > MAX_GRADE:
            yield Finding("corpus/guides", 0, f"median reading grade {median(grades):.1f}")
