"""Waymark as LangChain parts: the chain, the retriever, the embeddings, and the guard for others.

This is the one file of `bot` that knows LangChain's types; nothing imports it unless asked to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda
from langchain_core.tools import BaseTool, create_retriever_tool
from pydantic import ConfigDict, Field, SkipValidation

from bot.answer import Begun, Reading, Waymark
from bot.buffer import OverlongError, SentenceBuffer, Unit
from bot.guard import MAX_REPLACEMENTS, guard
from bot.retrieve import Encoder, retrieve
from bot.types import Answer, DraftSentence, Question, Turn
from guardrails.check import FALLBACK, Checker, default_checker

if TYPE_CHECKING:
    from langgraph.runtime import Runtime


class Asked(TypedDict):
    """What the chain takes: a message, the turns before it, and the date to answer for."""

    message: str
    history: NotRequired[Sequence[Turn | BaseMessage]]
    on: NotRequired[date | None]


def as_runnable(waymark: Waymark) -> Runnable[Asked | str, Answer]:
    """The steps of `Waymark.answer` as a chain: read, plan, then write and guard.

    `invoke` gives the answer; `stream` gives it growing, the last one whole, as `Waymark.stream`
    does. Callbacks and traces see each step, and a chat model below the last one.
    """

    def read(asked: Asked | str) -> Reading | Answer:
        given: Asked = {"message": asked} if isinstance(asked, str) else asked
        turns = turns_of(given.get("history", ()))
        return waymark.read(given["message"], turns, on=given.get("on"))

    def plan(reading: Reading | Answer) -> Begun | Answer:
        return reading if isinstance(reading, Answer) else waymark.plan(reading)

    def write(begun: Begun | Answer) -> Iterator[Answer]:
        if isinstance(begun, Answer):
            yield begun
        else:
            yield from waymark.write(begun)

    steps = (
        RunnableLambda(read, name="read").with_config(run_name="read")
        | RunnableLambda(plan, name="plan").with_config(run_name="plan")
        | RunnableLambda(write, name="write").with_config(run_name="write")
    )
    return steps.with_config(run_name="waymark")


def turns_of(history: Sequence[Turn | BaseMessage]) -> tuple[Turn, ...]:
    """A conversation as turns; of LangChain messages only what the person wrote is read."""
    turns: list[Turn] = []
    for item in history:
        if isinstance(item, Turn):
            turns.append(item)
        elif isinstance(item, HumanMessage):
            turns.append(Turn(str(item.text)))
    return tuple(turns)


class WaymarkRetriever(BaseRetriever):
    """The guides' passages for a question, best first, as LangChain documents."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    waymark: SkipValidation[Waymark]
    k: int = Field(default=4, gt=0)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        parts = self.waymark.parts
        question = Question(text=query, standalone=query)
        found = retrieve(question, parts.library, parts.encoder, visa=None)
        return [self._document(r.passage.id, r.score) for r in found.ranked[: k or self.k]]

    def _document(self, passage_id: str, score: float) -> Document:
        parts = self.waymark.parts
        passage = parts.library.passage(passage_id)
        guide = parts.library.guide(passage.guide_id)
        return Document(
            id=passage.id,
            page_content=passage.text,
            metadata={
                "passage_id": passage.id,
                "guide_id": guide.id,
                "guide_title": guide.title,
                "heading": passage.heading,
                "start": passage.start,
                "end": passage.end,
                "trust": guide.trust,
                "authorities": [link.url for link in parts.links_of(passage, guide)],
                "score": score,
            },
        )


class WaymarkEmbeddings(Embeddings):
    """Waymark's encoder: texts -> unit vectors of 384 numbers."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text."""
        return self.encoder.encode(texts).tolist() if texts else []

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


def retriever_tool(waymark: Waymark, k: int = 4) -> BaseTool:
    """The retriever as a tool for an agent; the documents come along as the artifact."""
    return create_retriever_tool(
        WaymarkRetriever(waymark=waymark, k=k),
        "waymark_guides",
        "Search reviewed guides about J-1 and H-1B training, waivers, clinical informatics "
        "fellowships and troubled programs for physicians who train in the United States.",
        response_format="content_and_artifact",
    )


def stream_guard(
    checker: Checker | None = None, *, context: str = "", on: date | None = None
) -> Runnable[Any, str]:
    """Guard the stream of someone else's model: `model | guard`.

    It holds back each sentence until the rulebook has spoken: what is proved or no law passes, what
    is not is replaced by the rule's statement (at most two, none twice) or left out. `context` is
    the question, for sentences that say "it".
    """
    judge = checker or default_checker()

    def guarded(chunks: Iterator[BaseMessage | str]) -> Iterator[str]:
        sentences = _Guarding(judge, context, on or date.today())
        buffer = SentenceBuffer()
        try:
            for chunk in chunks:
                for unit in buffer.feed(_text(chunk)):
                    yield from sentences.take(unit)
            for unit in buffer.close():
                yield from sentences.take(unit)
        except OverlongError:
            yield FALLBACK

    return RunnableGenerator(guarded, name="stream_guard")


class _Guarding:
    """What one guarded stream has said and replaced so far."""

    def __init__(self, checker: Checker, context: str, on: date) -> None:
        self.checker, self.context, self.on = checker, context, on
        self.replaced: set[str] = set()

    def take(self, unit: Unit) -> Iterator[str]:
        if not unit.text:
            return
        outcome = guard(
            [DraftSentence(unit.text, "guide", layout=unit.layout)],
            is_reviewed=lambda _: False,
            checker=self.checker,
            rule_source=lambda _: None,
            context=self.context,
            on=self.on,
        )
        self.context = f"{self.context} {unit.text}"[-2000:]
        for said in outcome.sentences:
            if said.standing == "replaced":
                if said.text in self.replaced or len(self.replaced) >= MAX_REPLACEMENTS:
                    continue
                self.replaced.add(said.text)
            yield f"\n- {said.text}" if said.layout == "item" else f"{said.text} "


def _text(chunk: BaseMessage | str) -> str:
    return str(chunk.text) if isinstance(chunk, BaseMessage) else chunk


class GuardMiddleware(AgentMiddleware[AgentState[Any], Any, Any]):
    """Corrects what the model of a `create_agent` agent says, before it enters the conversation.

    It does not guard a stream: with `stream_mode="messages"` LangChain hands out the model's chunks
    before any middleware sees the message, so a false sentence is shown first and mended after.
    Use `invoke`, or `stream_mode="updates"` or `"values"`; to show text as it is written, put
    `stream_guard` behind the model instead.
    """

    def __init__(self, checker: Checker | None = None, *, on: date | None = None) -> None:
        super().__init__()
        self.checker = checker or default_checker()
        self.on = on

    def after_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Replace the newest message's false or unproved sentences; tool calls stay."""
        messages = state["messages"]
        last = messages[-1] if messages else None
        if not isinstance(last, AIMessage) or not last.text:
            return None
        asked = next((str(m.text) for m in reversed(messages) if isinstance(m, HumanMessage)), "")
        checked = self._output(str(last.text), asked)
        if checked == last.text:
            return None
        return {"messages": [last.model_copy(update={"content": checked})]}

    async def aafter_model(
        self, state: AgentState[Any], runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        """The same; the checker needs no waiting."""
        return self.after_model(state, runtime)

    def _output(self, text: str, asked: str) -> str:
        try:
            report = self.checker.check_text(text, context=asked, on=self.on or date.today())
        except Exception:
            # Fail closed: a fault in the checker must never let a sentence of law through.
            return FALLBACK
        return report.output


__all__ = [
    "Asked",
    "GuardMiddleware",
    "WaymarkEmbeddings",
    "WaymarkRetriever",
    "as_runnable",
    "retriever_tool",
    "stream_guard",
    "turns_of",
]
