"""Guide Markdown -> safe HTML: everything escaped, words marked by their exact offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlsplit

from ingest.markdown import Block, blocks, is_table_rule

Span = tuple[int, int]

_INLINE = re.compile(
    r"\*\*(?P<strong>[^*\n]+)\*\*"
    r"|(?<![\w*])\*(?P<em>[^*\n]+)\*(?![\w*])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<target>[^)\s]+)\)"
    r"|(?P<url>https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?])"
)
_GUIDE_LINK = re.compile(r"^(?:[\w./-]*/)?(?P<guide>[\w-]+)(?:\.md)?(?:#(?P<slug>[\w-]+))?$")
_CELL = re.compile(r"[^|]+")
# A name such as J-1 is never broken at its hyphen.
_NAME = re.compile(r"\b(?:[A-Z]{1,3}-\d{1,4}[A-Z]?|[A-Z]-\d[A-Z])\b")


@dataclass(frozen=True, slots=True)
class Prose:
    """A text with the spans to mark in it; spans count code points in `text`."""

    text: str
    marks: tuple[Span, ...] = ()

    def html(self, start: int = 0, end: int | None = None) -> str:
        """The blocks of text[start:end] as HTML paragraphs, lists and tables."""
        found = blocks(self.text, start, len(self.text) if end is None else end)
        parts: list[str] = []
        at = 0
        while at < len(found):
            run = _run_length(found, at)
            parts.append(self._run(found[at : at + run]))
            at += run
        return "".join(parts)

    def inline(self, start: int, end: int) -> str:
        """text[start:end] as HTML without blocks."""
        parts: list[str] = []
        at = start
        for match in _INLINE.finditer(self.text, start, end):
            parts.append(self._plain(at, match.start()))
            parts.append(self._styled(match))
            at = match.end()
        parts.append(self._plain(at, end))
        return "".join(parts)

    def _run(self, run: Sequence[Block]) -> str:
        kind = run[0].kind
        if kind == "item":
            return self._list(run)
        if kind == "row":
            return self._table(run)
        if kind == "code":
            return f"<pre>{escape(self.text[run[0].start : run[0].end])}</pre>"
        return f"<p>{self.inline(run[0].start, run[0].end)}</p>"

    def _list(self, run: Sequence[Block]) -> str:
        first = self.text[run[0].line : run[0].start].strip()
        tag = "ol" if first[:1].isdigit() else "ul"
        items = "".join(
            f"<li{' class=nested' if block.indent > run[0].indent else ''}>"
            f"{self.inline(block.start, block.end)}</li>"
            for block in run
        )
        return f"<{tag}>{items}</{tag}>"

    def _table(self, run: Sequence[Block]) -> str:
        rows = [b for b in run if not is_table_rule(self.text[b.start : b.end])]
        head = len(rows) < len(run)
        lines: list[str] = []
        for place, row in enumerate(rows):
            cell = "th" if head and place == 0 else "td"
            scope = ' scope="col"' if cell == "th" else ""
            cells = "".join(
                f"<{cell}{scope}>{self._cell(match)}</{cell}>"
                for match in _CELL.finditer(self.text, row.start, row.end)
                if match.group().strip() or 0 < match.start() - row.start < row.end - row.start - 1
            )
            lines.append(f"<tr>{cells}</tr>")
        body = lines[1:] if head else lines
        top = f"<thead>{lines[0]}</thead>" if head and lines else ""
        table = f"<table>{top}<tbody>{''.join(body)}</tbody></table>"
        return f'<div class="table" tabindex="0" role="group" aria-label="Table">{table}</div>'

    def _cell(self, match: re.Match[str]) -> str:
        words = match.group()
        left = match.start() + len(words) - len(words.lstrip())
        return self.inline(left, max(left, match.start() + len(words.rstrip())))

    def _styled(self, match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind in ("strong", "em", "code"):
            inner = self._plain(*match.span(kind))
            return f"<{kind}>{inner}</{kind}>"
        if kind == "url":
            return _link(match["url"], self._plain(*match.span()))
        return _link(match["target"], self._plain(*match.span("label")))

    def _plain(self, start: int, end: int) -> str:
        """Escaped text with marks; a mark never crosses a tag, because a piece holds none."""
        parts: list[str] = []
        at = start
        for left, right in self.marks:
            left, right = max(left, at), min(right, end)
            if left >= right:
                continue
            parts.append(plain(self.text[at:left]))
            parts.append(f"<mark>{plain(self.text[left:right])}</mark>")
            at = right
        parts.append(plain(self.text[at:end]))
        return "".join(parts)


def plain(text: str) -> str:
    """Text as HTML; a name such as J-1 stays on one line."""
    return _NAME.sub(r'<span class="nb">\g<0></span>', escape(text))


def _run_length(found: Sequence[Block], at: int) -> int:
    """How many blocks from `at` on make one list or one table."""
    kind = found[at].kind
    if kind not in ("item", "row"):
        return 1
    run = 1
    while at + run < len(found) and found[at + run].kind == kind:
        run += 1
    return run


def external_link(url: str, label: str) -> str:
    """A link out of the house; only http(s) addresses become one. `label` is plain text."""
    return _link(url, escape(label))


def guide_address(guide_id: str, slug: str = "", span: Span | None = None) -> str:
    """Where a section of a guide is read, with the words to mark there."""
    if guide_id == "rules" and slug:
        return f"/rules?id={quote(slug)}"
    words = f"&words={span[0]}-{span[1]}" if span else ""
    anchor = f"#{quote(slug)}" if slug else ""
    return f"/guides?id={quote(guide_id)}{words}{anchor}"


def _link(target: str, label_html: str) -> str:
    try:
        scheme = urlsplit(target).scheme
    except ValueError:
        return label_html
    if scheme in ("http", "https"):
        return (
            f'<a href="{escape(target)}" target="_blank" rel="noopener noreferrer nofollow">'
            f'{label_html}<span class="sr"> (opens in a new tab)</span></a>'
        )
    own = _GUIDE_LINK.match(target)
    if not scheme and own:
        return (
            f'<a href="{escape(guide_address(own["guide"], own["slug"] or ""))}">{label_html}</a>'
        )
    return label_html
