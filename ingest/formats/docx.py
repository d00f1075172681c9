"""Word files to Markdown, by their heading styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingest.formats.html import from_html
from ingest.frontmatter import GuideError
from ingest.read import Document

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Heading 7'] => h6:fresh
p[style-name='List Bullet'] => ul > li:fresh
p[style-name='List Number'] => ol > li:fresh
"""


def to_markdown(path: Path) -> Document:
    """Read a .docx file; raises GuideError where it is locked, old or broken."""
    try:
        start = path.open("rb").read(4)
    except OSError as error:
        raise GuideError(f"{path}: cannot be read: {error.strerror or error}") from error
    if start == _OLD_OR_LOCKED:
        raise GuideError(f"{path}: has a password or is an old .doc; save it as .docx without one")
    import mammoth

    try:
        with path.open("rb") as stream:
            found: Any = mammoth.convert_to_html(
                stream, style_map=_STYLES, convert_image=mammoth.images.img_element(_no_image)
            )
    except Exception as error:  # mammoth lets every fault of a zip or its XML through
        raise GuideError(f"{path}: is not a readable Word file ({_short(error)})") from error
    return from_html(f"<body>{found.value}</body>", path, whole=True)


def _no_image(_image: object) -> dict[str, str]:
    return {}


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
