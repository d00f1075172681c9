"""One question through the house: `Waymark.answer` is the main path on one screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.body import Body, bodies
from bot.compose import compose
from bot.facts import gather
from bot.parts import Parts
from bot.phrases import phrase
from bot.plan import Case, Plan, plan
from bot.timing import Stopwatch
from bot.types import Answer, AnswerSentence, Turn
from bot.understand import understand
from guardrails.privacy import Masked, mask
from guardrails.safety import Safety, assess, deadline, scope
from guardrails.situation import conclude


@dataclass(frozen=True, slots=True)
class Reading:
    """A message with everything known about it."""

    case: Case
    watch: Stopwatch


@dataclass(frozen=True, slots=True)
class Begun:
    """A message that is read and planned, before its first sentence is let out."""

    case: Case
    planned: Plan
    watch: Stopwatch


@dataclass(frozen=True, slots=True)
class Waymark:
    """Answers questions; immutable and safe to share between threads."""

    parts: Parts

    def answer(
        self, message: str, history: Sequence[Turn] = (), *, on: date | None = None
    ) -> Answer:
        """The cited, guarded answer to `message` after the turns in `history`, as of `on`."""
        reading = self.read(message, history, on=on)
        if isinstance(reading, Answer):
            return reading
        begun = self.plan(reading)
        *_, body = bodies(begun.case, begun.planned, self.parts, begun.watch)
        return self._finish(begun, body)

    def stream(
        self, message: str, history: Sequence[Turn] = (), *, on: date | None = None
    ) -> Iterator[Answer]:
        """The answer as it grows, sentence by sentence; the last one is what `answer` gives.

        No sentence is in any of them before its verdict. Where a chat model's draft falls on the
        way, the last answer is the extractive one, so a reader shows each in place of the last.
        """
        reading = self.read(message, history, on=on)
        if isinstance(reading, Answer):
            yield reading
        else:
            yield from self.write(self.plan(reading))

    def batch(
        self, messages: Sequence[str], *, on: date | None = None, workers: int = 4
    ) -> list[Answer]:
        """Answers to separate messages, in their order."""
        from concurrent.futures import ThreadPoolExecutor

        def one(message: str) -> Answer:
            return self.answer(message, on=on)

        with ThreadPoolExecutor(max_workers=workers) as pool:
            return list(pool.map(one, messages))

    async def aanswer(
        self, message: str, history: Sequence[Turn] = (), *, on: date | None = None
    ) -> Answer:
        """`answer` without holding up the event loop."""
        import asyncio

        return await asyncio.to_thread(self.answer, message, history, on=on)

    async def astream(
        self, message: str, history: Sequence[Turn] = (), *, on: date | None = None
    ) -> AsyncIterator[Answer]:
        """`stream` without holding up the event loop."""
        import asyncio

        answers = self.stream(message, history, on=on)
        while (answer := await asyncio.to_thread(next, answers, None)) is not None:
            yield answer

    def at_a_loss(self, message: str) -> Answer:
        """The honest answer where a fault of ours keeps a question from being answered."""
        lines = (phrase("fault"), phrase("abstain_who"))
        return Answer(
            outcome="abstain",
            text=" ".join(lines),
            standalone=mask(message).text,
            sentences=tuple(AnswerSentence(line, (), "phrase", "exact") for line in lines),
            versions=self.parts.versions("extractive"),
        )

    def read(
        self, message: str, history: Sequence[Turn] = (), *, on: date | None = None
    ) -> Reading | Answer:
        """The message as understood; small talk and refusals are answered here."""
        on = on or date.today()
        watch = Stopwatch()
        masked = mask(message)
        safety = assess(masked.text, tuple(turn.message for turn in history))
        if safety.outcome in ("refuse", "smalltalk"):
            return self._fixed(safety, masked, watch)
        case = self._case(masked, safety, tuple(history), on)
        watch.lap("understand")
        return Reading(case, watch)

    def plan(self, reading: Reading) -> Begun:
        """What the answer will consist of; nothing of it may be shown yet."""
        planned = plan(reading.case, self.parts, reading.watch)
        return Begun(reading.case, planned, reading.watch)

    def write(self, begun: Begun) -> Iterator[Answer]:
        """The answer as it grows, each sentence with its verdict; the last one is whole."""
        first = True
        for body in bodies(begun.case, begun.planned, self.parts, begun.watch):
            if body.complete and first:
                for count in range(1, len(body.sentences)):
                    part = replace(body, sentences=body.sentences[:count], complete=False)
                    yield self._finish(begun, part)
            first = False
            yield self._finish(begun, body)

    def _finish(self, begun: Begun, body: Body) -> Answer:
        """The body as an answer; one that is not complete holds what may be shown so far."""
        planned = begun.planned
        composed = compose(body.sentences, self.parts.library, self.parts.links_of)
        begun.watch.lap("compose")
        return Answer(
            outcome=planned.outcome,
            text=composed.text,
            standalone=planned.standalone,
            sentences=composed.sentences,
            citations=composed.citations,
            corrections=(*planned.corrections, *body.corrections),
            facts=begun.case.situation.facts,
            conclusions=planned.conclusions,
            follow_ups=planned.follow_ups if body.complete else (),
            model=body.model,
            versions=self.parts.versions(body.model) | dict(body.record),
            elapsed_ms=begun.watch.read(),
        )

    def _case(self, masked: Masked, safety: Safety, history: tuple[Turn, ...], on: date) -> Case:
        """Everything known about the message before anything is looked up."""
        situation = gather([mask(turn.message).text for turn in history], masked.text, on)
        return Case(
            message=understand(history, masked.text),
            situation=situation,
            conclusions=conclude(situation, on),
            history=history,
            safety=safety,
            limit=scope(masked.text),
            urgent=deadline(masked.text),
            on=on,
            notes=_masked_note(masked),
        )

    def _fixed(self, safety: Safety, masked: Masked, watch: Stopwatch) -> Answer:
        """A refusal or small talk: a fixed, reviewed reply."""
        said = [*_masked_note(masked), safety.text, safety.lawful_way or ""]
        lines = [line for line in said if line]
        return Answer(
            outcome="refuse" if safety.outcome == "refuse" else "smalltalk",
            text="\n\n".join(lines),
            standalone=masked.text,
            sentences=tuple(AnswerSentence(line, (), "phrase", "exact") for line in lines),
            versions=self.parts.versions("extractive"),
            elapsed_ms=watch.read(),
        )


def _masked_note(masked: Masked) -> tuple[str, ...]:
    if not masked.found:
        return ()
    kinds = " and ".join(dict.fromkeys(masked.found))
    return (phrase("masked", kinds=kinds),)


__all__ = ["Plan", "Waymark"]
