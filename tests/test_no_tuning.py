"""Code and lexicons know the field, not the cases they are measured with."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = 6
MEASURED = [
    *(ROOT / "tests/data/development").glob("*.jsonl"),
    *(ROOT / "eval/sets").glob("*.jsonl"),
]
WORDS = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
# What a case asks or says; its patterns and notes are the evaluator's own.
SAID = ("text", "question", "paraphrase", "input", "user", "paraphrases", "turns")


def runs(text: str) -> Iterator[tuple[str, ...]]:
    words = WORDS.findall(text.lower().replace("’", "'"))
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def said(case: object) -> Iterator[str]:
    if isinstance(case, str):
        yield case
    elif isinstance(case, list):
        for item in case:
            yield from said(item)
    elif isinstance(case, dict):
        for key, value in case.items():
            if key in SAID:
                yield from said(value)


def sources() -> list[Path]:
    """Every file that decides what is found, proved, refused or said."""
    code = [
        p for room in ("bot", "guardrails", "ingest", "ui") for p in (ROOT / room).rglob("*.py")
    ]
    lexicons = [p for room in ("bot", "guardrails", "ingest") for p in (ROOT / room).glob("*.yaml")]
    return code + lexicons


def test_no_run_of_six_words_of_a_case_stands_in_code_or_lexicon():
    known = {
        run: file.name
        for file in MEASURED
        for line in file.read_text(encoding="utf-8").splitlines()
        for text in said(json.loads(line))
        for run in runs(text)
    }
    assert len(known) > 5000
    found = {
        f"{path.relative_to(ROOT)}: {' '.join(run)} ({known[run]})"
        for path in sources()
        for run in runs(path.read_text(encoding="utf-8"))
        if run in known
    }
    assert not found
