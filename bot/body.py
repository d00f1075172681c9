"""The body of an answer, sentence by sentence: extractive, or by a chat model on a leash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.buffer import OverlongError, SentenceBuffer, Unit
from bot.draft import BUDGET_ONE, BUDGET_SEVERAL, word_count
from bot.guard import Guarded, guard
from bot.guard import Outcome as Guard
from bot.material import collect, prompt, prompt_version
from bot.parts import Parts
from bot.plan import Case, Plan
from bot.timing import Stopwatch
from bot.types import Correction, DraftSentence
from bot.weave import DraftFaultError, Weaver, refuse_markup
from bot.writer import Writer, WriterError

EXTRACTIVE = "extractive"
# A model writes only what a passage answers: the other outcomes are fixed or honest limits.
WRITTEN = frozenset({"answer", "clarify"})
# Characters of the draft that are searched again with each chunk, for markup cut by its border.
_OVERLAP = 100


@dataclass(frozen=True, slots=True)
class Body:
    """The sentences so far; the last Body of an answer is complete.

    `record` goes into the answer's versions: prompt, tokens, and why a model's draft fell.
    """

    sentences: tuple[Guarded, ...]
    corrections: tuple[Correction, ...] = ()
    model: str = EXTRACTIVE
    record: Mapping[str, str] = field(default_factory=dict[str, str])
    complete: bool = False


def bodies(case: Case, planned: Plan, parts: Parts, watch: Stopwatch) -> Iterator[Body]:
    """Growing bodies of one answer, the last one complete."""
    record: dict[str, str] = {}
    if parts.writer is not None and planned.outcome in WRITTEN:
        draft = _Draft(case, planned, parts, parts.writer, watch)
        try:
            yield from draft.grow()
            return
        except (WriterError, DraftFaultError, OverlongError) as fault:
            reason = "overlong" if isinstance(fault, OverlongError) else str(fault)
            record = {**draft.record(), "fallback": reason}
            watch.lap("model")
    whole = _guard(planned.draft, planned, parts, case)
    watch.lap("guard")
    yield Body(whole.sentences, whole.replaced, record=record, complete=True)


def _guard(draft: Sequence[DraftSentence], planned: Plan, parts: Parts, case: Case) -> Guard:
    return guard(
        draft,
        is_reviewed=parts.is_reviewed,
        checker=parts.checker,
        rule_source=parts.rule_source,
        context=planned.standalone,
        on=case.on,
    )


class _Draft:
    """One draft by a chat model, on its way through the sentence buffer."""

    def __init__(
        self, case: Case, planned: Plan, parts: Parts, writer: Writer, watch: Stopwatch
    ) -> None:
        self.case, self.planned, self.parts = case, planned, parts
        self.writer, self.watch = writer, watch
        self.head, self.tail = _frame(planned)
        self.tokens = (0, 0)

    def grow(self) -> Iterator[Body]:
        """The opening at once, then each sentence as soon as it is whole and has its verdict."""
        head = _guard(self.head, self.planned, self.parts, self.case)
        tail = _guard(self.tail, self.planned, self.parts, self.case)
        shown = list(head.sentences)
        if shown:
            yield self._body(shown, head.replaced)
        weaver = self._weaver(shown, tail.sentences)
        for unit in self._units(weaver):
            self.watch.lap("model")
            fresh = weaver.take(unit)
            self.watch.lap("guard")
            if fresh:
                shown += fresh
                yield self._body(shown, (*head.replaced, *weaver.corrections))
        self.watch.lap("model")
        weaver.close()
        shown += tail.sentences
        corrections = (*head.replaced, *weaver.corrections, *tail.replaced)
        yield self._body(shown, corrections, complete=True)

    def record(self) -> dict[str, str]:
        """What an answer's versions say about the draft."""
        given, got = self.tokens
        counted = {"tokens_in": str(given), "tokens_out": str(got)} if given or got else {}
        return {"prompt": prompt_version(), **counted}

    def _body(
        self, shown: list[Guarded], corrections: Sequence[Correction], *, complete: bool = False
    ) -> Body:
        record = self.record() if complete else {}
        return Body(tuple(shown), tuple(corrections), self.writer.name, record, complete)

    def _weaver(self, head: Sequence[Guarded], tail: Sequence[Guarded]) -> Weaver:
        self.material = collect(self.planned, self.case, self.parts)
        spent = sum(word_count(s.text) for s in (*head, *tail))
        several = len(self.case.message.questions) > 1
        return Weaver(
            self.material,
            self.parts.checker,
            self.parts.is_reviewed,
            self.parts.rule_source,
            self.planned.standalone,
            self.case.on,
            budget=(BUDGET_SEVERAL if several else BUDGET_ONE) - spent,
            shown={s.text for s in (*head, *tail)},
        )

    def _units(self, weaver: Weaver) -> Iterator[Unit]:
        """The model's sentences, as soon as each is whole."""
        buffer = SentenceBuffer()
        recent = ""
        asked = prompt(self.planned, self.case, weaver.material)
        for chunk in self.writer.write(asked):
            self.tokens = (self.tokens[0] + chunk.tokens_in, self.tokens[1] + chunk.tokens_out)
            recent = (recent + chunk.text)[-_OVERLAP - len(chunk.text) :]
            refuse_markup(recent)
            yield from buffer.feed(chunk.text)
        yield from buffer.close()


def _frame(planned: Plan) -> tuple[tuple[DraftSentence, ...], tuple[DraftSentence, ...]]:
    """What stays as it was planned, before and behind the part that a model may write.

    Notes, corrections, conclusions and the computed verdict come first; a question back comes last.
    """
    corrected = {c.statement for c in planned.corrections}
    draft = planned.draft
    first, last = 0, len(draft)
    while first < last and _is_fixed(draft[first], corrected):
        first += 1
    while last > first and _is_fixed(draft[last - 1], corrected):
        last -= 1
    return draft[:first], draft[last:]


def _is_fixed(sentence: DraftSentence, corrected: set[str]) -> bool:
    if sentence.layout == "heading":
        return False
    return sentence.origin in ("phrase", "conclusion") or sentence.text in corrected
