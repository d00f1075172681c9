"""`waymark ask`: one question, or a file of conversations."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bot.answer import Waymark
from bot.build import build_waymark
from bot.types import Answer, Turn
from ui.cli import UsageError


def ask(given: argparse.Namespace) -> int:
    """Answer the question, or every conversation of the batch."""
    if given.batch:
        return _batch(given.batch, given.out, given.on)
    if given.question is None:
        raise UsageError('ask: no question. Use: waymark ask "…", or waymark ask --batch IN.jsonl')
    answer = build_waymark().answer(given.question, on=given.on)
    print(json.dumps(answer.to_json(), ensure_ascii=False) if given.json else in_plain_text(answer))
    return 0


def in_plain_text(answer: Answer) -> str:
    """The answer with its sources below, as a terminal shows it."""
    lines = [answer.text]
    if answer.citations:
        lines.append("\nSources")
    for citation in answer.citations:
        lines.append(f"[{citation.number}] {citation.guide_title}: {citation.heading}")
        lines += [f"    {link.title} <{link.url}>" for link in citation.authorities[:3]]
    if answer.follow_ups:
        lines.append("\nYou could also ask")
        lines += [f"- {question}" for question in answer.follow_ups]
    return "\n".join(lines)


def _batch(source: Path, target: Path | None, on: date | None) -> int:
    if target is None:
        raise UsageError("ask --batch: say where the answers go with --out OUT.jsonl")
    if not source.is_file():
        raise UsageError(f"ask --batch: there is no file {source}")
    waymark = build_waymark()
    faults = 0
    with target.open("w", encoding="utf-8") as out:
        for number, row in _rows(source):
            if isinstance(row, str):
                faults += 1
                print(f"waymark: {source}, line {number}: {row}", file=sys.stderr)
                continue
            answers = [answer.to_json() for answer in converse(waymark, row["turns"], on)]
            out.write(json.dumps({"id": row["id"], "answers": answers}, ensure_ascii=False) + "\n")
    return 1 if faults else 0


def converse(waymark: Waymark, turns: list[str], on: date | None) -> Iterator[Answer]:
    """One answer for each turn of a conversation."""
    history: list[Turn] = []
    for message in turns:
        try:
            answer = waymark.answer(message, history, on=on)
        except Exception as error:
            # One question that meets a fault of ours must not cost the others their answers.
            print(f"waymark: {message[:60]!r}: {error}; answered honestly", file=sys.stderr)
            answer = waymark.at_a_loss(message)
        history.append(Turn(message, answer))
        yield answer


def _rows(source: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line with its number; a line that cannot be read is the reason why, as text."""
    with source.open("rb") as lines:
        for number, raw in enumerate(lines, start=1):
            if raw.strip():
                yield number, _read_row(raw)


def _read_row(raw: bytes) -> dict[str, Any] | str:
    try:
        row: Any = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return "not UTF-8 text; save the file as UTF-8"
    except json.JSONDecodeError as error:
        return f"not valid JSON ({error.msg}); the line must be one JSON object"
    if not isinstance(row, dict):
        return 'not an object; write {"id": "…", "turns": ["…"]}'
    if "id" not in row:
        return 'no "id"; give each conversation one'
    turns = row.get("turns")
    if not isinstance(turns, list) or not turns or not all(isinstance(t, str) for t in turns):
        return '"turns" must be a list with at least one message'
    return row
