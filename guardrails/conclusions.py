"""What follows from a situation: dated, pure rules; each conclusion names the rule it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

from guardrails.facts import AGENCY_WAIVERS, FactName, Situation, Training
from guardrails.rulebook import Rulebook, load_rulebook

Verdict = Literal["yes", "no", "depends"]
About = Literal[
    "owes two years at home",
    "family owes two years at home",
    "plan fits the J-1 limit",
    "plan fits the H-1B limit",
    "may move from J-1 to H-1B",
    "may extend J-1",
    "meets Step 3",
    "free of the lottery",
    "has grace days",
    "owes waiver service",
    "may leave the waiver employer",
    "marriage lifts the requirement",
    "may work as a dependent",
    "spouse may work",
    "child stays a dependent",
    "program can be sponsored on J-1",
    "needs a new Statement of Need",
    "J-1 years count for H-1B",
    "is owed the fare home",
]


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that would decide, and why."""

    fact: FactName
    why: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A sentence about the asker: the rule it rests on, the steps to it, the facts still missing.

    `about` and `verdict` say the same for programs: no two conclusions of one situation share
    `about`.
    """

    rule: str
    text: str
    steps: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    about: About | None = None
    verdict: Verdict = "depends"


@dataclass(frozen=True, slots=True)
class _Case:
    """A situation on a day, with what several rules ask of it."""

    facts: Situation
    on: date

    def is_(self, name: FactName, *values: str | bool) -> bool:
        """True where the fact is known and one of these."""
        value = self.facts.value(name)
        return value is not None and value in values

    def knows(self, name: FactName) -> bool:
        """True where the fact was said."""
        return self.facts.value(name) is not None

    def limit(self, rule: str, name: str) -> int:
        """A parameter of a rule on that day; raises KeyError where the rule holds none."""
        value = _book()[rule].parameters[name].on(self.on)
        if not isinstance(value, int):
            raise KeyError(f"rule '{rule}' has no number '{name}' on {self.on}")
        return value

    @property
    def home_years(self) -> float:
        return self.facts.number("home_years_served") or 0.0

    @property
    def waiver_granted(self) -> bool:
        return self.is_("waiver_stage", "approved", "serving", "completed")

    @property
    def agency_waiver(self) -> bool:
        return self.is_("waiver", *AGENCY_WAIVERS) or (
            self.is_("waiver", "unknown") and self.is_("waiver_stage", "serving", "completed")
        )

    @property
    def private_waiver(self) -> bool:
        return self.is_("waiver", "hardship", "persecution")

    @property
    def fulfilled(self) -> bool:
        """Two years at home are done."""
        return self.home_years >= self.limit("waiver-breach-and-extenuating", "home_years")

    @property
    def service_years(self) -> int:
        rule = "conrad30-service-years" if self.is_("waiver", "conrad") else "iga-federal-waivers"
        return self.limit(rule, "service_years")

    @property
    def service_done(self) -> bool:
        served = self.facts.number("waiver_years_served") or 0.0
        return self.is_("waiver_stage", "completed") or served >= self.service_years

    @property
    def had_clinical_j1(self) -> bool:
        """The asker is or was a clinical J-1 physician."""
        return (
            self.is_("visa", "j1")
            or self.is_("ever_j1", True)
            or self.agency_waiver
            or (self.facts.number("j1_years_used") or 0) > 0
        ) and not self.is_("visa", "citizen")

    @property
    def released(self) -> bool:
        """Nothing of the two-year requirement is left."""
        if self.fulfilled:
            return True
        if self.private_waiver and self.waiver_granted:
            return True
        return self.agency_waiver and self.waiver_granted and self.service_done


def conclude(situation: Situation, on: date) -> tuple[Conclusion, ...]:
    """All conclusions for that day, the asker's own clocks first; pure and deterministic.

    Conclusions say "you", so there are none where the facts are another person's.
    """
    if situation.value("person") not in (None, "self"):
        return ()
    case = _Case(situation, on)
    found = (rule(case) for rule in _RULES)
    return tuple(conclusion for conclusion in found if conclusion is not None)


@cache
def _book() -> Rulebook:
    return load_rulebook()


def _years(number: float) -> str:
    """`1 year`, `2 years`, `1.5 years`."""
    return f"{number:g} year" if number == 1 else f"{number:g} years"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _sum(parts: list[float]) -> str:
    total = sum(parts)
    if len(parts) == 1:
        return _years(total)
    return " + ".join(f"{part:g}" for part in parts) + f" = {_years(total)}"


def _named(stages: tuple[Training, ...]) -> tuple[str, ...]:
    return tuple(f"{stage.name}: {_years(stage.years)}" for stage in stages)


def _training(case: _Case, used: FactName) -> tuple[list[float], tuple[str, ...]]:
    """The years that count against a limit, and where each comes from."""
    plan = case.facts.plan()
    if plan:
        return [stage.years for stage in plan], _named(plan)
    spent = case.facts.number(used)
    further = case.facts.plan("further_training")
    if spent is None:
        return [], ()
    steps = (f"already used: {_years(spent)}", *_named(further))
    return [spent, *(stage.years for stage in further)], steps


def _two_years(case: _Case) -> Conclusion | None:
    about: About = "owes two years at home"
    needed = case.limit("waiver-breach-and-extenuating", "home_years")
    if case.is_("visa", "citizen", "green-card"):
        return None
    if case.had_clinical_j1:
        return _two_years_of_j1(case, about, needed)
    if case.is_("visa", "j1-research"):
        return Conclusion(
            "j1-research-vs-alien-physician",
            "It depends: a J-1 research scholar owes two years at home only because of government "
            "funding or the Skills List, not because of the J-1 alone.",
            about=about,
        )
    if case.is_("visa", "j2") and not case.fulfilled:
        return Conclusion(
            "j2-subject-to-212e",
            "As a J-2 you owe the two years at home together with the J-1 physician, unless "
            "the J-1 physician gets a waiver that covers you.",
            about=about,
            verdict="yes",
        )
    if not case.is_("visa", "h1b") and not case.is_("target_visa", "h1b"):
        return None
    rule = "h1b-no-two-year-rule"
    if case.is_("ever_j1", False):
        return Conclusion(
            rule,
            "You owe no two years at home: H-1B training carries no such requirement, and you "
            "have never held a J-1.",
            ("H-1B: no two-year requirement", "no earlier J-1"),
            about=about,
            verdict="no",
        )
    return Conclusion(
        rule,
        "H-1B training carries no two-year home requirement; only an earlier J-1 or J-2 could "
        "still bind you.",
        ("H-1B: no two-year requirement",),
        (Missing("ever_j1", "an earlier J-1 or J-2 would still bind you"),),
        about,
        "no",
    )


def _two_years_of_j1(case: _Case, about: About, needed: int) -> Conclusion:
    home = case.home_years
    if case.fulfilled:
        return Conclusion(
            "two-years-aggregate",
            f"The two-year home requirement is met, because you have spent {_years(home)} in "
            "your home country after the J-1.",
            (f"{home:g} of {needed} years served",),
            about=about,
            verdict="no",
        )
    if case.private_waiver and case.waiver_granted:
        return Conclusion(
            "hardship-no-service",
            "Your approved waiver ends the two-year home requirement, and a hardship or "
            "persecution waiver asks for no service.",
            about=about,
            verdict="no",
        )
    if case.agency_waiver and case.waiver_granted:
        return _two_years_of_waiver(case, about)
    if home > 0:
        left = needed - home
        return Conclusion(
            "two-years-aggregate",
            f"You still owe {_years(left)} at home, because {_years(home)} of the two are "
            "served and the time adds up.",
            (f"{needed} - {home:g} = {left:g}",),
            about=about,
            verdict="yes",
        )
    if case.is_("visa", "j1"):
        return Conclusion(
            "j1-home-requirement-all-gme",
            "On a clinical J-1 you owe two years in your home country, unless the requirement "
            "is waived.",
            ("clinical J-1: always bound, whatever the country or funding",),
            about=about,
            verdict="yes",
        )
    return Conclusion(
        "h1b-does-not-erase-j1-duty",
        "Your earlier clinical J-1 still binds you to two years at home until you serve them "
        "or get a waiver; a later status does not erase it.",
        ("earlier clinical J-1: bound", "no waiver told, no two years at home told"),
        (Missing("waiver", "a waiver would change this"),),
        about,
        "yes",
    )


def _two_years_of_waiver(case: _Case, about: About) -> Conclusion:
    if case.service_done:
        return Conclusion(
            "green-card-filing-while-subject",
            "With the waiver service complete the two-year home requirement no longer stands "
            "in the way of permanent residence.",
            (f"service: {_years(case.service_years)} done",),
            about=about,
            verdict="no",
        )
    return Conclusion(
        "waiver-breach-and-extenuating",
        f"Not while you complete the {case.service_years} years of waiver service; if you stop "
        "early, the two-year home requirement applies again.",
        about=about,
        verdict="no",
    )


def _j1_clock(case: _Case) -> Conclusion | None:
    if not case.is_("visa", "j1") and not (not case.knows("visa") and case.facts.plan()):
        return None
    if case.is_("target_visa", "h1b") and not case.knows("visa"):
        return None
    about: About = "plan fits the J-1 limit"
    rule = "j1-seven-year-limit"
    limit = case.limit(rule, "max_years")
    years, steps = _training(case, "j1_years_used")
    missing = () if case.knows("visa") else (Missing("visa", "each visa has its own limit"),)
    if not years:
        if not case.is_("stage", "resident", "fellow"):
            return None
        why = "the seven-year limit counts every J-1 training year"
        return Conclusion(
            rule,
            "It depends on the J-1 years you have used and the years you still plan: all J-1 "
            f"training together may last {limit} years at most.",
            (),
            (Missing("j1_years_used", why), Missing("plan", why)),
            about,
        )
    total = sum(years)
    sums = (*steps, _sum(years), f"limit: {limit} years")
    if total > limit:
        over = total - limit
        return Conclusion(
            rule,
            f"This plan does not fit on a J-1: {_sum(years)}, and the J-1 limit is {limit} "
            "years, so "
            f"it is {_years(over)} too long unless your country shows an exceptional need.",
            sums,
            missing,
            about,
            "no",
        )
    if case.knows("plan") or case.knows("further_training"):
        left = limit - total
        rest = f"which leaves {_years(left)}" if left else "which uses up the limit"
        return Conclusion(
            rule,
            f"This plan fits on a J-1: {_sum(years)} of training against a limit of {limit} years, "
            f"{rest}; the sponsor still approves each year and each program.",
            sums,
            missing,
            about,
            "yes",
        )
    left = limit - total
    return Conclusion(
        rule,
        f"You have {_years(left)} of J-1 training left at most: {limit} - {total:g} = {left:g}; a "
        "longer plan does not fit.",
        sums,
        (Missing("further_training", "the length of the next program decides whether it fits"),),
        about,
    )


def _h1b_clock(case: _Case) -> Conclusion | None:
    told = case.facts.plan() and not case.knows("visa")
    aims = case.is_("target_visa", "h1b") and case.facts.plan() and not case.is_("visa", "j1")
    if not case.is_("visa", "h1b") and not told and not aims:
        return None
    about: About = "plan fits the H-1B limit"
    rule = "h1b-six-year-cap"
    limit = case.limit(rule, "max_years")
    years, steps = _training(case, "h1b_years_used")
    if not years:
        why = "every H-1B year with any employer counts"
        return Conclusion(
            rule,
            f"It depends on the H-1B years you have used: all H-1B time together is limited to "
            f"{limit} years.",
            (),
            (Missing("h1b_years_used", why),),
            about,
        )
    total = sum(years)
    abroad = case.facts.number("days_abroad") or 0
    back = f"; the {abroad:g} days abroad can be added with travel evidence" if abroad else ""
    sums = (*steps, _sum(years), f"limit: {limit} years")
    missing = () if case.knows("visa") else (Missing("visa", "each visa has its own limit"),)
    over = total - limit
    if over > 0 and case.is_("i140", "approved"):
        return Conclusion(
            "h1b-extension-approved-i140",
            f"With an approved I-140 your H-1B can go beyond {limit} years ({_sum(years)}) "
            "while no visa number is available, up to three years at a time.",
            sums,
            missing,
            about,
            "yes",
        )
    if over > 0 and over * 365 <= abroad:
        return Conclusion(
            "h1b-recapture",
            f"If you recapture your {abroad:g} days abroad: {_sum(years)} against a limit of "
            f"{limit} H-1B years, and days abroad do not count.",
            sums,
            missing,
            about,
            "yes",
        )
    if over > 0:
        return Conclusion(
            rule,
            f"This plan does not fit on an H-1B: {_sum(years)}, and the H-1B limit is {limit} "
            "years, "
            f"so it is {_years(over)} too long without a green-card extension or recaptured days "
            f"abroad{back}.",
            sums,
            missing,
            about,
            "no",
        )
    left = limit - total
    if case.knows("plan") or case.knows("further_training"):
        rest = f"which leaves {_years(left)}" if left else "which uses up the limit"
        return Conclusion(
            rule,
            f"This plan fits on an H-1B: {_sum(years)} against a limit of {limit} years, "
            f"{rest}{back}.",
            sums,
            missing,
            about,
            "yes",
        )
    return Conclusion(
        rule,
        f"You have {_years(left)} of H-1B time left: {limit} - {total:g} = {left:g}{back}.",
        sums,
        (Missing("further_training", "the length of the next program decides whether it fits"),),
        about,
    )


def _to_h1b(case: _Case) -> Conclusion | None:
    if not case.is_("visa", "j1"):
        return None
    about: About = "may move from J-1 to H-1B"
    if case.fulfilled:
        return Conclusion(
            "two-years-aggregate",
            "H-1B is open to you, because the two years at home are served; ordinary H-1B "
            "rules apply, the cap included.",
            about=about,
            verdict="yes",
        )
    if case.agency_waiver and case.waiver_granted:
        return Conclusion(
            "j1-gme-no-change-of-status",
            "An agency waiver lets you change from J-1 to H-1B inside the United States for "
            f"the waiver job, which you owe {case.service_years} years.",
            about=about,
            verdict="yes",
        )
    if case.private_waiver and case.waiver_granted:
        return Conclusion(
            "j1-gme-no-change-of-status",
            "A hardship or persecution waiver opens H-1B to you, but normally through a visa "
            "at a consulate and not by a change of status inside the United States.",
            about=about,
            verdict="yes",
        )
    pending = case.is_("waiver_stage", "planned", "filed", "recommended")
    steps = ("J-1 for clinical training: bound by the two-year requirement", "no waiver granted")
    tail = (
        "until the waiver is granted"
        if pending
        else "without a waiver, or the two years spent at home"
    )
    return Conclusion(
        "j1-to-h1b-needs-waiver",
        f"You cannot move from J-1 to H-1B {tail}; an ordinary fellowship is no waiver service.",
        steps,
        () if case.knows("waiver") else (Missing("waiver", "a granted waiver opens H-1B"),),
        about,
        "no",
    )


def _more_j1(case: _Case) -> Conclusion | None:
    granted = case.is_("waiver_stage", "recommended", "approved")
    if not case.is_("visa", "j1") or not granted:
        return None
    return Conclusion(
        "waiver-blocks-more-j1",
        "Once the State Department has recommended your waiver, your J-1 program can generally "
        "not be extended for a fellowship.",
        ("waiver recommended",),
        about="may extend J-1",
        verdict="no",
    )


def _step3(case: _Case) -> Conclusion | None:
    about: About = "meets Step 3"
    if case.is_("target_visa", "j1") or (case.is_("visa", "j1") and case.knows("step3")):
        return Conclusion(
            "j1-step3-not-required",
            "Step 3 is not required for a J-1; you need it passed before a later H-1B "
            "petition, for "
            "example for a waiver job.",
            about=about,
        )
    wants = case.is_("target_visa", "h1b")
    before = case.is_("stage", "applicant", "matched", "student") or not case.is_("visa", "h1b")
    if not wants and not (case.knows("step3") and before):
        return None
    if case.is_("medical_school", "us"):
        return Conclusion(
            "h1b-step3-us-graduates-exempt",
            "You can be petitioned for H-1B without Step 3, because graduates of US medical "
            "schools are exempt from it by regulation.",
            about=about,
            verdict="yes",
        )
    rule = "h1b-step3-before-filing"
    if case.is_("step3", "passed"):
        return Conclusion(
            "h1b-step3-required-by-law",
            "With Step 3 passed you meet the examination requirement for a clinical H-1B.",
            about=about,
            verdict="yes",
        )
    if not case.knows("step3"):
        return Conclusion(
            rule,
            "It depends on Step 3: for a clinical H-1B it must be passed before the petition is "
            "filed.",
            (),
            (Missing("step3", "it must be passed when the petition is filed"),),
            about,
        )
    scheduled = (
        "a scheduled Step 3 is not enough; it" if case.is_("step3", "scheduled") else "Step 3"
    )
    return Conclusion(
        rule,
        f"Not yet: for a clinical H-1B {scheduled} must be passed before the petition is filed.",
        about=about,
        verdict="no",
    )


def _lottery(case: _Case) -> Conclusion | None:
    if not case.knows("employer") or not (
        case.is_("visa", "h1b", "j1") or case.is_("target_visa", "h1b")
    ):
        return None
    about: About = "free of the lottery"
    if case.agency_waiver:
        return Conclusion(
            "waiver-physician-cap-exempt",
            "You are outside the H-1B lottery even at a private clinic, because your waiver "
            "came through a state or federal agency.",
            about=about,
            verdict="yes",
        )
    if case.is_("visa", "j1") and not case.released:
        return None  # H-1B is closed; the lottery is not the question
    if case.is_("employer", "university", "affiliated-nonprofit", "research-organisation"):
        return Conclusion(
            "h1b-cap-exempt-employers",
            "No lottery: an H-1B petition by a university, an affiliated nonprofit or a "
            "nonprofit or government research organization is outside the cap.",
            about=about,
            verdict="yes",
        )
    if case.is_("employer", "nonprofit"):
        return Conclusion(
            "teaching-hospital-not-always-exempt",
            "It depends: nonprofit status alone does not free an employer from the H-1B lottery; "
            "ask the GME office for its affiliation with a university.",
            (),
            (Missing("employer", "an affiliation with a university decides"),),
            about,
        )
    if case.is_("cap", "subject"):
        return Conclusion(
            "cap-exempt-to-cap-subject",
            "No new lottery: who was counted against the H-1B cap within the last "
            f"{case.limit('cap-exempt-to-cap-subject', 'counted_years')} years is not counted "
            "again.",
            about=about,
            verdict="yes",
        )
    if case.is_("cap", "exempt") or case.private_waiver or case.fulfilled:
        extra = case.private_waiver or case.fulfilled
        return Conclusion(
            "hardship-waiver-no-cap-exemption" if extra else "cap-exempt-to-cap-subject",
            "You need selection in the H-1B lottery before you can work for a cap-subject "
            "employer, such as a private clinic or a company.",
            about=about,
            verdict="no",
        )
    return Conclusion(
        "cap-exempt-to-cap-subject",
        "It depends on your H-1B history: if you have only held cap-exempt H-1B, a private clinic "
        "or company needs a lottery selection for you first.",
        (),
        (Missing("cap", "who was counted before is not counted again"),),
        about,
    )


def _grace(case: _Case) -> Conclusion | None:
    if case.is_("visa", "h1b", "h4"):
        return _h1b_grace(case)
    if case.is_("visa", "j1", "j2"):
        return _j1_grace(case)
    return None


def _h1b_grace(case: _Case) -> Conclusion | None:
    if not case.knows("termination") or case.is_("termination", "completed"):
        return None
    about: About = "has grace days"
    rule = "h1b-60-day-grace-and-return-fare"
    days = case.limit(rule, "max_days")
    ended = case.facts.day("termination_date")
    if ended is None:
        return Conclusion(
            rule,
            f"As of October 2026 you may have up to {days} days after the last day of H-1B "
            "employment, without work, or until the I-94 ends if sooner; check the current rule.",
            (),
            (Missing("termination_date", "the days run from the last day of employment"),),
            about,
            "yes",
        )
    last = ended + timedelta(days=days)
    i94 = case.facts.day("i94_end")
    sooner = i94 is not None and i94 < last
    last = i94 if i94 is not None and sooner else last
    steps = (
        f"employment ended {_day(ended)}",
        f"{_day(ended)} + {days} days",
        f"last day {_day(last)}",
    )
    missing = () if i94 else (Missing("i94_end", "an earlier I-94 date ends the stay sooner"),)
    if last < case.on:
        return Conclusion(
            rule,
            f"The H-1B grace period of up to {days} days ended on {_day(last)}; speak with an "
            "immigration attorney today.",
            steps,
            missing,
            about,
            "no",
        )
    tail = "because the I-94 ends then" if sooner else "or until the I-94 ends if sooner"
    return Conclusion(
        rule,
        f"As of October 2026 you may stay until {_day(last)} at most, without work, {tail}; "
        "check the current rule, because DHS has proposed to remove these days.",
        steps,
        missing,
        about,
        "yes",
    )


def _j1_grace(case: _Case) -> Conclusion | None:
    about: About = "has grace days"
    if case.is_("termination", "dismissed", "resigned-in-lieu"):
        return Conclusion(
            "j1-termination-no-grace",
            "Do not count on any grace days: after a SEVIS termination a dismissed J-1 "
            "physician "
            "has none, and the H-1B 60 days do not apply; call Intealth and an attorney today.",
            ("J-1 ended early by the program",),
            about=about,
            verdict="no",
        )
    rule = "j1-30-day-grace"
    days = case.limit(rule, "grace_days")
    if case.is_("termination", "resigned", "non-renewed"):
        return Conclusion(
            rule,
            f"It depends: the {days} days to leave follow a completed J-1 program and may not "
            "apply "
            "when you leave early, so ask Intealth before your last day.",
            ("the program is not completed, or this is not known",),
            (Missing("program_end", "the days follow normal completion on the DS-2019"),),
            about,
        )
    ended = case.facts.day("program_end")
    if ended is None:
        if not case.is_("termination", "completed"):
            return None
        return Conclusion(
            rule,
            f"After normal completion you have {days} days to leave the United States, "
            "without "
            "training or work.",
            (),
            (Missing("program_end", "the days follow the end date on the DS-2019"),),
            about,
            "yes",
        )
    last = ended + timedelta(days=days)
    steps = (f"DS-2019 ends {_day(ended)}", f"{_day(ended)} + {days} days = {_day(last)}")
    if last < case.on:
        return Conclusion(
            rule,
            f"The {days} days after your J-1 program ended on {_day(last)}; speak with an "
            "immigration attorney today.",
            steps,
            (),
            about,
            "no",
        )
    return Conclusion(
        rule,
        f"After completing the program you have {days} days, until {_day(last)}, to leave the "
        "United States, without training or work.",
        steps,
        (),
        about,
        "yes",
    )


def _fare(case: _Case) -> Conclusion | None:
    if not case.is_("visa", "h1b") or not case.is_("termination", "dismissed", "resigned"):
        return None
    rule = "h1b-return-fare"
    if case.is_("termination", "resigned"):
        return Conclusion(
            rule,
            "The H-1B employer does not owe your fare home after you resign of your own will.",
            about="is owed the fare home",
            verdict="no",
        )
    return Conclusion(
        rule,
        "The H-1B employer that ends your job early owes the reasonable cost of your own trip "
        "home, even after a dismissal for cause.",
        about="is owed the fare home",
        verdict="yes",
    )


def _service(case: _Case) -> Conclusion | None:
    if not case.agency_waiver or not case.is_("waiver_stage", "approved", "serving", "completed"):
        return None
    about: About = "owes waiver service"
    rule = "conrad30-service-years" if case.is_("waiver", "conrad") else "iga-federal-waivers"
    years = case.service_years
    served = case.facts.number("waiver_years_served")
    if case.service_done:
        return Conclusion(
            rule,
            f"The {years} years of waiver service are complete.",
            about=about,
            verdict="no",
        )
    if served is None:
        return Conclusion(
            rule,
            f"You owe at least {years} years of full-time service with the waiver employer in "
            "H-1B status.",
            (),
            (Missing("waiver_years_served", "it tells how much service is left"),),
            about,
            "yes",
        )
    left = years - served
    return Conclusion(
        rule,
        f"You still owe {_years(left)} of waiver service: {years} - {served:g} = {left:g}.",
        (f"{years} - {served:g} = {left:g}",),
        (),
        about,
        "yes",
    )


def _leave_waiver(case: _Case) -> Conclusion | None:
    if not case.agency_waiver or not case.waiver_granted:
        return None
    about: About = "may leave the waiver employer"
    if case.service_done:
        return Conclusion(
            "waiver-employer-change",
            "After the waiver service is complete you may change employers like any "
            "other H-1B "
            "physician.",
            about=about,
            verdict="yes",
        )
    if not case.knows("waiver_years_served") and not case.knows("termination"):
        return None
    return Conclusion(
        "waiver-employer-change",
        f"Not before the {case.service_years} years are served: leaving the waiver employer "
        "early needs extenuating circumstances that USCIS accepts and another qualifying site.",
        about=about,
        verdict="no",
    )


def _marriage(case: _Case) -> Conclusion | None:
    if not case.knows("family_status") or not case.had_clinical_j1 or case.released:
        return None
    if case.agency_waiver and case.waiver_granted:
        return None
    return Conclusion(
        "hardship-persecution-and-marriage",
        "Family does not end the two-year requirement: exceptional hardship to a spouse or "
        "child who is a US citizen or permanent resident can only support a waiver.",
        about="marriage lifts the requirement",
        verdict="no",
    )


def _family(case: _Case) -> Conclusion | None:
    if not case.is_("visa", "j1") or not (
        case.is_("spouse_visa", "j2") or case.is_("child_visa", "j2")
    ):
        return None
    return Conclusion(
        "j2-subject-to-212e",
        "Your J-2 family is bound by the two-year requirement with you; a waiver for you "
        "covers them, and without one each must meet the two years personally.",
        about="family owes two years at home",
        verdict="yes",
    )


def _dependent_work(case: _Case) -> Conclusion | None:
    if case.is_("visa", "j2"):
        return Conclusion(
            "j2-ead-work",
            "On J-2 you may work for any employer, also as a resident, but only after "
            "USCIS has "
            "issued your employment authorization document.",
            about="may work as a dependent",
            verdict="yes",
        )
    return None


def _spouse_work(case: _Case) -> Conclusion | None:
    about: About = "spouse may work"
    if case.is_("spouse_visa", "j2"):
        return Conclusion(
            "j2-ead-work",
            "Your J-2 spouse may work for any employer once USCIS has issued the employment "
            "authorization document.",
            about=about,
            verdict="yes",
        )
    if not case.is_("spouse_visa", "h4"):
        return None
    rule = "h4-ead-and-no-auto-extension"
    if case.is_("i140", "approved"):
        return Conclusion(
            rule,
            "As of October 2026 your H-4 spouse may apply for a work permit, because "
            "your I-140 "
            "is approved, and may work once the card is issued.",
            about=about,
            verdict="yes",
        )
    if case.knows("i140"):
        return Conclusion(
            rule,
            "As of October 2026 your H-4 spouse may work only with a work permit, which "
            "needs an "
            "approved I-140 or an extension beyond six H-1B years.",
            about=about,
            verdict="no",
        )
    return Conclusion(
        rule,
        "It depends on your green-card case: as of October 2026 an H-4 spouse may work only with a "
        "work permit, which needs your approved I-140 or an extension beyond six years.",
        (),
        (Missing("i140", "the H-4 work permit rests on it"),),
        about,
    )


def _child(case: _Case) -> Conclusion | None:
    age = case.facts.number("child_age")
    if age is None or not (case.is_("child_visa", "j2") or case.is_("visa", "j1")):
        return None
    if age >= 21:
        return Conclusion(
            "j2-subject-to-212e",
            "J-2 status is for unmarried children under 21; your child needs a status of their "
            "own and stays bound by the two-year requirement.",
            (f"age {age:g}",),
            about="child stays a dependent",
            verdict="no",
        )
    return Conclusion(
        "j2-subject-to-212e",
        f"For {_years(21 - age)} at most: J-2 status is for unmarried children under "
        "21, and a "
        "child who turns 21 stays bound by the two-year requirement.",
        (f"21 - {age:g} = {21 - age:g}",),
        about="child stays a dependent",
        verdict="yes",
    )


def _accreditation(case: _Case) -> Conclusion | None:
    if not (case.is_("visa", "j1") or case.is_("target_visa", "j1")):
        return None
    if not case.is_("program_accredited", False):
        return None
    names = {stage.name for stage in (*case.facts.plan(), *case.facts.plan("further_training"))}
    about: About = "program can be sponsored on J-1"
    if "clinical informatics" in names or case.is_("specialty", "clinical informatics"):
        return Conclusion(
            "j1-nonaccredited-ci-not-sponsorable",
            "An unaccredited clinical informatics fellowship cannot be sponsored on J-1, "
            "because "
            "ACGME accreditation exists in that field.",
            about=about,
            verdict="no",
        )
    return Conclusion(
        "j1-acgme-or-recognised-nst",
        "It depends on the field: a program without ACGME accreditation can be sponsored on J-1 "
        "only where neither ACGME accreditation nor ABMS certification exists in it.",
        (),
        (Missing("specialty", "the field decides whether accreditation exists"),),
        about,
    )


def _statement_of_need(case: _Case) -> Conclusion | None:
    moving = len(case.facts.plan()) > 1 or case.knows("further_training")
    if not case.is_("visa", "j1") or not moving:
        return None
    return Conclusion(
        "j1-statement-of-need",
        "You normally need a new Statement of Need from your home government when you enter a "
        "new specialty or subspecialty on J-1.",
        about="needs a new Statement of Need",
        verdict="yes",
    )


def _j1_time(case: _Case) -> Conclusion | None:
    towards = case.is_("visa", "h1b") or case.is_("target_visa", "h1b") or case.agency_waiver
    if not towards or not case.had_clinical_j1:
        return None
    limit = case.limit("j1-time-not-h1b-time", "h1b_years_after_j1")
    return Conclusion(
        "j1-time-not-h1b-time",
        f"Your J-1 years do not count toward the H-1B limit: H-1B starts with a full {limit} "
        "years, and waiver service counts in them.",
        about="J-1 years count for H-1B",
        verdict="no",
    )


_RULES: tuple[Callable[[_Case], Conclusion | None], ...] = (
    _grace,
    _j1_clock,
    _h1b_clock,
    _to_h1b,
    _more_j1,
    _step3,
    _lottery,
    _service,
    _leave_waiver,
    _two_years,
    _marriage,
    _family,
    _dependent_work,
    _spouse_work,
    _child,
    _accreditation,
    _statement_of_need,
    _j1_time,
    _fare,
)
