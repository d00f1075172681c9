"""The Guides page: contents by topic, search, one guide with anchors, a citation's section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Protocol
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from bot.types import AuthorityLink, Citation
from corpus.authorities import Authority
from corpus.guide import Guide, SectionMeta
from ingest.index import Hit
from ingest.markdown import outline, slugify
from ingest.passages import Passage
from ui.prose import Prose, Span, guide_address, plain
from ui.sources import SectionOf, authorities_html, long_date
from ui.theme import page_html

TOPICS = {
    "choosing": "Choosing between J-1 and H-1B",
    "j1": "J-1",
    "two-year-requirement": "The two-year home requirement",
    "waivers": "Waivers",
    "h1b": "H-1B",
    "clinical-informatics": "Clinical informatics",
    "malignant-programs": "Recognising a malignant program",
    "inside-a-program": "Inside a difficult program",
    "dependents": "Family",
    "tools": "Lists, letters and the glossary",
    "whats-changing": "What is changing",
}
_FOUND = 15


class Encoder(Protocol):
    """Texts -> unit vectors, float32 of shape (n, dimension)."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Encode the texts."""
        ...


class Library(Protocol):
    """What this page reads of the index."""

    def search(
        self, query_vector: npt.NDArray[np.float32], query_text: str, top_k: int
    ) -> list[Hit]:
        """The best sections, best first."""
        ...

    def passage(self, passage_id: str) -> Passage:
        """A section by id."""
        ...

    def guide(self, guide_id: str) -> Guide:
        """A guide by id."""
        ...

    def guides(self) -> Sequence[Guide]:
        """All guides."""
        ...


def section_reader(library: Library) -> SectionOf:
    """Gives the section that a citation quotes from, with the quoted words marked."""

    def section_of(citation: Citation) -> str:
        try:
            passage = library.passage(citation.passage_id)
            guide = library.guide(citation.guide_id)
        except KeyError:
            return ""
        span = _where(citation, passage, guide)
        if span is None:
            return ""
        return Prose(guide.text, (span,)).html(passage.start, passage.end)

    return section_of


def _where(citation: Citation, passage: Passage, guide: Guide) -> Span | None:
    """The quoted span; found again where the guide was changed since the answer was given."""
    if guide.text[citation.start : citation.end] == citation.quote:
        return citation.start, citation.end
    start = guide.text.find(citation.quote, passage.start, passage.end)
    return (start, start + len(citation.quote)) if start >= 0 and citation.quote else None


def contents_page(library: Library, encoder: Encoder, query: str = "") -> str:
    """All guides by topic, or with a query the sections that fit it."""
    body = ["<h1>Guides</h1>", _search_form(query)]
    if query.strip():
        hits = library.search(encoder.encode([query])[0], query, _FOUND)
        body.append(_found_html(library, hits))
    else:
        body.append(_topics_html(library.guides()))
    title = f"{query} - Guides" if query.strip() else "Guides"
    return page_html(f"{title} - Waymark", "/guides", "".join(body))


def _search_form(query: str) -> str:
    return (
        '<form class="search" role="search" action="/guides"><label class="sr" for="q">Search the '
        f'guides</label><input id="q" name="q" type="search" value="{escape(query)}" '
        'maxlength="300" '
        'placeholder="Search the guides" autocomplete="off"><button class="button">Search</button>'
        "</form>"
    )


def _topics_html(guides: Sequence[Guide]) -> str:
    order = list(TOPICS)
    shown = [guide for guide in guides if guide.id != "rules"]
    if not shown:
        return '<p class="note">No guide is here yet. Run <code>waymark ingest</code>.</p>'

    def place(guide: Guide) -> tuple[int, str, str]:
        topic = guide.topic if guide.trust == "reviewed" else "~"
        return (order.index(topic) if topic in order else len(order), topic, guide.title.lower())

    parts: list[str] = []
    names: list[tuple[str, str]] = []
    for (_, topic), group in groupby(sorted(shown, key=place), key=lambda g: place(g)[:2]):
        items = "".join(_entry(guide) for guide in group)
        name = TOPICS.get(topic, "Added here, not reviewed" if topic == "~" else topic)
        names.append((slugify(name), name))
        parts.append(
            f'<section class="topic" id="{names[-1][0]}"><h2>{plain(name)}</h2>'
            f"<ul>{items}</ul></section>"
        )
    return f'{jump_html(names)}<div class="topics">{"".join(parts)}</div>'


def jump_html(names: Sequence[tuple[str, str]]) -> str:
    """Links to the topics of a long page: (anchor, name) each."""
    links = "".join(f'<li><a href="#{anchor}">{plain(name)}</a></li>' for anchor, name in names)
    return f'<nav class="jump" aria-label="Topics"><ul>{links}</ul></nav>'


def _entry(guide: Guide) -> str:
    sections = len(outline(guide.text))
    count = "1 section" if sections == 1 else f"{sections} sections"
    return (
        f'<li><a href="{escape(guide_address(guide.id))}">{plain(guide.title)}</a> '
        f'<span class="quiet">{count}</span></li>'
    )


def _found_html(library: Library, hits: Sequence[Hit]) -> str:
    if not hits:
        return (
            '<p class="note" role="status">Nothing in the guides has these words. Try others, or '
            '<a href="/">ask in the chat</a>, which also understands other words.</p>'
        )
    items: list[str] = []
    for hit in hits[:_FOUND]:
        passage = library.passage(hit.passage_id)
        guide = library.guide(passage.guide_id)
        slug = passage.id.partition("#")[2].partition("--")[0]
        start = " ".join(passage.text.split())
        short = start if len(start) <= 180 else start[:180].rsplit(" ", 1)[0] + " …"
        items.append(
            f'<li><a href="{escape(guide_address(guide.id, slug))}">{plain(passage.heading)}</a>'
            f'<p>{escape(short)}</p><p class="quiet">{plain(guide.title)}</p></li>'
        )
    told = f'<p class="quiet" role="status">{len(items)} sections, best first</p>'
    return f'{told}<ol class="found">{"".join(items)}</ol><p><a href="/guides">All guides</a></p>'


def guide_page(
    guide: Guide, authorities: Mapping[str, Authority], words: Span | None = None
) -> str:
    """One guide with a contents list, an anchor for each section and its official sources."""
    heads = outline(guide.text)
    slugs = list(guide.sections) if len(guide.sections) == len(heads) else [h.slug for h in heads]
    marks = (words,) if words and 0 <= words[0] < words[1] <= len(guide.text) else ()
    prose = Prose(guide.text, marks)
    intro = prose.html(0, heads[0].start if heads else len(guide.text))
    entries = "".join(
        f'<li><a href="#{quote(slug)}">{plain(head.title)}</a></li>'
        for head, slug in zip(heads, slugs, strict=True)
    )
    sections: list[str] = []
    for place, (head, slug) in enumerate(zip(heads, slugs, strict=True)):
        end = heads[place + 1].start if place + 1 < len(heads) else len(guide.text)
        meta = guide.sections.get(slug, SectionMeta())
        level = min(max(head.level, 2), 4)
        sections.append(
            f'<section id="{escape(slug)}" class="guide-section"><h{level}>{plain(head.title)} '
            f'<a class="anchor" href="#{quote(slug)}" aria-label="Link to this section">#</a>'
            f"</h{level}>{prose.html(head.body, end)}{_meta_html(meta)}</section>"
        )
    used = dict.fromkeys(
        [*guide.authorities, *(a for m in guide.sections.values() for a in m.authorities)]
    )
    links = [_authority_link(authorities[a]) for a in used if a in authorities]
    sources = f"<h2>Official sources</h2>{authorities_html(links)}" if links else ""
    topic = TOPICS.get(guide.topic, guide.topic)
    body = (
        f'<nav class="crumbs" aria-label="Where you are"><a href="/guides">Guides</a> / '
        f"{escape(topic)}</nav><article class=guide><h1>{plain(guide.title)}</h1>"
        f"{_standing(guide)}{intro}"
        '<details class="contents" open><summary>In this guide</summary>'
        f"<ol>{entries}</ol></details>"
        f"{''.join(sections)}{sources}</article>"
    )
    return page_html(f"{guide.title} - Waymark", "/guides", body)


def _standing(guide: Guide) -> str:
    if guide.trust == "imported":
        return '<p class="badges"><span class="badge warn">Added here, not reviewed</span></p>'
    if guide.reviewed is None:
        return ""
    told = escape(long_date(guide.reviewed.isoformat()))
    return f'<p class="badges"><span class="badge">Reviewed {told}</span></p>'


def _meta_html(meta: SectionMeta) -> str:
    parts: list[str] = []
    if meta.as_of:
        told = escape(long_date(meta.as_of.isoformat()))
        parts.append(f'<span class="badge warn">As of {told}</span>')
    if meta.rules:
        links = ", ".join(
            f'<a href="/rules?id={quote(rule)}">{escape(rule)}</a>' for rule in meta.rules
        )
        parts.append(f'<span class="quiet">Rules: {links}</span>')
    return f'<p class="badges">{" ".join(parts)}</p>' if parts else ""


def _authority_link(authority: Authority) -> AuthorityLink:
    return AuthorityLink(authority.title, authority.url, authority.checked)


def not_found_page(what: str, active: str) -> str:
    """For an address that leads nowhere."""
    body = (
        f"<h1>Not here</h1><p>There is no {escape(what)}. It may have been renamed: look in the "
        '<a href="/guides">guides</a> or the <a href="/rules">rules</a>.</p>'
    )
    return page_html("Not here - Waymark", active, body)


def parse_span(raw: str) -> Span | None:
    """A span written as 120-180, or None."""
    left, _, right = raw.partition("-")
    if left.isascii() and right.isascii() and left.isdigit() and right.isdigit() and len(raw) < 20:
        return int(left), int(right)
    return None
