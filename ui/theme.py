"""The look: one palette for Gradio's few parts and our own, the assets, the frame of a page."""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradio.themes import Base

PAGES = (("/", "Chat"), ("/guides", "Guides"), ("/rules", "Rules"))


def asset(name: str) -> str:
    """The address of an asset, changed whenever its content does."""
    return f"/own/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((files("ui") / "assets" / name).read_bytes()).hexdigest()[:10]


def head_html(title: str, description: str = "") -> str:
    """What every page has in its head: the look is set before anything is painted."""
    about = description or "Cited answers for international medical graduates who train in the US."
    return (
        f"<title>{escape(title)}</title>"
        f'<meta name="description" content="{escape(about)}">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        f'<link rel="icon" href="{asset("mark.svg")}" type="image/svg+xml">'
        f'<script src="{asset("look.js")}"></script>'
        f'<link rel="stylesheet" href="{asset("waymark.css")}">'
    )


def header_html(active: str) -> str:
    """The bar with the name, the three pages and the switch between light and dark."""
    links = "".join(
        f'<a href="{address}"{" aria-current=page" if address == active else ""}>{name}</a>'
        for address, name in PAGES
    )
    return (
        '<a class="skip" href="#main">Skip to the content</a>'
        f'<header class="bar"><a class="brand" href="/"><img src="{asset("mark.svg")}" alt="" '
        f'width="24" height="24">Waymark</a><nav aria-label="Pages">{links}</nav>'
        '<button type="button" class="look" data-do="look" aria-label="Dark colours" '
        'aria-pressed="false"><svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">'
        '<circle cx="10" cy="10" r="7.2" fill="none" stroke="currentColor" stroke-width="1.6"/>'
        '<path d="M10 2.8a7.2 7.2 0 0 1 0 14.4z" fill="currentColor"/></svg></button></header>'
    )


def page_html(title: str, active: str, body: str) -> str:
    """A whole page of ours, without Gradio: it reads without any script."""
    return (
        '<!doctype html><html id="waymark" lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head_html(title)}</head><body class=page>{header_html(active)}"
        f'<main id="main" tabindex="-1">{body}</main>'
        f'<script src="{asset("waymark.js")}" defer></script></body></html>'
    )


def skeleton_html() -> str:
    """What the chat page shows until Gradio has started."""
    return (
        f'<div id="starting">{header_html("/")}<div class="starting"><p role="status">Opening the '
        'chat</p><i></i><i></i><i></i><noscript>The chat needs JavaScript; the <a href="/guides">'
        'guides</a> and the <a href="/rules">rules</a> read without it.</noscript></div></div>'
    )


def gradio_theme() -> Base:
    """Gradio's own parts (the text box and three buttons) in our colours and system type."""
    from gradio.themes import Base

    theme = Base(
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    )
    colours = {
        "body_background_fill": "var(--paper)",
        "body_text_color": "var(--ink)",
        "background_fill_primary": "var(--paper)",
        "block_background_fill": "transparent",
        "block_border_width": "0px",
        "block_shadow": "none",
        "input_background_fill": "var(--card)",
        "input_background_fill_focus": "var(--card)",
        "input_border_color": "var(--line)",
        "input_border_color_focus": "var(--accent)",
        "input_placeholder_color": "var(--quiet)",
        "button_primary_background_fill": "var(--accent)",
        "button_primary_background_fill_hover": "var(--accent-strong)",
        "button_primary_text_color": "var(--on-accent)",
        "button_secondary_background_fill": "transparent",
        "button_secondary_background_fill_hover": "var(--soft)",
        "button_secondary_text_color": "var(--ink)",
        "border_color_primary": "var(--line)",
    }
    dark = {
        f"{name}_dark": value
        for name, value in colours.items()
        if name not in ("block_border_width", "block_shadow")
    }
    return theme.set(**colours, **dark)
