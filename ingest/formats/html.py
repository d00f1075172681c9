"""Web pages to Markdown: the article without navigation, cookie bars and promotion."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ingest.frontmatter import GuideError
from ingest.markdown import tidy
from ingest.pagejunk import cut_promotion, is_navigation
from ingest.read import Document

_NOT_TEXT = [
    *("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form"),
    *("button", "input", "select", "textarea", "iframe", "svg", "canvas", "video", "audio"),
    *("picture", "img", "figcaption", "dialog", "menu", "object", "embed"),
]
_ROLES = {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert"}
_JUNK_NAME = re.compile(
    r"(?<![a-z])(nav|navbar|menu|breadcrumbs?|sidebar|footer|cookies?|consent|gdpr|banner|popup"
    r"|modal|advert\w*|ads?|promo\w*|newsletter|subscribe|social|share|sharing|related|comments?"
    r"|pagination|skip-link|toc|author-box|cta)(?![a-z])",
    re.IGNORECASE,
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def to_markdown(path: Path) -> Document:
    """Read an HTML file; raises GuideError where it has no text."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise GuideError(f"{path}: cannot be read: {error.strerror or error}") from error
    if b"\x00" in raw[:1024] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise GuideError(f"{path}: is not a web page; remove it or save it as HTML")
    return from_html(raw, path)


def from_html(raw: bytes | str, path: Path, *, whole: bool = False) -> Document:
    """The article in a page; with `whole` all of it, as when Word made the HTML."""
    soup = _soup(raw)
    page_title = soup.title.get_text(" ", strip=True) if soup.title else ""
    body: Any = soup.body or soup
    if not whole:
        _drop_junk(body)
        body = _article(body)
    _mark_bold_headings(soup, body)
    first: Any = body.find("h1")
    title = " ".join(first.get_text(" ").split()) if first else _site_cut(page_title)
    if first and (len(body.find_all("h1")) == 1 or "title" in (first.get("class") or [])):
        first.extract()
    markdown = _convert(body)
    if not whole:
        markdown = _without_page_lines(markdown)
    if not re.search(r"\w", markdown):
        raise GuideError(f"{path}: has no text that can be read")
    notes = () if re.search(r"^#", markdown, re.MULTILINE) else ("no headings: one section",)
    return Document(title or None, markdown, notes)


def _soup(raw: bytes | str) -> Any:  # noqa: ANN401 - bs4's types do not help here
    from bs4 import BeautifulSoup, Comment

    soup = BeautifulSoup(raw, "html.parser")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    return soup


def _drop_junk(body: Any) -> None:  # noqa: ANN401
    for tag in body.find_all(_NOT_TEXT):
        # A header inside an article holds its title.
        if tag.name == "header" and tag.find(_HEADINGS) and tag.find_parent(["article", "main"]):
            continue
        tag.decompose()
    for tag in body.find_all(True):
        if tag.decomposed or tag.name in ("body", "html", "main", "article"):
            continue
        names = " ".join([*(tag.get("class") or []), str(tag.get("id") or "")])
        hidden = tag.has_attr("hidden") or tag.get("aria-hidden") == "true"
        styled = re.search(r"display:\s*none", str(tag.get("style") or ""))
        if hidden or styled or tag.get("role") in _ROLES or _is_junk_box(tag, names):
            tag.decompose()


def _is_junk_box(tag: Any, names: str) -> bool:  # noqa: ANN401
    """A box called after navigation or promotion, unless it holds most of the page's text."""
    if not _JUNK_NAME.search(names):
        return False
    return len(tag.find_all("p")) < 8 and not tag.find(["h1", "article", "main"])


def _article(body: Any) -> Any:  # noqa: ANN401
    """The element that holds the article: <main>, the longest <article>, else the body."""
    total = len(body.get_text(" ", strip=True))
    found = [*body.find_all("main"), *body.find_all("article"), *body.find_all(role="main")]
    best = max(found, key=lambda tag: len(tag.get_text(" ", strip=True)), default=None)
    if best is not None and len(best.get_text(" ", strip=True)) > total * 0.4:
        return best
    return body


def _mark_bold_headings(soup: Any, body: Any) -> None:  # noqa: ANN401
    """Where a text has no headings, short bold paragraphs are taken for them."""
    if len(body.find_all(_HEADINGS)) > 1:
        return
    for tag in body.find_all("p"):
        text = " ".join(tag.get_text(" ").split())
        strong = tag.find(["strong", "b"])
        whole = strong and " ".join(strong.get_text(" ").split()) == text
        if whole and len(text.split()) <= 16 and text[-1:] not in ".:;,":
            heading = soup.new_tag("h2")
            heading.string = text
            tag.replace_with(heading)


def _convert(body: Any) -> str:  # noqa: ANN401
    from markdownify import MarkdownConverter

    for table in body.find_all("table"):
        first = None if table.find("th") else table.find("tr")
        for cell in first.find_all("td") if first else ():
            cell.name = "th"
    for cell in body.find_all(["td", "th"]):
        cell.string = " ".join(cell.get_text(" ").split()).replace("|", "/")
    for heading in body.find_all(_HEADINGS):
        heading.string = " ".join(heading.get_text(" ").split())
    converter: Any = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        strip=["a", "img", "b", "strong", "i", "em", "u", "span", "sup", "sub"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
    )
    return tidy(str(converter.convert_soup(body)))


def _without_page_lines(markdown: str) -> str:
    lines = [line for line in markdown.split("\n") if not (line and is_navigation(line.strip()))]
    filled = cut_promotion([line for line in lines if line.strip()], lambda line: line.lstrip("# "))
    end = len(filled)
    kept: list[str] = []
    for line in lines:
        if line.strip():
            if not end:
                break
            end -= 1
        kept.append(line)
    return "\n".join(kept) + "\n"


def _site_cut(title: str) -> str:
    """A page's title without the site's name behind it."""
    return re.split(r"\s+[|–—»·]\s+|\s+-\s+(?=[^-]{2,30}$)", title)[0].strip()
