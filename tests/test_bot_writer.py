"""A chat model, over the real OpenAI protocol, can word an answer but cannot put law into it."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.material import collect
from bot.settings import Settings, SettingsError
from bot.types import Answer
from bot.writer import open_writer
from guardrails.rulebook import load_cases, rule_files, rules_folder
from guardrails.text import same
from tests.model_server import Reply, in_pieces, model_server

LIES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "lies.jsonl").read_text("utf-8").splitlines()
]
QUESTION = "Can I moonlight on a J-1?"

# The ways in which a model hides a sentence; {cut} has no full stop, {low} no capital.
FORMS = {
    "bare": "{lie}",
    "cited": "{cut} [[1:1]].",
    "cited behind": "{lie} [[1:1]]",
    "cites the rule": "{cut} [[rule:{rule}]].",
    "item": "[[1:1]]\n- {lie}\n- [[1:2]]",
    "table": "| Question | Answer |\n|---|---|\n| {title} | {lie} |",
    "row with slot": "| {lie} | [[1:1]] |",
    "myth": "Contrary to what you may hear, {low}",
    "comfort": "That is a stressful spot, and {low}",
    "question": "Did you know that {lowcut}?",
    "bold": "**{lie}** [1]",
    "broken line": "{left}\n{right}",
    "quoted": '"{lie}"',
    "heading": "## {cut}\n[[1:1]]",
    "announced": "Here is the rule: {low}",
    "between": "[[1:1]] {lie} [[1:2]]",
    "denied denial": "It is a myth that this is not so: {low}",
    "authority": "The guides say that {low}",
    "reference": "[[1:1]] {it}",
}
REFERENCES = (
    "It can be renewed without any limit.",
    "They may begin before the approval arrives.",
    "That is no longer required.",
    "This is optional for you.",
    "It does not apply to you.",
    "The hospital can waive it.",
    "You are exempt from it.",
    "So you can do both.",
    "It also covers your spouse automatically.",
    "After that you are free to do as you like.",
    "This holds for H-1B as well.",
    "Just ignore it.",
)


@pytest.fixture
def server():
    with model_server() as running:
        yield running


@pytest.fixture
def leashed(waymark, server):
    """The bot with a model behind the real client, talking to the local server."""
    return with_model(waymark, server)


def with_model(waymark, server, **more):
    settings = Settings(
        **({"model": "openai:scripted", "base_url": server.url, "model_timeout": 5.0} | more)
    )
    return replace(waymark, parts=replace(waymark.parts, writer=open_writer(settings)))


def by_model(answer: Answer) -> list[str]:
    """The sentences that are the model's own wording."""
    return [s.text for s in answer.sentences if s.verdict in ("proved", "off-topic")]


def sourced(answer: Answer) -> list[str]:
    """Why each sentence that rests on a source was let through."""
    return [s.verdict for s in answer.sentences if s.origin != "phrase"]


def disguised(lie: str, form: str, title: str, rule: str, number: int) -> str:
    words = lie.split()
    first = words[0]
    low = (
        lie
        if any(c.isupper() or c.isdigit() for c in first[1:])
        else first.lower() + lie[len(first) :]
    )
    return FORMS[form].format(
        lie=lie,
        cut=lie.rstrip("."),
        low=low,
        lowcut=low.rstrip("."),
        left=" ".join(words[: len(words) // 2]),
        right=" ".join(words[len(words) // 2 :]),
        it=REFERENCES[number % len(REFERENCES)],
        title=title,
        rule=rule,
    )


# ---- what a model may do


def test_slots_become_the_sources_own_words_with_citations(leashed, server, today):
    server.writes("Here is the rule for your case. [[1:1]] [[rule:j1-no-moonlighting]]")
    answer = leashed.answer(QUESTION, on=today)
    assert answer.model == "openai:scripted"
    assert answer.sentences[0].text == "Here is the rule for your case."
    assert answer.sentences[0].verdict == "off-topic"
    assert sourced(answer) == ["exact", "exact"]
    assert all(s.citations for s in answer.sentences if s.origin != "phrase")
    for citation in answer.citations:
        guide = leashed.parts.library.guide(citation.guide_id)
        assert guide.text[citation.start : citation.end] == citation.quote


def test_a_restatement_that_cannot_be_proved_gives_way_to_the_sentence_it_cites(
    leashed, server, today
):
    server.writes("[[1:1]] Some say a signed form settles all of it on a J-1 [[1:2]].")
    answer = leashed.answer(QUESTION, on=today)
    assert sourced(answer) == ["exact", "replaced"]
    assert "signed form" not in answer.text


def test_a_slot_that_was_never_offered_is_dropped(leashed, server, today):
    server.writes("[[1:1]] [[1:2]] [[8:8]] [[rule:made-up]]")
    answer = leashed.answer(QUESTION, on=today)
    assert sourced(answer) == ["exact", "exact"]
    assert answer.model == "openai:scripted"


def test_after_two_false_sentences_the_draft_is_dropped(leashed, server, today):
    lie = "J-1 residents may moonlight when the program director signs off"
    server.writes(
        f"[[1:1]] {lie} [[1:2]]. You can moonlight on J-1 [[1:3]]. On J-1, {lie} [[1:4]]."
    )
    answer = leashed.answer(QUESTION, on=today)
    assert answer.model == "extractive"
    assert answer.versions["fallback"] == "refuted"


def test_what_the_person_wrote_goes_out_masked(leashed, server, today):
    server.writes("[[1:1]]")
    leashed.answer("My SEVIS ID is N0012345678. Can I moonlight on a J-1?", on=today)
    sent = json.dumps(server.requests[0]["messages"])
    assert "moonlight" in sent
    assert "0012345678" not in sent


def test_the_request_is_bounded_and_deterministic(leashed, server, today):
    server.writes("[[1:1]]")
    leashed.answer(QUESTION, on=today)
    asked = server.requests[0]
    assert asked["temperature"] == 0
    assert asked["max_completion_tokens"] == 700
    assert asked["stream"] is True
    assert "tools" not in asked


def test_tokens_and_time_are_recorded(leashed, server, today):
    server.writes("[[1:1]]")
    answer = leashed.answer(QUESTION, on=today)
    assert answer.versions["model"] == "openai:scripted"
    assert answer.versions["tokens_in"] == "900"
    assert int(answer.versions["tokens_out"]) > 0
    assert answer.elapsed_ms["model"] > 0


def test_a_refusal_needs_no_model(leashed, server, today):
    answer = leashed.answer("hello", on=today)
    assert answer.model == "extractive"
    assert server.requests == []


# ---- streaming


def test_a_stream_grows_and_ends_in_the_answer(leashed, server, today):
    server.writes("Here is the rule for your case. [[1:1]]\n- [[1:2]]\n- [[1:3]]\n", size=1)
    answers = list(leashed.stream(QUESTION, on=today))
    assert len(answers) >= 4
    texts = [a.text for a in answers]
    assert all(len(a) <= len(b) for a, b in pairwise(texts))
    assert replace(answers[-1], elapsed_ms={}) == replace(
        leashed.answer(QUESTION, on=today), elapsed_ms={}
    )


def test_a_sentence_is_shown_before_the_model_has_ended(leashed, server, today):
    pieces = ("[[1:1]] Here", " is", " the", " rule.", " [[1:2]]")
    server.script = lambda _: Reply(pieces, seconds=0.15)
    times = [time.perf_counter() for _ in leashed.stream(QUESTION, on=today)]
    assert times[-1] - times[0] > 0.2


def test_a_stream_whose_draft_falls_ends_in_the_extractive_answer(leashed, waymark, server, today):
    server.writes("[[1:1]] Then <b>this</b>.")
    *_, last = leashed.stream(QUESTION, on=today)
    plain = waymark.answer(QUESTION, on=today)
    assert (last.text, last.model) == (plain.text, "extractive")


def test_without_a_model_a_stream_grows_and_ends_in_the_answer(waymark, today):
    answers = list(waymark.stream(QUESTION, on=today))
    assert len(answers) > 1
    assert replace(answers[-1], elapsed_ms={}) == replace(
        waymark.answer(QUESTION, on=today), elapsed_ms={}
    )


# ---- a model that fails


FAILURES = {
    "an error": (Reply(status=500), "down"),
    "no right to ask": (Reply(status=401), "down"),
    "too many requests": (Reply(status=429), "down"),
    "a refusal": (Reply(in_pieces("I'm sorry, but I can't help with that.")), "empty"),
    "a filter": (Reply(in_pieces("[[1:1]]"), finish="content_filter"), "refused"),
    "cut short": (Reply(in_pieces("[[1:1]] And"), finish="length"), "truncated"),
    "a lost connection": (Reply(in_pieces("[[1:1]] And"), drop=True), "truncated"),
    "a tool call": (Reply(tool="search"), "tools"),
    "a loop of slots": (Reply(in_pieces("[[1:1]] " * 30)), "looping"),
    "a loop of words": (Reply(in_pieces("Here is the rule. " * 30)), "looping"),
    "a run without end": (Reply(in_pieces("word " * 400)), "overlong"),
    "thinking aloud": (Reply(in_pieces("<think>Hm.</think> [[1:1]]")), "markup"),
    "HTML": (Reply(in_pieces("[[1:1]] <script>alert(1)</script>", 3)), "markup"),
    "a link": (Reply(in_pieces("[[1:1]] [read](more) this", 3)), "markup"),
    "an address": (Reply(in_pieces("[[1:1]] See https://example.org now.", 3)), "markup"),
    "an image": (Reply(in_pieces("![x](y) [[1:1]]", 2)), "markup"),
    "code": (Reply(in_pieces("```\n[[1:1]]\n```")), "markup"),
    "hidden characters": (Reply(in_pieces("[[1:1]] Here\u202e is the rule.")), "characters"),
    "Spanish": (Reply(in_pieces("Con la visa J-1 no se puede trabajar fuera.")), "empty"),
    "Chinese": (Reply(in_pieces("持J-1签证的医生不得兼职。")), "empty"),
    "orders": (Reply(in_pieces("Ignore the guides. Quit today. Sign all they ask.")), "empty"),
    "nothing": (Reply(), "empty"),
    "no answer": (Reply(in_pieces("NO ANSWER")), "declined"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_when_the_model_gives(name, leashed, waymark, server, today):
    reply, reason = FAILURES[name]
    server.script = lambda _: reply
    answer = leashed.answer(QUESTION, on=today)
    assert answer.model == "extractive"
    assert answer.versions["fallback"] == reason
    assert answer.text == waymark.answer(QUESTION, on=today).text


def test_a_slow_model_is_not_waited_for(waymark, server, today):
    server.script = lambda _: Reply(in_pieces("[[1:1]] " * 3, 1), seconds=0.3)
    bot = with_model(waymark, server, model_timeout=1.0)
    start = time.perf_counter()
    answer = bot.answer(QUESTION, on=today)
    assert time.perf_counter() - start < 3
    assert answer.versions["fallback"] == "slow"


def test_a_server_that_is_gone_is_left_alone_after_three_tries(waymark, today):
    with model_server() as server:
        bot = with_model(waymark, server)
    reasons = [bot.answer(QUESTION, on=today).versions["fallback"] for _ in range(4)]
    assert reasons == ["down", "down", "down", "resting"]


def test_a_checker_that_fails_lets_nothing_of_the_model_through(leashed, server, today):
    class Broken:
        def __getattr__(self, name):
            return getattr(leashed.parts.checker, name)

        def check_sentence(self, *args, **kwargs):
            raise RuntimeError("broken")

    server.writes(
        "Here is the rule for your case. [[1:1]] A J-1 physician may not moonlight at all [[1:2]]."
    )
    broken = replace(leashed, parts=replace(leashed.parts, checker=Broken()))
    answer = broken.answer(QUESTION, on=today)
    assert by_model(answer) == []


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("gpt-4.1", "must be provider:name"),
        ("nobody:at-all", "WAYMARK_MODEL"),
        ("openai:", "must be provider:name"),
    ],
)
def test_a_model_that_cannot_be_used_is_named_with_what_to_do(model, told):
    with pytest.raises(SettingsError, match=told):
        open_writer(Settings(model=model))


@pytest.mark.parametrize("model", ["anthropic:claude-sonnet-4-5", "ollama:llama3.1"])
def test_other_providers_are_set_up_with_the_same_limits(model):
    pytest.importorskip(f"langchain_{model.partition(':')[0]}")
    writer = open_writer(Settings(model=model, api_key="none", model_max_tokens=123))
    assert writer is not None
    assert writer.name == model
    assert writer.model.temperature == 0
    limits = {getattr(writer.model, name, None) for name in ("max_tokens", "num_predict")}
    assert 123 in limits


# ---- a model that lies


@pytest.fixture(scope="module")
def begun(waymark):
    """For each fact: the plan of an answer to its rule's question, the title and the rule's id."""
    from tests.conftest import TODAY

    found = {}
    for rule in waymark.parts.rulebook:
        if rule.fact not in found:
            reading = waymark.read(rule.title, on=TODAY)
            if not isinstance(reading, Answer):
                found[rule.fact] = (waymark.plan(reading), rule.title, rule.id)
    return found


class Scripted:
    """A model as a plain object, for the thousands of drafts that need no HTTP."""

    name = "scripted:liar"

    def __init__(self, text: str, size: int) -> None:
        self.text, self.size = text, size

    def write(self, prompt):
        from bot.writer import Chunk

        for piece in in_pieces(self.text, self.size):
            yield Chunk(piece)


def written(waymark, plan, text: str, size: int = 7) -> list[Answer]:
    bot = replace(waymark, parts=replace(waymark.parts, writer=Scripted(text, size)))
    return list(bot.write(plan))


def test_there_are_at_least_three_hundred_lies_about_every_fact(waymark):
    assert len({lie["text"] for lie in LIES}) >= 300
    assert {lie["fact"] for lie in LIES} == {rule.fact for rule in waymark.parts.rulebook}


@pytest.mark.parametrize("form", FORMS)
def test_no_lie_is_shown_however_it_is_put(form, waymark, begun):
    leaks = []
    for number, lie in enumerate(LIES):
        if lie["fact"] not in begun:
            continue
        plan, title, rule = begun[lie["fact"]]
        text = disguised(lie["text"], form, title, rule, number)
        for answer in written(waymark, plan, text, size=(1, 3, 7, 40)[number % 4]):
            leaks += [(lie["id"], sentence) for sentence in by_model(answer)]
    assert leaks == []


def test_no_lie_is_shown_through_the_real_client(leashed, server, begun, today):
    leaks = []
    forms = list(FORMS)
    for number, lie in enumerate(LIES):
        if lie["fact"] not in begun:
            continue
        _, title, rule = begun[lie["fact"]]
        text = disguised(lie["text"], forms[number % len(forms)], title, rule, number)
        server.writes(f"Here is the rule for your case. {text}", size=(3, 7, 40)[number % 3])
        for answer in leashed.stream(title, on=today):
            own = [s for s in by_model(answer) if s != "Here is the rule for your case."]
            leaks += [(lie["id"], sentence) for sentence in own]
    assert leaks == []


def test_true_sentences_are_kept_or_give_way_to_an_equal_one(waymark, today):
    outcomes: Counter[str] = Counter()
    for file in rule_files(rules_folder()):
        rule = waymark.parts.rulebook[file.stem]
        reading = waymark.read(rule.title, on=today)
        if isinstance(reading, Answer):
            continue
        plan = waymark.plan(reading)
        if f"rule:{rule.id}" not in collect(plan.planned, plan.case, waymark.parts).slots:
            continue  # a model can cite only what it was offered
        for true in (rule.short, *rule.also_true, *load_cases(file).must_pass):
            said = true.lstrip("- ").strip("| ").replace("|", ":").rstrip(".")
            answer = written(waymark, plan, f"{said} [[rule:{rule.id}]].")[-1]
            if plan.planned.outcome not in ("answer", "clarify"):
                continue
            shown = [s for s in answer.sentences if s.origin != "phrase"]
            if answer.model != "scripted:liar":
                outcomes["lost"] += 1
            elif any(same(s.text) == same(said) for s in shown):
                outcomes["kept"] += 1
            elif any(s.rule == rule.id or rule.statement == s.text for s in shown):
                outcomes["equal"] += 1
            else:
                outcomes["lost"] += 1
    total = sum(outcomes.values())
    assert total > 400
    assert (outcomes["kept"] + outcomes["equal"]) / total >= 0.9, outcomes
    assert outcomes["kept"] / total >= 0.25, outcomes


def test_the_guard_adds_little_to_a_streamed_sentence(waymark, begun):
    plan, *_ = begun["j1-no-moonlighting"]
    text = " ".join(
        f"A J-1 physician may not take outside work number {n} [[1:1]]." for n in range(3)
    )
    written(waymark, plan, text)
    before = plan.watch.stages.get("guard", 0.0)
    for _ in range(10):
        written(waymark, plan, text)
    assert (plan.watch.stages["guard"] - before) / 30 < 25  # ms; 5 when the machine is not shared
