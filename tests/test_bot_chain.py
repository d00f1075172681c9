"""The LangChain door gives the same answers, and its parts behave as LangChain expects."""

from __future__ import annotations

import asyncio
import os
import runpy
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_tests.integration_tests import EmbeddingsIntegrationTests, RetrieversIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from bot.chain import (
    GuardMiddleware,
    WaymarkEmbeddings,
    WaymarkRetriever,
    as_runnable,
    retriever_tool,
    stream_guard,
)
from bot.settings import Settings
from bot.types import Answer, Turn
from bot.writer import open_writer
from tests.model_server import model_server

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ["ask", "guard_your_agent", "langchain_chain", "retriever_tool", "stream"]
MESSAGES = [
    "Can I moonlight on a J-1?",
    "I am PGY-2 on H-1B. How many years do I have, and can my wife work?",
    "Does marrying a citizen end the two-year rule? My embassy says I need no waiver.",
    "hello",
    "What is the best pizza in Boston?",
    "They took my passport and I want to die.",
]
FALSE = "On an H-1B you can train for eight years in total."


def timeless(answer: Answer) -> Answer:
    return replace(answer, elapsed_ms={})


# ---- one set of steps, two doors


@pytest.mark.parametrize("message", MESSAGES)
def test_chain_and_direct_answers_are_equal(message, waymark, today):
    direct = waymark.answer(message, on=today)
    through = as_runnable(waymark).invoke({"message": message, "history": [], "on": today})
    assert timeless(through) == timeless(direct)


def test_chain_and_direct_answers_are_equal_in_a_conversation(waymark, today):
    first = waymark.answer(MESSAGES[0], on=today)
    history = [Turn(MESSAGES[0], first)]
    asked = {"message": "and on H-1B?", "history": history, "on": today}
    direct = waymark.answer("and on H-1B?", history, on=today)
    assert timeless(as_runnable(waymark).invoke(asked)) == timeless(direct)


def test_chain_and_direct_answers_are_equal_with_a_chat_model(waymark, today):
    with model_server() as server:
        server.writes("Here is the rule for your case. [[1:1]] [[1:2]]")
        settings = Settings(model="openai:scripted", base_url=server.url)
        bot = replace(waymark, parts=replace(waymark.parts, writer=open_writer(settings)))
        through = as_runnable(bot).invoke({"message": MESSAGES[0], "on": today})
        assert through.model == "openai:scripted"
        assert timeless(through) == timeless(bot.answer(MESSAGES[0], on=today))


def test_the_chain_streams_growing_answers(waymark, today):
    asked = {"message": MESSAGES[0], "on": today}
    answers = list(as_runnable(waymark).stream(asked))
    assert len(answers) > 1
    assert [timeless(a) for a in answers] == [
        timeless(a) for a in waymark.stream(MESSAGES[0], on=today)
    ]


def test_callbacks_see_each_step_and_the_model_below(waymark, today):
    seen: list[str] = []

    class Listener(BaseCallbackHandler):
        def on_chain_start(self, *args, name="", **kwargs):
            seen.append(name)

        def on_chat_model_start(self, *args, **kwargs):
            seen.append("model")

    with model_server() as server:
        server.writes("[[1:1]]")
        settings = Settings(model="openai:scripted", base_url=server.url)
        bot = replace(waymark, parts=replace(waymark.parts, writer=open_writer(settings)))
        as_runnable(bot).invoke(
            {"message": MESSAGES[0], "on": today}, config={"callbacks": [Listener()]}
        )
    assert seen == ["waymark", "read", "plan", "write", "model"]


def test_the_chain_takes_a_bare_message_and_langchain_messages_as_history(waymark):
    chain = as_runnable(waymark)
    assert chain.invoke("hello").outcome == "smalltalk"
    history = [HumanMessage("I am on a J-1."), AIMessage("Noted.")]
    answer = chain.invoke({"message": "Can I moonlight?", "history": history})
    assert any("J-1" in sentence.text for sentence in answer.sentences)


def test_the_chain_batches_and_runs_async(waymark, today):
    chain = as_runnable(waymark)
    asked = [{"message": message, "on": today} for message in MESSAGES[:3]]
    direct = [timeless(waymark.answer(message, on=today)) for message in MESSAGES[:3]]
    assert [timeless(a) for a in chain.batch(asked)] == direct
    assert timeless(asyncio.run(chain.ainvoke(asked[0]))) == direct[0]


# ---- the bot's own twins


def test_batch_and_async_twins_give_the_same_answers(waymark, today):
    direct = [timeless(waymark.answer(message, on=today)) for message in MESSAGES]
    assert [timeless(a) for a in waymark.batch(MESSAGES, on=today)] == direct

    async def twins():
        last = None
        async for answer in waymark.astream(MESSAGES[0], on=today):
            last = answer
        return await waymark.aanswer(MESSAGES[0], on=today), last

    for answer in asyncio.run(twins()):
        assert timeless(answer) == direct[0]


def test_many_threads_get_their_own_answers(waymark, today):
    direct = {m: timeless(waymark.answer(m, on=today)) for m in MESSAGES[:3]}
    wrong: list[str] = []

    def ask(message: str) -> None:
        given = [timeless(waymark.answer(message, on=today)) for _ in range(4)]
        wrong.extend(message for answer in given if answer != direct[message])

    threads = [threading.Thread(target=ask, args=(m,)) for m in MESSAGES[:3] for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ---- parts for other programs


def standard_async(suite: type) -> type:
    """LangChain's suites mix plain and async tests, and none of them may be overridden."""
    quiet = pytest.mark.filterwarnings("ignore:.*marked with '@pytest.mark.asyncio'")
    return quiet(pytest.mark.asyncio(suite))


class ForTests(WaymarkEmbeddings):
    """Constructed without arguments, as the standard tests ask for."""

    def __init__(self) -> None:
        from bot.build import build_waymark

        home = ROOT / ".waymark" / "tests"
        super().__init__(build_waymark(Settings(home=home)).parts.encoder)


@pytest.mark.usefixtures("home")
class TestEmbeddingsUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return ForTests


@standard_async
@pytest.mark.usefixtures("home")
class TestEmbeddings(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return ForTests


@standard_async
class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _bot(self, waymark):
        self.waymark = waymark

    @property
    def retriever_constructor(self):
        return WaymarkRetriever

    @property
    def retriever_constructor_params(self):
        return {"waymark": self.waymark}

    @property
    def retriever_query_example(self):
        return "two-year home requirement"


def test_a_retrieved_document_says_where_it_stands(waymark):
    document = WaymarkRetriever(waymark=waymark, k=1).invoke("Can I moonlight on a J-1?")[0]
    guide = waymark.parts.library.guide(document.metadata["guide_id"])
    start, end = document.metadata["start"], document.metadata["end"]
    assert guide.text[start:end] == document.page_content


def test_the_retriever_is_a_tool_with_the_documents_as_artifact(waymark):
    tool = retriever_tool(waymark, k=2)
    call = {"name": tool.name, "args": {"query": "H-1B cap"}, "id": "1", "type": "tool_call"}
    message = tool.invoke(call)
    assert len(message.artifact) == 2
    assert all(isinstance(document, Document) for document in message.artifact)


# ---- the guard for other people's models


def test_the_stream_guard_replaces_a_false_sentence_before_it_leaves(today):
    model = FakeListChatModel(responses=[f"Thanks for asking. {FALSE} Good luck!"])
    guarded = model | stream_guard(context="How long does H-1B last?", on=today)
    said = list(guarded.stream("How long does H-1B last?"))
    assert said[0] == "Thanks for asking. "
    assert "eight" not in "".join(said)
    assert "six years" in "".join(said)


def test_the_stream_guard_catches_it(today):
    model = FakeListChatModel(responses=["The H-1B is a work visa. It can be held for ten years."])
    said = "".join((model | stream_guard(on=today)).stream("H-1B?"))
    assert "ten" not in said


def test_the_stream_guard_takes_plain_text_too(today):
    assert stream_guard(on=today).invoke(f"Thanks for asking. {FALSE}").startswith("Thanks")


def an_agent(today):
    model = FakeListChatModel(responses=[f"Thanks for asking. {FALSE}"])
    return create_agent(model, middleware=[GuardMiddleware(on=today)])


ASKED = {"messages": [HumanMessage("How long does H-1B last?")]}


def test_the_middleware_mends_the_message_of_an_agent(today):
    last = an_agent(today).invoke(ASKED)["messages"][-1]
    assert "eight" not in last.text
    assert "six years" in last.text


def test_the_middleware_mends_what_updates_and_values_show_last(today):
    *_, values = an_agent(today).stream(ASKED, stream_mode="values")
    assert "eight" not in values["messages"][-1].text


def test_a_message_stream_still_leaks_which_is_why_there_is_a_stream_guard(today):
    stream = an_agent(today).stream(ASKED, stream_mode="messages")
    said = "".join(str(chunk.text) for chunk, _ in stream)
    assert "eight years" in said


def test_the_middleware_fails_closed(today):
    class Broken:
        def check_text(self, *args, **kwargs):
            raise RuntimeError("broken")

    model = FakeListChatModel(responses=[FALSE])
    agent = create_agent(model, middleware=[GuardMiddleware(Broken(), on=today)])
    assert "eight" not in agent.invoke(ASKED)["messages"][-1].text


# ---- examples and cold starts


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_runs(name, home, monkeypatch, capsys):
    monkeypatch.setenv("WAYMARK_HOME", str(home))
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    assert len(capsys.readouterr().out) > 50


def test_every_example_is_run_by_a_test():
    names = {file.stem for file in (ROOT / "examples").glob("*.py")}
    assert names == {*EXAMPLES, "call_the_api"}


def test_asking_without_a_model_imports_neither_langchain_nor_torch(home):
    code = (
        "import sys; from ui.cli import main; main(['ask', 'Can I moonlight on a J-1?']);"
        "heavy = {m.partition('.')[0] for m in sys.modules};"
        "print(sorted(heavy & {'langchain', 'langchain_core', 'torch', 'openai', 'gradio'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "WAYMARK_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().endswith("[]")
