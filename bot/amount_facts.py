"""Years used, years served, days abroad, a child's age and dates."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bot.telling import (
    CHILD,
    H1B,
    J1,
    NUM,
    ORDINALS,
    THIRD_BEFORE,
    VISA_MENTION,
    YEARS,
    Sentence,
    is_hypothetical_before,
    number,
    visa_of,
)
from guardrails.situation import Fact

_USED = re.compile(
    rf"\b(?P<n>{NUM})\s*(?:full |whole )?{YEARS}?\b\s*(?:(?:of|on|in|as|under|at"
    rf"|with)\s+)?(?:a |an |my |the )?(?P<v>{J1}|{H1B})(?!\s*waiver)"
)

_USED_AFTER = re.compile(
    rf"\b(?P<n>{NUM})\s*{YEARS}\s*(?:(?:are|were|already|have been)\s)*(?:used|done|spent"
    rf"|completed|gone)\b"
)

_USED_BARE = re.compile(rf"\b(?:used|spent) (?:up )?(?P<n>{NUM}) {YEARS}\b")

_USED_OF = re.compile(
    rf"\b(?:my|used|have) (?P<v>{J1}|{H1B}) years? (?:are|is|so far|used|:)?\s*(?:are|is"
    rf"|:)?\s*(?P<n>{NUM})\b"
)

_USED_FOR = re.compile(
    rf"\b(?P<v>{J1}|{H1B})(?: visa| status)? for (?:the )?(?:last |past )?(?P<n>{NUM}) {YEARS}\b"
)

_LEFT_YEARS = re.compile(
    rf"\b(?P<n>{NUM})\s*{YEARS}\s*(?:of|on|in)?\s*(?:my )?(?P<v>{J1}"
    rf"|{H1B})?\s*(?:\w+ )?(?:left|remaining)\b"
)

_USE_VERB = re.compile(
    r"\b(?:used|spent|done|did|completed|been|have had|had|already|finished|so far|after|with"
    r"|i have)\b"
)

_LIMITS = {"j1": 7, "h1b": 6}


def read_years(sentence: Sentence) -> Iterator[Fact]:
    """Years used in J-1 or H-1B, told outright or as years left."""
    low = sentence.low
    left = _LEFT_YEARS.search(low)
    if (
        left
        and left["v"]
        and re.search(r"\bi(?:'ve| have)\b|\bgot\b", low)
        and left.start() <= sentence.told
    ):
        visa = visa_of(left["v"])
        used = _LIMITS[visa] - number(left["n"])
        if used >= 0:
            yield _used_fact(visa, used, sentence.quote(left.start(), left.end()))
        return
    for match in (*_USED.finditer(low), *_USED_OF.finditer(low), *_USED_FOR.finditer(low)):
        before, after = low[: match.start()], low[match.end() :]
        if match.start() > sentence.told or re.search(
            r"\b(?:max|maximum|limit|up to|only|stay|than|next|for)\s*$", before
        ):
            continue
        told = (
            _USE_VERB.search(before) or _USE_VERB.search(after[:24]) or "years are" in match.group()
        )
        if not told or THIRD_BEFORE.search(before) or re.match(r"\s*(?:left|remaining)", after):
            continue
        yield _used_fact(
            visa_of(match["v"]), number(match["n"]), sentence.quote(match.start(), match.end())
        )
    match = _USED_AFTER.search(low) or _USED_BARE.search(low)
    if match and match.start() <= sentence.told and not THIRD_BEFORE.search(low[: match.start()]):
        seen = [m for m in VISA_MENTION.finditer(low) if visa_of(m["visa"]) in _LIMITS]
        if seen and not re.search(r"waiver|conrad|home|abroad|service", low):
            yield _used_fact(
                visa_of(seen[-1]["visa"]),
                number(match["n"]),
                sentence.quote(match.start(), match.end()),
            )


def _used_fact(visa: str, years: float, quote: str) -> Fact:
    value = int(years) if years == int(years) else years
    return Fact("j1_years_used" if visa.startswith("j1") else "h1b_years_used", value, quote)


_SERVED = re.compile(
    rf"\b(?P<n>{NUM})\s*{YEARS}\s*(?:served|into|of service|done|in)\b"
    rf"|\bserved (?:for )?(?P<m>{NUM})\s*{YEARS}|\b(?P<k>{NUM}) of (?:the |my )?(?:3"
    rf"|three) years"
)

_IN_YEAR = re.compile(
    r"\b(?:in|during|on) (?:my )?(?:year (?P<n>one|two|three|1|2|3)|(?:the )?(?P<o>first"
    r"|second|third|1st|2nd|3rd) (?:year|yr)) (?:of|on|in)\b"
)

_HOME = re.compile(
    rf"\b(?:spent|served|did|lived|stayed|went home for|went back for"
    rf"|been) (?:for )?(?P<n>{NUM}|a)\s*(?:full )?{YEARS}\s*(?:back |at )?(?:home"
    rf"|in my (?:home )?country)?|\bwent (?:back )?home for (?P<m>{NUM}|a) {YEARS}"
)

_ABROAD = re.compile(
    r"\b(?P<n>\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten) (?P<unit>days?|weeks?"
    r"|months?) (?:abroad|outside)\b|\b(?:abroad|outside the us|out of the (?:us"
    r"|country)) (?:for )?(?P<m>\d{1,4}|one|two|three|four|five|six|seven|eight|nine"
    r"|ten) (?P<unit2>days?|weeks?|months?)"
)

_DAYS = {"d": 1, "w": 7, "m": 30}


def read_amounts(sentence: Sentence) -> Iterator[Fact]:
    """Waiver years served, years at home, days abroad, a child's age."""
    low = sentence.low
    served = _SERVED.search(low)
    if served and re.search(r"waiver|conrad|service", low) and served.start() <= sentence.told:
        years = number(served["n"] or served["m"] or served["k"])
        yield Fact(
            "waiver_years_served",
            years if years % 1 else int(years),
            sentence.quote(served.start(), served.end()),
        )
    in_year = _IN_YEAR.search(low)
    if in_year and re.search(r"waiver|conrad", low) and in_year.start() <= sentence.told:
        year = ORDINALS.get(in_year["o"] or "") or int(number(in_year["n"]))
        yield Fact("waiver_years_served", year - 1, sentence.quote(in_year.start(), in_year.end()))
    home = _HOME.search(low)
    if (
        home
        and re.search(r"\bhome\b|home country", low)
        and re.search(r"\bafter\b", low)
        and home.start() <= sentence.told
    ):
        years = number(home["n"] or home["m"])
        quote = sentence.quote(home.start(), home.end())
        yield Fact("home_years_served", years if years % 1 else int(years), quote)
    abroad = _ABROAD.search(low)
    if abroad and abroad.start() <= sentence.told:
        count = number(abroad["n"] or abroad["m"])
        days = int(count * _DAYS[(abroad["unit"] or abroad["unit2"])[0]])
        yield Fact("days_abroad", days, sentence.quote(abroad.start(), abroad.end()))
    yield from _read_child(sentence)


_CHILD_AGE = re.compile(
    rf"\b{CHILD}\b(?: is| will be|,)?[^.?!;]{{0,30}}?\b(?P<turns>turn(?:s"
    rf"|ing)? )?(?<![jhf-])(?P<n>\d{{1,2}})\b(?!-)(?!\s*(?:hours|weeks|months))"
    rf"|\b(?P<m>\d{{1,2}})[\s-]year[\s-]old {CHILD}\b"
)


def _read_child(sentence: Sentence) -> Iterator[Fact]:
    match = _CHILD_AGE.search(sentence.low)
    if match is None or re.search(r"\b(?:if|when) (?:my|a)\b", sentence.low[: match.start() + 6]):
        return
    age = int(match["n"] or match["m"])
    if match["turns"] or re.search(
        r"turn(?:s|ing)? $", sentence.low[: match.start("n")] if match["n"] else ""
    ):
        age -= 1
    if age <= 60:
        yield Fact("child_age", age, sentence.quote(match.start(), match.end()))


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_DATE = re.compile(
    r"\b(?:(?P<iso>20\d\d-\d\d-\d\d)|(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)[a-z]*\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>20\d\d)"
    r"|(?P<day2>\d{1,2}) (?P<month2>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)[a-z]*,? (?P<year2>20\d\d)|(?P<us>\d{1,2}/\d{1,2}/20\d\d))"
)


def read_dates(sentence: Sentence, on: date | None) -> Iterator[Fact]:
    """The end of a program, an I-94 or an employment, where the day is told in full."""
    low = sentence.low
    told = _relative(low, on)
    day, quote = told if told else (None, "")
    match = _DATE.search(low)
    if match:
        day, quote = _as_date(match), sentence.quote(match.start(), match.end())
    if day is None or is_hypothetical_before(sentence, len(low)):
        return
    if re.search(r"\bi-?94\b", low):
        yield Fact("i94_end", day.isoformat(), quote)
    elif re.search(r"\bds-?2019|\bprogram (?:ends|end date)|\bgraduat", low):
        yield Fact("program_end", day.isoformat(), quote)
    elif re.search(r"\b(?:fired|dismissed|terminated|let go|laid off|resigned|quit|ended)\b", low):
        yield Fact("termination_date", day.isoformat(), quote)


def _relative(low: str, on: date | None) -> tuple[date, str] | None:
    if on is None:
        return None
    match = re.search(
        r"\b(yesterday|today|this morning|(\d{1,2}|one|two|three|four|five|six|seven) days? ago)\b",
        low,
    )
    if match is None:
        return None
    back = 1 if match[1] == "yesterday" else 0
    if match[2]:
        back = int(number(match[2]))
    return on - timedelta(days=back), match.group()


def _as_date(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if match["us"]:
            return datetime.strptime(match["us"], "%m/%d/%Y").date()
        month, day, year = (
            match["month"] or match["month2"],
            match["day"] or match["day2"],
            match["year"] or match["year2"],
        )
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None
