"""One question through the house: `Waymark.answer` is the main path on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.compose import compose
from bot.facts import gather
from bot.guard import guard
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
class Waymark:
    """Answers questions; immutable and safe to share between threads."""

    parts: Parts

    def answer(self, message: str, history: Sequence[Turn] = (), *, on: date | None = None) -> Answer:
        """The cited, guarded answer to `message` after the turns in `history`, as of `on`."""
        on = on or date.today()
        watch = Stopwatch()
        masked = mask(message)
        safety = assess(masked.text, tuple(turn.message for turn in history))
        if safety.outcome in ("refuse", "smalltalk"):
            return self._fixed(safety, masked, watch)
        case = self._case(masked, safety, tuple(history), on)
        watch.lap("understand")
        planned = plan(case, self.parts, watch)
        guarded = guard(
            planned.draft,
            is_reviewed=self.parts.is_reviewed,
            checker=self.parts.checker,
            rule_source=self.parts.rule_source,
            context=planned.standalone,
            on=on,
        )
        watch.lap("guard")
        composed = compose(guarded.sentences, self.parts.library, self.parts.links_of)
        watch.lap("compose")
        return Answer(
            outcome=planned.outcome,
            text=composed.text,
            standalone=planned.standalone,
            sentences=composed.sentences,
            citations=composed.citations,
            corrections=(*planned.corrections, *guarded.replaced),
            facts=case.situation.facts,
            conclusions=planned.conclusions,
            follow_ups=planned.follow_ups,
            versions=self.parts.versions("extractive"),
            elapsed_ms=watch.read(),
        )

    def _case(self, masked: Masked, safety: Safety, history: tuple[Turn, ...], on: date) -> Case:
        """Everything known about the message before anything is looked up."""
        situation = gather([turn.message for turn in history], masked.text)
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
