"""PDF files to Markdown: headings by outline or letter size, page furniture removed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from ingest.frontmatter import GuideError
from ingest.markdown import plain_characters
from ingest.read import Document

_BULLET = re.compile(r"^(?:\(cid:\d+\)|[•◦▪‣·●○■□–\-*\uf0b7\u2219])\s+")
_NUMBERED = re.compile(r"^\(?\d{1,2}[.)]\s+")
# What pdfminer writes for a letter that the file does not name.
_UNKNOWN_LETTER = re.compile(r"\(cid:\d+\)")
_MAX_HEADING_WORDS = 18
_MAX_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: place on its page in points, letter size, whether all of it is bold."""

    text: str
    page: int
    top: float
    bottom: float
    left: float
    right: float
    size: float
    bold: bool


def to_markdown(path: Path) -> Document:
    """Read a PDF; raises GuideError where it is scanned, locked or broken."""
    lines, outline, pages, title = _extract(path)
    if sum(len(line.text) for line in lines) < 20 * max(1, pages):
        raise GuideError(f"{path}: has no text, only pictures of pages; run OCR on it first")
    lines = _without_furniture(lines, pages)
    levels = _heading_levels(lines, outline)
    notes: list[str] = []
    if not levels:
        notes.append("no headings found: each page is a section")
    markdown = _render(lines, levels, by_page=not levels)
    markdown = _UNKNOWN_LETTER.sub("", plain_characters(markdown))
    return Document(_title(lines, levels, title), markdown, tuple(notes))


def _extract(path: Path) -> tuple[list[Line], dict[str, int], int, str]:
    """The lines, the outline (text -> level), the number of pages and the title in the file."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect

    try:
        with pdfplumber.open(path) as document:
            lines = [line for page in document.pages for line in _page_lines(page)]
            title = (document.metadata or {}).get("Title") or ""
            return lines, _outline(document), len(document.pages), str(title)
    except OSError as error:
        raise GuideError(f"{path}: cannot be read: {error.strerror or error}") from error
    except Exception as error:  # pdfminer and pdfplumber let many kinds through
        causes = (error, error.__cause__, error.__context__, *error.args)
        if any(isinstance(cause, PDFPasswordIncorrect) for cause in causes):
            raise GuideError(f"{path}: is locked with a password; save it without one") from error
        raise GuideError(f"{path}: is not a readable PDF ({type(error).__name__})") from error


def _outline(document: Any) -> dict[str, int]:  # noqa: ANN401 - pdfplumber is untyped
    try:
        entries = list(document.doc.get_outlines())
    except Exception:  # no outline, or a broken one
        return {}
    return {_key(str(title)): min(int(level), _MAX_LEVELS) for level, title, *_ in entries}


def _key(text: str) -> str:
    return re.sub(r"\W+", "", plain_characters(text)).lower()


def _page_lines(page: Any) -> Iterator[Line]:  # noqa: ANN401
    for part in _columns(page):
        for raw in part.extract_text_lines(return_chars=True, x_tolerance_ratio=0.15):
            letters = [c for c in raw["chars"] if not c["text"].isspace()]
            if letters and raw["text"].strip():
                yield Line(
                    text=" ".join(raw["text"].split()),
                    page=page.page_number,
                    top=float(raw["top"]),
                    bottom=float(raw["bottom"]),
                    left=float(raw["x0"]),
                    right=float(raw["x1"]),
                    size=round(median(float(c["size"]) for c in letters), 1),
                    bold=all("bold" in c["fontname"].lower() for c in letters),
                )
    page.close()


def _columns(page: Any) -> list[Any]:  # noqa: ANN401
    """The page, or its two halves where nearly nothing stands across the middle."""
    words = page.extract_words()
    middle = (page.bbox[0] + page.bbox[2]) / 2
    across = [w for w in words if w["x0"] < middle - 4 and w["x1"] > middle + 4]
    right = [w for w in words if w["x0"] > middle - 4]
    # In one column a word stands across the middle on nearly every line; in a gutter hardly one.
    if len(words) < 80 or len(across) > len(words) * 0.01:
        return [page]
    if not 0.25 < len(right) / len(words) < 0.75:
        return [page]
    x0, top, x1, bottom = page.bbox
    return [page.crop((x0, top, middle, bottom)), page.crop((middle, top, x1, bottom))]


def _without_furniture(lines: Sequence[Line], pages: int) -> list[Line]:
    """Drop what stands at the top or foot of most pages, and page numbers."""
    edges: dict[int, list[Line]] = {}
    for line in lines:
        edges.setdefault(line.page, []).append(line)
    candidates: set[int] = set()
    for found in edges.values():
        ordered = sorted(found, key=lambda line: line.top)
        candidates.update(id(line) for line in (*ordered[:2], *ordered[-2:]))
    counts = Counter(_furniture_key(line) for line in lines if id(line) in candidates)
    often = max(2, -(-pages // 2)) if pages < 6 else max(3, pages // 3)
    repeated = {
        id(line)
        for line in lines
        if id(line) in candidates and counts[_furniture_key(line)] >= often
    }
    if len(repeated) > len(lines) * 0.6:  # short pages that are alike, not furniture
        repeated = set[int]()
    numbers = {id(line) for line in lines if id(line) in candidates and _is_page_number(line.text)}
    return [line for line in lines if id(line) not in repeated | numbers]


def _furniture_key(line: Line) -> tuple[str, int]:
    """The same words at the same height, whatever the page number in them."""
    return re.sub(r"\d+", "#", line.text).lower(), round(line.top / 4)


def _is_page_number(text: str) -> bool:
    return bool(re.fullmatch(r"(page\s*)?[-–]?\s*\d{1,4}\s*[-–]?((of|/)\s*\d+)?", text.lower()))


def _heading_levels(lines: Sequence[Line], outline: dict[str, int]) -> dict[int, int]:
    """id(line) -> level for lines that the outline names, or that are larger than the text."""
    if outline:
        named = {id(line): outline[_key(line.text)] for line in lines if _key(line.text) in outline}
        if len(named) >= max(2, len(outline) // 2):
            return named
    body = _body_size(lines)
    large = [line for line in lines if _is_large(line, body)]
    sizes = sorted({line.size for line in large}, reverse=True)
    ranks = {size: min(rank, _MAX_LEVELS) for rank, size in enumerate(sizes, start=1)}
    levels = {id(line): ranks[line.size] for line in large}
    for above, line in pairwise([None, *lines]):
        if line and id(line) not in levels and _is_bold_heading(line, above, body):
            levels[id(line)] = min(len(sizes) + 1, _MAX_LEVELS)
    return levels if len(levels) > 1 else {}


def _body_size(lines: Sequence[Line]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[line.size] += len(line.text)
    return weights.most_common(1)[0][0]


def _is_large(line: Line, body: float) -> bool:
    few = len(line.text.split()) <= _MAX_HEADING_WORDS
    return line.size >= body * 1.12 and few and bool(re.search(r"[A-Za-z]{2}", line.text))


def _is_bold_heading(line: Line, above: Line | None, body: float) -> bool:
    apart = above is None or above.page != line.page or line.top - above.bottom > body * 0.5
    short = len(line.text.split()) <= 14 and line.text[-1] not in ".:;,"
    return line.bold and apart and short and line.size >= body * 0.98 and line.text[0].isalnum()


def _title(lines: Sequence[Line], levels: dict[int, int], in_file: str) -> str | None:
    """The largest heading of the first page, else the title in the file if it is one."""
    first = [line for line in lines if line.page == lines[0].page and levels.get(id(line)) == 1]
    if first and sum(level == 1 for level in levels.values()) == len(first):
        return " ".join(line.text for line in first)
    useful = len(in_file.split()) > 1 and not re.search(
        r"\.\w{2,4}$|untitled|microsoft", in_file, re.I
    )
    return " ".join(in_file.split()) if useful else None


def _render(lines: Sequence[Line], levels: dict[int, int], *, by_page: bool) -> str:
    parts: list[str] = []
    spoken = _whole_words(lines)
    gap = _usual_gap(lines)
    previous: Line | None = None
    for line in lines:
        if by_page and (previous is None or previous.page != line.page):
            parts.append(f"## Page {line.page}")
            previous = None
        level = levels.get(id(line))
        if level:
            same = previous is not None and levels.get(id(previous)) == level
            near = previous is not None and line.top - previous.bottom < line.size * 0.8
            if same and near and previous and previous.page == line.page:
                parts[-1] += " " + line.text
            else:
                parts.append(f"{'#' * level} {line.text}")
        elif _BULLET.match(line.text):
            parts.append("- " + _BULLET.sub("", line.text))
        elif (
            _NUMBERED.match(line.text)
            or previous is None
            or id(previous) in levels
            or _new_paragraph(previous, line, gap)
        ):
            parts.append(line.text)
        else:
            parts[-1] = _joined(parts[-1], line.text, spoken)
        previous = line
    return "\n\n".join(parts) + "\n"


def _usual_gap(lines: Sequence[Line]) -> float:
    gaps = [b.top - a.bottom for a, b in pairwise(lines) if a.page == b.page and b.top > a.top]
    return median(gaps) if gaps else 0.0


def _new_paragraph(above: Line, line: Line, gap: float) -> bool:
    ended = above.text[-1] in '.!?:"'
    if above.page != line.page or line.top < above.top:
        return ended
    wide = line.top - above.bottom > gap + line.size * 0.4
    short = above.right < line.right - line.size * 6 and ended
    return wide or short


def _whole_words(lines: Sequence[Line]) -> set[str]:
    return {word for line in lines for word in re.findall(r"[a-z]+(?:-[a-z]+)+", line.text.lower())}


def _joined(above: str, below: str, spoken: set[str]) -> str:
    """Two lines of a paragraph as one, a word parted at the line's end made whole."""
    cut = re.search(r"([A-Za-z]+)-$", above)
    rest = re.match(r"[a-z]+", below)
    if cut and rest:
        hyphened = f"{cut.group(1)}-{rest.group()}".lower()
        return (above if hyphened in spoken else above[:-1]) + below
    return f"{above} {below}"
