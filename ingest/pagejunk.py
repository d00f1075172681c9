"""What stands around a text on a web page and is not part of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

_NAVIGATION = re.compile(
    r"^(home|menu|blog|about( us)?|contact( us)?|log ?in|sign (in|up)|register|search|share|tweet"
    r"|print|e-?mail|skip to (main )?content|table of contents|contents|overview|next|previous"
    r"|back|(back to )?top|subscribe|newsletter|comments?|tags?|categories|advertisement"
    r"|sponsored|cookies?( settings)?|accept( all)?( cookies)?|privacy( policy)?"
    r"|terms( of (use|service))?|\d+ min(ute)?s? read|by [A-Z][\w. ]{2,40}"
    r"|(published|updated|last updated|posted)( on)?:? .{0,30}"
    r"|facebook|twitter|linkedin|instagram|youtube|whatsapp|x)$",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"\bcookies?\b.{0,80}\b(accept|consent|agree|experience|settings|preferences)"
    r"|\b(accept|reject|manage) (all )?cookies",
    re.IGNORECASE,
)
_PROMOTION = re.compile(
    r"free to try|no credit card|try (it )?(for )?free|free trial|account creation"
    r"|(create|creat\w+) (an|your|a free) account|sign up (now|today|for free|for our)"
    r"|get started (now|today|free)|subscribe|newsletter|limited[- ]time|discount|coupon|buy now"
    r"|order now|book (a|your) (call|demo|consult)|100 ?% free|download (the|our) app|follow us"
    r"|our (ai|algorithm|app|platform|tool|software|service)\b"
    r"|ai[- ](driven|powered) (algorithm|tool|platform|matching)|data[- ]driven precision"
    r"|makes? it (effortless|easy|simple)|takes? the guesswork|made (smarter|easy|simple)"
    r"|share this|all rights reserved|©|\(c\) 20\d\d|join (thousands|\d[\d,]* )"
    r"|maximi[sz]es? your chances",
    re.IGNORECASE,
)
_ONLY_AT_THE_END = re.compile(
    r"^(related|recommended|popular|more|similar|other|latest)"
    r" (articles?|posts?|guides?|reading|stories)"
    r"|^(read next|you (may|might) also like|about the author|leave a (comment|reply)|share this"
    r"|all rights reserved|back to top|comments? \(\d+\))|^©",
    re.IGNORECASE,
)
_BRAND = re.compile(r"^(?P<name>[A-Z][\w.]*(?: [A-Z][\w.]*){0,2}) [-|:–—] [A-Z]")


def is_navigation(text: str) -> bool:
    """Whether a line is a menu word, a logo, a list of tags or a cookie bar."""
    words = text.split()
    if _NAVIGATION.match(text) or _COOKIES.search(text) or re.search(r"\blogo\b", text, re.I):
        return True
    # Tags run together: many words, few of them capitalised, no punctuation at all.
    low = sum(word.islower() for word in words)
    return len(words) >= 6 and text[:1].islower() and low > len(words) / 2 and text[-1].isalnum()


def is_caption(text: str, title_case: bool) -> bool:
    """Whether a line is the caption of a picture: a phrase, a dash, and what the page is about."""
    before, dash, after = text.rpartition(" - ")
    return bool(
        dash
        and not title_case
        and text[-1] not in ".!?:"
        and len(before.split()) >= 5
        and 1 <= len(after.split()) <= 12
        and after[:1].islower()
    )


def cut_promotion(lines: Sequence[T], text_of: Callable[[T], str]) -> list[T]:
    """The lines without the advertisement and the links that follow the text of a page.

    Only the end is cut: at most a quarter of the lines and an eighth of the characters.
    """
    texts = [text_of(line) for line in lines]
    start = _promotion_start(texts)
    if start is None:
        return list(lines)
    while start > 0 and (len(texts[start - 1].split()) <= 2 or is_navigation(texts[start - 1])):
        start -= 1
    return list(lines[:start])


def _promotion_start(texts: Sequence[str]) -> int | None:
    total = sum(map(len, texts))
    size = 0
    best: int | None = None
    hits = 0
    for number in range(len(texts) - 1, max(-1, len(texts) * 3 // 4 - 8), -1):
        size += len(texts[number])
        if size > max(total / 8, 1200):
            break
        brand = _is_brand(texts, number)
        end_only = bool(_ONLY_AT_THE_END.search(texts[number]))
        promotes = bool(_PROMOTION.search(texts[number]))
        hits += promotes + 2 * brand + 2 * end_only
        if hits >= 2 and (brand or end_only or promotes):
            best = number
    return best


def _is_brand(texts: Sequence[str], number: int) -> bool:
    """Whether a line is 'Name - Slogan' whose name is spoken of only from here on."""
    match = _BRAND.match(texts[number])
    if not match or len(texts[number].split()) > 9:
        return False
    name = match.group("name")
    later = any(name in text for text in texts[number + 1 :])
    return later and not any(name in text for text in texts[:number])
