"""The real parts that an answer is made with, as one immutable bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.library import Encoder, Library
from bot.types import AuthorityLink, DraftSentence, Source
from bot.writer import Writer
from corpus.authorities import Authority
from corpus.guide import Guide
from corpus.signs import Sign
from guardrails.check import Checker
from guardrails.rulebook import Rulebook
from ingest.passages import Passage


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything `Waymark.answer` needs; built once by bot.build."""

    library: Library
    encoder: Encoder
    checker: Checker
    rulebook: Rulebook
    authorities: Mapping[str, Authority]
    signs: Sequence[Sign]
    # A chat model that may word answers; None: answers are made of the guides' sentences.
    writer: Writer | None = None

    def is_reviewed(self, sentence: DraftSentence) -> bool:
        """Whether it is a reviewed source's own sentence, word for word, or our conclusion."""
        if sentence.origin == "conclusion":
            return True
        if sentence.source is None:
            return False
        guide = self.library.guide(self.library.passage(sentence.source.passage_id).guide_id)
        words = guide.text[sentence.source.start : sentence.source.end]
        return guide.trust == "reviewed" and words == sentence.text

    def rule_source(self, rule_id: str) -> Source | None:
        """Where a rule's statement stands in the guide `rules`."""
        if rule_id not in self.rulebook:
            return None
        try:
            passage = self.library.passage(f"rules#{rule_id}")
        except KeyError:
            return None
        statement = self.rulebook[rule_id].statement
        text = self.library.guide("rules").text
        start = text.find(statement, passage.start)
        if start < 0:
            return None
        return Source(passage.id, start, start + len(statement))

    def links_of(self, passage: Passage, guide: Guide) -> tuple[AuthorityLink, ...]:
        """The official sources of a passage: its own, else its rules', else its guide's."""
        ids = passage.authorities or tuple(
            i
            for rule in passage.rules
            if rule in self.rulebook
            for i in self.rulebook[rule].authorities
        )
        return self._links(dict.fromkeys(ids or guide.authorities))

    def rule_authorities(self, rule_id: str) -> tuple[AuthorityLink, ...]:
        """The official sources of a rule."""
        if rule_id not in self.rulebook:
            return ()
        return self._links(self.rulebook[rule_id].authorities)

    def _links(self, ids: Iterable[str]) -> tuple[AuthorityLink, ...]:
        known = (self.authorities.get(i) for i in ids)
        return tuple(AuthorityLink(a.title, a.url, a.checked) for a in known if a is not None)

    def versions(self, model: str) -> dict[str, str]:
        """What an answer was made from, for its record."""
        return {"corpus": self.library.version, "rules": self.rulebook.hash, "model": model}
