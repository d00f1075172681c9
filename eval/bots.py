"""Bots: everything that can be measured, behind one small protocol."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from .replies import Reply, ReplyError, failed, read_reply

TIMEOUT = 120.0  # seconds for one conversation of somebody else's bot
TOP_K = 3
RANKED = 20
SHOWN_WORDS = 350  # more is no answer any longer, and would only be marked as too long


class BotError(ValueError):
    """A bot that cannot be used; the message says which and what to do."""


class Bot(Protocol):
    """Answers whole conversations; must be safe to call from several threads."""

    name: str

    def converse(self, sample_id: str, turns: Sequence[str], on: date) -> list[Reply]:
        """One reply for each message, in order."""
        ...

    def versions(self) -> dict[str, str]:
        """What the answers depend on; replies are kept as long as this stays the same."""
        ...


@dataclass
class WaymarkBot:
    """Our own bot, with or without a chat model, called directly."""

    waymark: Any
    name: str = "waymark"

    def converse(self, sample_id: str, turns: Sequence[str], on: date) -> list[Reply]:
        """Ask the turns one after the other, each with the history before it."""
        from bot.types import Turn

        history: list[Turn] = []
        replies: list[Reply] = []
        for message in turns:
            answer = self.waymark.answer(message, history, on=on)
            history.append(Turn(message, answer))
            replies.append(read_reply(answer.to_json()))
        return replies

    def versions(self) -> dict[str, str]:
        """Corpus, ruleset, model and the code that answers, committed or not."""
        model = getattr(self.waymark.parts, "model", "") or "extractive"
        versions: dict[str, str] = self.waymark.parts.versions(str(model))
        return {**versions, "code": code_hash()}


@dataclass
class RetrievalBot:
    """What the index finds, shown as it is: up to three passages, no composing, no guard."""

    parts: Any
    name: str = "retrieval"

    def converse(self, sample_id: str, turns: Sequence[str], on: date) -> list[Reply]:
        """Each message stands alone; the query is the message as typed."""
        return [self._answer(message) for message in turns]

    def versions(self) -> dict[str, str]:
        """The corpus, and the code that searches it."""
        return {"corpus": self.parts.library.version, "model": "none", "code": code_hash()}

    def _answer(self, message: str) -> Reply:
        start = perf_counter()
        if not message.strip():
            return Reply(outcome="smalltalk", text="")
        vector = self.parts.encoder.encode([message])[0]
        hits = self.parts.library.search(vector, message, RANKED)
        passages = [self.parts.library.passage(hit.passage_id) for hit in hits]
        found = [(p.id, p.guide_id, p.heading, p.text, p.start, p.end) for p in passages[:TOP_K]]
        while len(found) > 1 and sum(len(row[3].split()) for row in found) > SHOWN_WORDS:
            found.pop()
        reply = as_passages(found, (perf_counter() - start) * 1000)
        return reply.model_copy(update={"ranked": [p.id for p in passages]})


@dataclass
class HttpBot:
    """Any bot behind HTTP: POST {"id", "turns"}, back comes {"id", "answers": [Answer, …]}."""

    url: str
    name: str = ""
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        """The address is the name unless another is given."""
        self.name = self.name or self.url

    def converse(self, sample_id: str, turns: Sequence[str], on: date) -> list[Reply]:
        """One request a conversation; every fault becomes a failed reply that says why."""
        body = json.dumps({"id": sample_id, "turns": list(turns), "on": on.isoformat()})
        request = urllib.request.Request(
            self.url,
            data=body.encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        start = perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                row = json.loads(response.read())
        except (urllib.error.URLError, TimeoutError, OSError, json.JSONDecodeError) as error:
            return [failed(f"{self.url}: {error}")] * len(turns)
        spent = (perf_counter() - start) * 1000 / max(1, len(turns))
        return _read_answers(row, turns, spent, self.url)

    def versions(self) -> dict[str, str]:
        """Unknown: the address stands for the bot."""
        return {"model": self.url}


@dataclass
class CommandBot:
    """Any bot that is a command: contract lines on standard input, contract lines back.

    The command is run once for each conversation, so it may read all of its input first.
    """

    command: str
    name: str = ""
    timeout: float = TIMEOUT
    _argv: list[str] = field(init=False, default_factory=list[str])

    def __post_init__(self) -> None:
        """Split the command as a shell would, without a shell."""
        self._argv = shlex.split(self.command)
        self.name = self.name or self._argv[0].rsplit("/", 1)[-1]

    def converse(self, sample_id: str, turns: Sequence[str], on: date) -> list[Reply]:
        """One process a conversation; every fault becomes a failed reply that says why."""
        line = json.dumps({"id": sample_id, "turns": list(turns)}) + "\n"
        start = perf_counter()
        try:
            done = subprocess.run(
                self._argv,
                input=line,
                capture_output=True,
                text=True,
                timeout=self.timeout,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return [failed(f"{self.command}: {error}")] * len(turns)
        spent = (perf_counter() - start) * 1000 / max(1, len(turns))
        said = done.stdout.strip().splitlines()
        if not said:
            reason = f"{self.command}: exit {done.returncode}: {done.stderr.strip()[-200:]}"
            return [failed(reason)] * len(turns)
        try:
            row = json.loads(said[-1])
        except json.JSONDecodeError as error:
            return [failed(f"{self.command}: not JSON: {error}")] * len(turns)
        return _read_answers(row, turns, spent, self.command)

    def versions(self) -> dict[str, str]:
        """Unknown: the command stands for the bot."""
        return {"model": self.command}


def _read_answers(row: Any, turns: Sequence[str], spent: float, where: str) -> list[Reply]:  # noqa: ANN401 - JSON
    answers = row.get("answers") if isinstance(row, dict) else None
    if not isinstance(answers, list) or len(answers) != len(turns):
        reason = f"{where}: 'answers' must be a list with one answer for each of {len(turns)} turns"
        return [failed(reason)] * len(turns)
    replies: list[Reply] = []
    for answer in answers:
        try:
            reply = read_reply(answer)
        except ReplyError as error:
            reply = failed(f"{where}: {error}")
        if not reply.latency_ms:
            reply = reply.model_copy(update={"elapsed_ms": {"total": spent}})
        replies.append(reply)
    return replies


def as_passages(found: Sequence[tuple[str, str, str, str, int, int]], spent_ms: float) -> Reply:
    """A reply that shows passages (id, guide, heading, text, start, end), each citing itself."""
    return Reply.model_validate(
        {
            "outcome": "answer" if found else "abstain",
            "text": "\n\n".join(f"{f[3]} [{n}]" for n, f in enumerate(found, start=1)),
            "sentences": [{"text": f[3], "citations": [n]} for n, f in enumerate(found, start=1)],
            "citations": [
                {
                    "number": number,
                    "passage_id": passage_id,
                    "guide_id": guide_id,
                    "heading": heading,
                    "quote": text,
                    "start": start,
                    "end": end,
                }
                for number, (passage_id, guide_id, heading, text, start, end) in enumerate(
                    found, start=1
                )
            ],
            "ranked": [f[0] for f in found],
            "elapsed_ms": {"total": spent_ms},
        }
    )


_building = threading.Lock()


def make_bot(name: str) -> Bot:
    """The bot a name stands for: waymark, waymark:provider:name, retrieval, baseline, URL, command.

    Raises:
        BotError: the name stands for nothing.
    """
    with _building:
        if name.startswith(("http://", "https://")):
            return HttpBot(name)
        if name in ("waymark", "no-model") or name.startswith("waymark:"):
            return _waymark(name)
        if name == "retrieval":
            return RetrievalBot(_waymark("waymark").waymark.parts)
        if name == "baseline":
            from .baseline_bot import BaselineBot

            return BaselineBot.build()
        if " " in name or "/" in name:
            return CommandBot(name)
    message = (
        f"'{name}' is no bot; use waymark, waymark:provider:model, retrieval, baseline, an http "
        "address, or a command with a space or slash in it"
    )
    raise BotError(message)


def code_hash() -> str:
    """A short hash of what answers: code and data of the packages that the bot is made of."""
    digest = hashlib.sha256()
    for package in ("bot", "guardrails", "ingest"):
        root = Path(str(files(package)))
        for file in sorted(root.rglob("*")):
            if file.suffix in (".py", ".yaml", ".md"):
                digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _waymark(name: str) -> WaymarkBot:
    from bot.build import build_waymark
    from bot.settings import load_settings

    settings = load_settings()
    model = name.partition(":")[2]
    if name == "no-model" or (name == "waymark" and not settings.model):
        settings = settings.model_copy(update={"model": ""})
    elif model:
        settings = settings.model_copy(update={"model": model})
    waymark = build_waymark(settings)
    # The first question loads the encoder; that is start-up and no latency of an answer.
    waymark.parts.encoder.encode(["warm"])
    return WaymarkBot(waymark, name)
