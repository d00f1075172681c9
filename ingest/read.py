"""Files to guides: every format becomes Markdown by one path, the rulebook as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.guide import Guide, Scope, SectionMeta, Trust, guides_folder
from ingest.frontmatter import (
    FrontMatter,
    GuideError,
    ImportedFrontMatter,
    cut_comments,
    cut_front_matter,
    parse_front_matter,
)
from ingest.markdown import outline, plain_characters, slugify, tidy

if TYPE_CHECKING:
    from guardrails.rulebook import Rule, Rulebook

# Raised when a reader gives another text for the same file: stored guides are then read anew.
READER_VERSION = 1

RULES_GUIDE = "rules"
# Suffix -> module with `to_markdown(path) -> Document`; imported only when such a file is met.
_READERS = {
    ".txt": "ingest.plaintext",
    ".html": "ingest.formats.html",
    ".htm": "ingest.formats.html",
    ".pdf": "ingest.formats.pdf",
    ".docx": "ingest.formats.docx",
}
SUFFIXES = (".md", ".markdown", *_READERS)


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader found: a title if the file has one, Markdown, and remarks for the report."""

    title: str | None
    markdown: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file that becomes a guide; `root` is the registered path it was found under."""

    path: Path
    trust: Trust
    root: Path


def read_guide(path: Path, trust: Trust) -> Guide:
    """Read one file as a guide.

    Raises:
        GuideError: the file cannot be read or its front matter has a fault; the message is one
            line with file, key and what to do.
    """
    return read_document(path, trust)[0]


def read_document(path: Path, trust: Trust) -> tuple[Guide, tuple[str, ...]]:
    """The guide in a file, and remarks about what could not be read from it."""
    suffix = path.suffix.lower()
    if suffix in (".md", ".markdown"):
        text = plain_characters(_text_of(path))
        return (_own_guide(path, text) if trust == "reviewed" else _imported(path, text)), ()
    if suffix not in _READERS:
        raise GuideError(f"{path}: format '{suffix}' cannot be read; use {', '.join(SUFFIXES)}")
    to_markdown: Callable[[Path], Document] = import_module(_READERS[suffix]).to_markdown
    document = to_markdown(path)
    return _from_document(path, document, ImportedFrontMatter(), trust), document.notes


def _text_of(path: Path) -> str:
    try:
        return decode(path.read_bytes(), path)
    except OSError as error:
        raise GuideError(f"{path}: cannot be read: {error.strerror or error}") from error


def decode(raw: bytes, path: Path) -> str:
    """Text of a file: UTF-8 or marked UTF-16, else Windows-1252; a binary file is refused."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw[:4096]:
        raise GuideError(f"{path}: is not a text file; remove it or save it as text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _own_guide(path: Path, text: str) -> Guide:
    raw, body = cut_front_matter(text)
    if not raw:
        raise GuideError(f"{path}: must start with front matter: '---', id, title, topic, reviewed")
    front = parse_front_matter(raw, FrontMatter, path)
    if front.id != path.stem:
        raise GuideError(f"{path}: id '{front.id}' must equal the file name '{path.stem}'")
    if front.topic != path.parent.name:
        raise GuideError(f"{path}: topic '{front.topic}' must equal the folder {path.parent.name}")
    sections = cut_comments(tidy(body), path, strict=True)
    return Guide(
        id=front.id,
        title=front.title,
        topic=front.topic,
        trust="reviewed",
        reviewed=front.reviewed,
        authorities=front.authorities,
        text=tidy(sections.text),
        sections=sections.metas,
        source=str(path),
    )


def _imported(path: Path, text: str) -> Guide:
    raw, body = cut_front_matter(text)
    front = parse_front_matter(raw, ImportedFrontMatter, path) if raw else ImportedFrontMatter()
    return _from_document(path, Document(None, body), front, "imported")


def _from_document(
    path: Path, document: Document, front: ImportedFrontMatter, trust: Trust
) -> Guide:
    text = tidy(cut_comments(tidy(document.markdown), path, strict=False).text)
    if not text.strip():
        raise GuideError(f"{path}: has no text that can be read")
    heads = outline(text)
    title = front.title or document.title
    only_one = sum(head.level == 1 for head in heads) == 1
    if only_one and heads[0].level == 1 and title in (None, heads[0].title):
        title = heads[0].title
        if not text[: heads[0].start].strip():
            text = text[heads[0].body :].lstrip("\n")
    return Guide(
        id=front.id or slugify(path.stem.replace("_", " ")),
        title=title or path.stem.replace("-", " ").replace("_", " ").strip().capitalize(),
        topic="imported",
        trust=trust,
        reviewed=None,
        authorities=front.authorities,
        text=text,
        sections={head.slug: SectionMeta() for head in outline(text)},
        source=str(path),
    )


def find_sources(paths: Iterable[Path], trust: Trust = "imported") -> list[Source]:
    """The readable files under `paths` (files or folders), hidden ones left out, in order."""
    found: dict[Path, Source] = {}
    for root in paths:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            inner = file.relative_to(root).parts if file != root else ()
            hidden = any(part.startswith((".", "~$")) for part in inner)
            readable = file.suffix.lower() in SUFFIXES or file == root
            if readable and not hidden and file.is_file():
                found.setdefault(file, Source(file, trust, root))
    return list(found.values())


def read_sources(
    paths: Sequence[Path] = (), *, with_corpus: bool = True
) -> tuple[list[Guide], list[str]]:
    """Our guides and the files under `paths`, ids made unique; a line for each file left out."""
    sources = find_sources([guides_folder()], "reviewed") if with_corpus else []
    guides: list[Guide] = []
    problems: list[str] = []
    for source in [*sources, *find_sources(paths)]:
        try:
            guides.append(read_guide(source.path, source.trust))
        except GuideError as error:
            problems.append(str(error))
    return unique_ids(guides, problems), problems


def unique_ids(guides: Iterable[Guide], problems: list[str]) -> list[Guide]:
    """Rename imported guides whose id is taken; of two reviewed ones the second is left out."""
    taken: dict[str, Guide] = {RULES_GUIDE: Guide(RULES_GUIDE, "", "", "reviewed", None, (), "")}
    for guide in guides:
        if guide.id == RULES_GUIDE and guide.source == "rulebook":
            taken[RULES_GUIDE] = guide
        elif guide.id not in taken:
            taken[guide.id] = guide
        elif guide.trust == "reviewed":
            other = taken[guide.id].source or "the rulebook"
            problems.append(f"{guide.source}: the id '{guide.id}' belongs to {other}; rename one")
        else:
            number = next(n for n in range(2, 10**6) if f"{guide.id}-{n}" not in taken)
            taken[f"{guide.id}-{number}"] = replace(guide, id=f"{guide.id}-{number}")
    return [guide for guide in taken.values() if guide.title]


def rulebook_guide(rulebook: Rulebook) -> Guide:
    """The rulebook as the guide `rules`: a section for each rule, its id the slug."""
    sections: dict[str, SectionMeta] = {}
    parts: list[str] = []
    for rule in rulebook:
        parts.append(_rule_section(rule))
        sections[rule.id] = SectionMeta(
            rules=(rule.id,),
            authorities=tuple(rule.authorities),
            scope=_rule_scope(rule),
            as_of=rule.as_of,
            kind=rule.kind,
        )
    reviewed = [rule.reviewed for rule in rulebook]
    return Guide(
        id=RULES_GUIDE,
        title="The rules",
        topic=RULES_GUIDE,
        trust="reviewed",
        reviewed=min(reviewed) if reviewed else None,
        authorities=(),
        text="\n\n".join(parts) + "\n",
        sections=sections,
        source="rulebook",
    )


def _rule_section(rule: Rule) -> str:
    lines = [f"## {rule.title}", "", rule.statement]
    if rule.also_true:
        lines += ["", *(f"- {text}" for text in rule.also_true)]
    if rule.exceptions:
        lines += ["", "Exceptions:", "", *(f"- {item.text}" for item in rule.exceptions)]
    if rule.short not in rule.statement:
        lines += ["", rule.short]
    return "\n".join(lines)


def _rule_scope(rule: Rule) -> Scope:
    visa = () if "any" in rule.scope.visa else tuple(rule.scope.visa)
    return Scope(visa, tuple(rule.scope.stage))


__all__ = [
    "READER_VERSION",
    "RULES_GUIDE",
    "SUFFIXES",
    "Document",
    "GuideError",
    "Source",
    "decode",
    "find_sources",
    "read_document",
    "read_guide",
    "read_sources",
    "rulebook_guide",
    "unique_ids",
]
