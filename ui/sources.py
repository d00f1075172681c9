"""Where an answer's words come from: numbered marks, the cards beside it, official texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from html import escape

from bot.types import AuthorityLink, Citation
from ui.prose import external_link, guide_address, plain

SectionOf = Callable[[Citation], str]

_CHECKED = {
    "official": "official text read",
    "secondary": "confirmed through another page only",
    "not found": "official text not reached",
}


def cite_html(citation: Citation, number: int) -> str:
    """The numbered mark: a link into the guide that the page opens in the sources panel."""
    slug = citation.passage_id.partition("#")[2].partition("--")[0]
    address = guide_address(citation.guide_id, slug, (citation.start, citation.end))
    name = f"Source {citation.number}: {citation.heading}"
    return (
        f'<a class="cite" href="{escape(address)}" data-cite="{number}-{citation.number}" '
        f'aria-label="{escape(name)}">{citation.number}</a>'
    )


def source_html(citation: Citation, number: int, section: str) -> str:
    """The card of a source: its place, its section with the words marked, who stands behind it."""
    slug = citation.passage_id.partition("#")[2].partition("--")[0]
    address = guide_address(citation.guide_id, slug, (citation.start, citation.end))
    where = "Read the rule" if citation.guide_id == "rules" else "Read it in the guide"
    body = section or f"<p><mark>{escape(citation.quote)}</mark></p>"
    return (
        f'<section class="card" data-source="{number}-{citation.number}">'
        f'<p class="quiet">Source {citation.number} · {escape(citation.guide_title)}</p>'
        f"<h3>{plain(citation.heading)}</h3>{standing_html(citation)}"
        f'<div class="section">{body}</div>'
        f"<h4>Official sources</h4>{authorities_html(citation.authorities)}"
        f'<p><a class="read" href="{escape(address)}">{where}</a></p></section>'
    )


def standing_html(citation: Citation) -> str:
    """How far a source can be trusted: reviewed when, as of when, or not reviewed at all."""
    badges: list[str] = []
    if citation.trust == "imported":
        badges.append('<span class="badge warn">Not reviewed</span>')
    elif citation.reviewed:
        badges.append(f'<span class="badge">Reviewed {escape(long_date(citation.reviewed))}</span>')
    if citation.as_of:
        badges.append(f'<span class="badge warn">As of {escape(long_date(citation.as_of))}</span>')
    return f'<p class="badges">{" ".join(badges)}</p>' if badges else ""


def authorities_html(links: Sequence[AuthorityLink]) -> str:
    """Official sources, each with whether its own text was read."""
    if not links:
        return '<p class="quiet">No official text is named here: this is advice.</p>'
    items = "".join(
        f"<li>{external_link(link.url, link.title)}"
        f'<span class="quiet"> {escape(_CHECKED.get(link.checked, ""))}</span></li>'
        for link in links
    )
    return f'<ul class="authorities">{items}</ul>'


def long_date(iso: str) -> str:
    """2026-10-07 as 7 October 2026; anything else as it is."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.day} {day:%B %Y}"
