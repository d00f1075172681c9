"""Bring the index in line with the rulebook, our guides and the registered paths."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.authorities import load_authorities
from corpus.guide import Guide, SectionMeta, guides_folder
from ingest import generations as gens
from ingest.encoder import DEFAULT_MODEL, Encoder, TorchEncoder
from ingest.export import export, is_exported
from ingest.findings import Check, Finding, line_of
from ingest.generations import Progress, silent
from ingest.index import (
    FORMAT,
    Index,
    IndexDamagedError,
    IndexMissingError,
    build,
    open_index,
)
from ingest.passages import split
from ingest.read import (
    READER_VERSION,
    GuideError,
    Source,
    find_sources,
    read_document,
    rulebook_guide,
    unique_ids,
)
from ingest.store import Store

if TYPE_CHECKING:
    from guardrails.rulebook import Rulebook

_SOURCES = "sources.json"


@dataclass(slots=True)
class SyncReport:
    """What a sync did, or with `dry_run` would do; the lists hold file names."""

    added: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    dropped: list[str] = field(default_factory=list[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    unchanged: int = 0
    guides: int = 0
    passages: int = 0
    version: str = ""
    published: bool = False

    @property
    def failed(self) -> bool:
        """Whether something has to be mended before all files are in."""
        return any(finding.level == "error" for finding in self.findings)

    def lines(self) -> list[str]:
        """The report as shown, one line each."""
        groups = (("added", self.added), ("changed", self.changed), ("dropped", self.dropped))
        lines = [f"{word:8} {name}" for word, names in groups for name in names]
        lines += [f"{finding.level:8} {finding}" for finding in self.findings]
        counted = f"{self.guides} guides, {self.unchanged} files unchanged"
        if self.published:
            lines.append(f"published {counted}, {self.passages} passages, corpus {self.version}")
        elif self.added or self.changed or self.dropped:
            lines.append(f"would publish {counted}")
        else:
            lines.append(f"nothing to do: {counted}, corpus {self.version}")
        return lines


def registered(home: Path) -> list[Path]:
    """The paths that every sync reads besides our own guides."""
    file = home / _SOURCES
    try:
        return [Path(entry) for entry in json.loads(file.read_text("utf-8"))]
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise GuideError(f"{file}: is damaged ({error}); remove it and ingest again") from error


def sync(
    home: Path,
    add: Sequence[Path] = (),
    remove: Sequence[Path] = (),
    *,
    dry_run: bool = False,
    progress: Progress = silent,
    encoder: Callable[[], Encoder] | None = None,
    encoder_name: str = DEFAULT_MODEL,
    check: Check | None = None,
    rulebook: Rulebook | None = None,
    own_guides: Path | None = None,
) -> SyncReport:
    """Read all registered paths, our guides and the rulebook, and publish what changed.

    `add` and `remove` change what is registered. `check` looks at each new or changed passage.
    A file that cannot be read is reported and left out; the others go in.

    Raises:
        IndexBusyError: another process is writing.
        GuideError: a path to add does not exist, or one to remove is not registered.
    """
    book = _packaged_rulebook() if rulebook is None else rulebook
    with gens.writer_lock(home):
        paths = _changed_registration(registered(home), add, remove)
        state = _State.load(home, encoder_name)
        report = SyncReport()
        sources = find_sources([own_guides or guides_folder()], "reviewed") + find_sources(paths)
        guides, hashes = _read(sources, state, report, progress)
        guides = _finished(guides, book, report)
        _compare(guides, hashes, state, report)
        _check(guides, hashes, state, check, book, report)
        report.guides = len(guides)
        stamp = _stamp(guides) + (book.hash if check else "")
        current = state.usable and stamp == state.stamp
        report.version = state.version
        if dry_run:
            return report
        if encoder is None and not is_exported(home, encoder_name):
            current_encoder = TorchEncoder(encoder_name)
            progress("export", 0, 1)
            export(current_encoder, home)
            progress("export", 1, 1)
            encoder = _constant(current_encoder)
        if not current:
            extra = {
                "stamp": stamp,
                "files": hashes,
                "readers": READER_VERSION,
                "rules": book.hash if check else "",
                "findings": [asdict(finding) for finding in report.findings],
            }
            report.version = build(
                guides,
                home,
                progress,
                encoder=encoder or (lambda: TorchEncoder(encoder_name)),
                encoder_name=encoder_name,
                extra=extra,
            )
            report.published = True
        report.passages = _passage_count(home)
        _register(home, paths)
    return report


def open_or_build(
    home: Path, progress: Progress = silent, encoder_name: str = DEFAULT_MODEL
) -> Index:
    """Open the index, building it first where it is missing, damaged or of another encoder."""
    try:
        index = open_index(home)
        if index.encoder_name == encoder_name and is_exported(home, encoder_name):
            return index
        index.close()
    except (IndexMissingError, IndexDamagedError):
        pass
    sync(home, progress=progress, encoder_name=encoder_name)
    return open_index(home)


@dataclass(slots=True)
class _State:
    """What the published generation was built from."""

    usable: bool = False
    version: str = ""
    stamp: str = ""
    rules: str = ""
    files: dict[str, str] = field(default_factory=dict[str, str])
    guides: dict[str, Guide] = field(default_factory=dict[str, Guide])
    findings: list[Finding] = field(default_factory=list[Finding])

    @classmethod
    def load(cls, home: Path, encoder_name: str) -> _State:
        try:
            generation = gens.current_generation(home)
            manifest: dict[str, Any] = gens.check_files(generation)
            store = Store(generation)
            guides = {guide.source: guide for guide in store.guides()}
            store.close()
        except (IndexMissingError, IndexDamagedError):
            return cls()
        usable = manifest["format"] == FORMAT and manifest["encoder"] == encoder_name
        readable = manifest.get("readers") == READER_VERSION
        return cls(
            usable=usable and _opens(home),
            version=manifest["version"],
            stamp=manifest.get("stamp", "") if readable else "",
            rules=manifest.get("rules", ""),
            files=manifest.get("files", {}) if readable else {},
            guides=guides,
            findings=[Finding(**raw) for raw in manifest.get("findings", [])],
        )


def _opens(home: Path) -> bool:
    try:
        open_index(home).close()
    except (IndexMissingError, IndexDamagedError):
        return False
    return True


def _packaged_rulebook() -> Rulebook:
    from guardrails.rulebook import load_rulebook

    return load_rulebook()


def _constant(encoder: Encoder) -> Callable[[], Encoder]:
    return lambda: encoder


def _changed_registration(
    paths: Sequence[Path], add: Sequence[Path], remove: Sequence[Path]
) -> list[Path]:
    known = list(paths)
    for path in remove:
        if path.absolute() not in known:
            listed = ", ".join(map(str, known)) or "none"
            raise GuideError(f"{path}: is not registered; registered: {listed}")
        known.remove(path.absolute())
    for path in (match for pattern in add for match in _matches(pattern)):
        if path.absolute() not in known:
            known.append(path.absolute())
    return known


def _matches(pattern: Path) -> list[Path]:
    """The path itself, or what a pattern such as notes/*.pdf stands for where no shell did it."""
    if pattern.exists():
        return [pattern]
    whole = pattern.absolute()
    found = sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))
    if not found:
        raise GuideError(f"{pattern}: no such file or folder")
    return found


def _register(home: Path, paths: Sequence[Path]) -> None:
    file = home / _SOURCES
    new = file.with_suffix(".new")
    new.write_text(json.dumps([str(path) for path in paths], indent=1), "utf-8")
    new.replace(file)


def _read(
    sources: Sequence[Source], state: _State, report: SyncReport, progress: Progress
) -> tuple[list[Guide], dict[str, str]]:
    """Read what changed; a file with the bytes of last time is taken from the index."""
    guides: list[Guide] = []
    hashes: dict[str, str] = {}
    for number, source in enumerate(sources, start=1):
        name = str(source.path)
        try:
            digest = f"{source.trust}:{hashlib.sha256(source.path.read_bytes()).hexdigest()}"
            if state.files.get(name) == digest and name in state.guides:
                guide, notes = state.guides[name], ()
            else:
                guide, notes = read_document(source.path, source.trust)
            guides.append(guide)
            hashes[name] = digest
            report.findings += [Finding(name, 0, f"{name}: {n}", "warning") for n in notes]
        except GuideError as error:
            report.findings.append(Finding(name, 0, str(error)))
        except OSError as error:
            message = f"{name}: cannot be read: {error.strerror or error}"
            report.findings.append(Finding(name, 0, message))
        progress("read", number, len(sources))
    return guides, hashes


def _finished(guides: list[Guide], book: Rulebook, report: SyncReport) -> list[Guide]:
    """Ids made unique, the rulebook put in front, authorities of rules given to sections."""
    problems: list[str] = []
    known = load_authorities()
    result = [rulebook_guide(book)] if len(book) else []
    result += [with_rule_authorities(guide, book) for guide in guides]
    result = unique_ids(result, problems)
    for guide in result:
        used = {a for meta in guide.sections.values() for a in meta.authorities}
        problems += [
            f"{guide.source}: unknown authority '{name}'; add it to corpus/authorities.yaml"
            for name in sorted({*used, *guide.authorities} - set(known))
        ]
    report.findings += [Finding(line.split(":", 1)[0], 0, line) for line in problems]
    return result


def with_rule_authorities(guide: Guide, book: Rulebook) -> Guide:
    """Give each section that names rules but no authority the authorities of its rules."""
    sections: dict[str, SectionMeta] = {}
    for slug, meta in guide.sections.items():
        rules = [book[name] for name in meta.rules if name in book]
        own = tuple(dict.fromkeys(name for rule in rules for name in rule.authorities))
        sections[slug] = meta if meta.authorities or not own else replace(meta, authorities=own)
    return replace(guide, sections=sections)


def _compare(
    guides: Sequence[Guide], hashes: dict[str, str], state: _State, report: SyncReport
) -> None:
    for name, digest in hashes.items():
        if name not in state.files:
            report.added.append(name)
        elif state.files[name] != digest:
            report.changed.append(name)
        else:
            report.unchanged += 1
    report.dropped = sorted(set(state.files) - set(hashes))


def _check(
    guides: Sequence[Guide],
    hashes: dict[str, str],
    state: _State,
    check: Check | None,
    book: Rulebook,
    report: SyncReport,
) -> None:
    """Look at each passage of guides that are new or changed, or were checked by other rules."""
    if check is None:
        return
    for guide in guides:
        name = guide.source
        if name == "rulebook":
            continue
        if state.rules == book.hash and state.files.get(name) == hashes.get(name):
            report.findings += [f for f in state.findings if f.file == name and f.rule]
            continue
        level = "error" if guide.trust == "reviewed" else "warning"
        for passage in split(guide):
            for found in check(passage):
                place = found.line or line_of(name, found.said or passage.heading)
                report.findings.append(replace(found, file=name, line=place, level=level))


def _stamp(guides: Sequence[Guide]) -> str:
    """Equal for equal guides, without splitting them into passages."""
    digest = hashlib.sha256()
    for guide in guides:
        digest.update(repr(guide).encode())
    return digest.hexdigest()[:16]


def _passage_count(home: Path) -> int:
    manifest = gens.read_manifest(gens.current_generation(home))
    return int(manifest["counts"]["passages"])
