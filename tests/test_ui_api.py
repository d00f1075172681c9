"""The HTTP API speaks the contract's JSON, streams events, and refuses what is too much."""

from __future__ import annotations

import json
import runpy
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ui.api import MAX_TEXT, ApiError, RateLimit, router

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Can I moonlight on a J-1?"
ON = "2026-11-22"
ANSWER_KEYS = {
    "outcome", "text", "standalone", "sentences", "citations", "corrections", "facts",
    "conclusions", "follow_ups", "model", "versions", "elapsed_ms",
}  # fmt: skip
VERDICT_KEYS = {"text", "verdict", "rule", "statement", "reason", "output"}


def app_of(waymark, per_minute: int = 1000) -> FastAPI:
    app = FastAPI()
    app.include_router(router(waymark, per_minute))
    return app


@pytest.fixture(scope="module")
def client(waymark) -> Iterator[TestClient]:
    with TestClient(app_of(waymark)) as client:
        yield client


def timeless(answer: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in answer.items() if key != "elapsed_ms"}


def as_json(answer) -> dict[str, object]:
    return json.loads(json.dumps(timeless(answer.to_json())))


def test_an_answer_is_the_contracts_json_and_the_bots_own(client, waymark, today):
    given = client.post("/api/answer", json={"message": QUESTION, "on": ON})
    assert given.status_code == 200
    assert set(given.json()) >= ANSWER_KEYS
    assert timeless(given.json()) == as_json(waymark.answer(QUESTION, on=today))


def test_a_conversation_is_answered_turn_by_turn(client):
    body = {"id": "a-7", "turns": [QUESTION, "and on H-1B?"], "on": ON}
    given = client.post("/api/answer", json=body).json()
    assert given["id"] == "a-7"
    assert [set(answer) >= ANSWER_KEYS for answer in given["answers"]] == [True, True]
    assert "H-1B" in given["answers"][1]["text"]


def test_history_may_bring_the_answers_it_got(client):
    first = client.post("/api/answer", json={"message": QUESTION, "on": ON}).json()
    history = [{"message": QUESTION, "answer": first}]
    body = {"message": "and on H-1B?", "history": history, "on": ON}
    turns = {"turns": [QUESTION, "and on H-1B?"], "on": ON}
    both = client.post("/api/answer", json=turns).json()["answers"]
    assert timeless(client.post("/api/answer", json=body).json()) == timeless(both[1])


def test_events_grow_into_the_answer(client, waymark, today):
    body = {"message": QUESTION, "on": ON}
    given = client.post("/api/answer", json=body, headers={"Accept": "text/event-stream"})
    assert given.headers["content-type"].startswith("text/event-stream")
    events = [event.split("\n", 1) for event in given.text.strip().split("\n\n")]
    names = [name for name, _ in events]
    assert names == ["event: partial"] * (len(names) - 1) + ["event: answer"]
    assert len(names) > 1
    answers = [json.loads(data.removeprefix("data: ")) for _, data in events]
    assert all(len(a["text"]) <= len(answers[-1]["text"]) for a in answers)
    assert timeless(answers[-1]) == as_json(waymark.answer(QUESTION, on=today))


def test_a_sentence_is_checked(client):
    body = {"text": "H-1B lasts eight years in total.", "on": ON}
    given = client.post("/api/check", json=body).json()
    assert set(given) == VERDICT_KEYS
    assert given["verdict"] == "contradicts"
    assert "eight" not in given["output"]


def test_a_whole_answer_is_checked_sentence_by_sentence(client):
    text = "Thanks for asking. H-1B lasts eight years in total."
    given = client.post("/api/check", json={"text": text, "passages": True, "on": ON}).json()
    assert given["text"] == text
    assert "eight" not in given["output"]
    assert [set(sentence) == VERDICT_KEYS for sentence in given["sentences"]] == [True, True]


WRONG = {
    "no JSON": ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    "deep JSON": (
        {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        400,
    ),
    "a form": ({"data": {"message": "hi"}}, 415),
    "a list": ({"json": [1]}, 422),
    "no message": ({"json": {}}, 422),
    "a number": ({"json": {"message": 5}}, 422),
    "an unknown key": ({"json": {"message": "hi", "mesage": "hi"}}, 422),
    "a bad date": ({"json": {"message": "hi", "on": "tomorrow"}}, 422),
    "no turns": ({"json": {"turns": []}}, 422),
    "too many turns": ({"json": {"turns": ["hi"] * 21}}, 422),
    "half a character": (
        {"content": b'{"message": "\\ud800"}', "headers": {"Content-Type": "application/json"}},
        400,
    ),
    "too long": ({"json": {"message": "a" * (MAX_TEXT + 1)}}, 413),
    "too long in UTF-8": ({"json": {"message": "é" * (MAX_TEXT // 2 + 1)}}, 413),
    "too long with history": ({"json": {"message": "a", "history": ["a" * MAX_TEXT]}}, 413),
    "too large": ({"json": {"message": "a", "x": "a" * 600_000}}, 413),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_gets_a_clear_error_in_json(name, client):
    request, status = WRONG[name]
    given = client.post("/api/answer", **request)
    assert given.status_code == status
    assert set(given.json()) == {"error"}
    assert set(given.json()["error"]) == {"code", "message"}
    assert "Traceback" not in given.text


def test_text_at_the_limit_is_read(client):
    given = client.post("/api/answer", json={"message": "a" * MAX_TEXT, "on": ON})
    assert given.status_code == 200


def test_a_fault_inside_tells_nothing_about_itself(waymark):
    class Broken:
        def __getattr__(self, name):
            return getattr(waymark.parts.library, name)

        def search(self, *args):
            raise RuntimeError("secret path /etc/passwd")

    broken = replace(waymark, parts=replace(waymark.parts, library=Broken()))
    with TestClient(app_of(broken), raise_server_exceptions=False) as client:
        given = client.post("/api/answer", json={"message": QUESTION})
        assert given.status_code == 500
        assert given.json()["error"]["code"] == "internal"
        assert "secret" not in given.text
        stream = client.post(
            "/api/answer", json={"message": QUESTION}, headers={"Accept": "text/event-stream"}
        )
        assert stream.text.startswith("event: error")
        assert "secret" not in stream.text


def test_who_asks_too_often_is_told_when_to_come_back(waymark):
    with TestClient(app_of(waymark, per_minute=2)) as client:
        said = [client.post("/api/check", json={"text": "Hello."}) for _ in range(3)]
    assert [given.status_code for given in said] == [200, 200, 429]
    assert 1 <= int(said[2].headers["Retry-After"]) <= 60
    assert said[2].json()["error"]["code"] == "too_many_requests"


def test_each_turn_of_a_conversation_counts_against_the_limit(waymark):
    with TestClient(app_of(waymark, per_minute=2)) as client:
        given = client.post("/api/answer", json={"turns": ["hello", "hello", "hello"]})
    assert given.status_code == 429


def test_the_limit_is_for_each_address_and_ends_after_a_minute():
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    limit.spend("a", 2)
    limit.spend("b")
    now[0] = 59.0
    with pytest.raises(ApiError) as told:
        limit.spend("a")
    assert told.value.retry_after == 1
    now[0] = 60.0
    limit.spend("a", 2)


def test_the_limit_forgets_addresses_and_keeps_its_memory_small():
    limit = RateLimit(2, clock=lambda: 0.0)
    for number in range(10_050):
        limit.spend(str(number))
    limit.spend("0", 2)


def test_many_at_once_get_their_own_answers(client, waymark, today):
    questions = [QUESTION, "How long does H-1B last?", "Can my J-2 spouse work?"] * 3
    direct = {q: as_json(waymark.answer(q, on=today)) for q in set(questions)}
    wrong: list[str] = []

    def ask(question: str) -> None:
        given = client.post("/api/answer", json={"message": question, "on": ON}).json()
        if timeless(given) != direct[question]:
            wrong.append(question)

    threads = [threading.Thread(target=ask, args=(q,)) for q in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The app on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(5)


def test_the_example_that_calls_the_api_runs(waymark, monkeypatch, capsys):
    with served(app_of(waymark)) as address:
        monkeypatch.setattr(sys, "argv", ["call_the_api.py", address])
        runpy.run_path(str(ROOT / "examples" / "call_the_api.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert "event: answer" in said
    assert "contradicts" in said
