"""Facts lead to the right conclusions, none contradicts another, and every branch is reached."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrails.rulebook import load_rulebook
from guardrails.situation import Conclusion, Fact, Situation, conclude, read_plan, write_plan

_ON = date(2026, 11, 22)
_FILE = Path(__file__).parent / "data" / "situations.yaml"
_CASES: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def _situation(facts: dict[str, Any]) -> Situation:
    return Situation.of(Fact(name, value, str(value)) for name, value in facts.items())  # type: ignore[arg-type]


def _every(**choices: tuple[object, ...]) -> Iterator[Situation]:
    names = list(choices)
    for values in product(*choices.values()):
        pairs = zip(names, values, strict=True)
        yield _situation({name: value for name, value in pairs if value is not None})


_STATUS = {
    "visa": (None, "j1", "j1-research", "h1b", "j2", "h4", "citizen"),
    "ever_j1": (None, True, False),
    "waiver": (None, "none", "conrad", "va", "hardship", "no-objection", "unknown"),
    "waiver_stage": (None, "recommended", "approved", "serving", "completed"),
    "home_years_served": (None, 1, 2),
    "waiver_years_served": (None, 1, 3),
}


def _all_situations() -> Iterator[Situation]:
    yield from _every(**_STATUS)
    yield from _every(
        visa=("j1", "h1b", None),
        target_visa=(None, "h1b", "j1"),
        waiver=(None, "conrad", "hardship"),
        waiver_stage=(None, "approved"),
        employer=(None, "university", "nonprofit", "private"),
        cap=(None, "exempt", "subject"),
        step3=(None, "passed", "scheduled", "failed"),
        medical_school=(None, "us", "foreign"),
    )
    yield from _every(
        visa=(None, "j1", "h1b", "j2", "h4"),
        termination=(None, "dismissed", "resigned", "resigned-in-lieu", "non-renewed", "completed"),
        termination_date=(None, "2026-11-01", "2026-08-01"),
        i94_end=(None, "2026-11-30"),
        program_end=(None, "2026-11-10", "2026-06-30"),
    )
    yield from _every(
        visa=(None, "j1", "h1b"),
        stage=(None, "resident", "applicant"),
        plan=(
            None,
            "internal medicine 3",
            "general surgery 5 + clinical informatics 2",
            "internal medicine 3 + cardiology 3 + x 2",
        ),
        further_training=(None, "clinical informatics 2"),
        j1_years_used=(None, 3, 7),
        h1b_years_used=(None, 2, 6),
        days_abroad=(None, 800),
        i140=(None, "none", "approved"),
        program_accredited=(None, False),
    )
    yield from _every(
        visa=(None, "j1", "h1b", "j2"),
        spouse_visa=(None, "j2", "h4"),
        child_visa=(None, "j2"),
        child_age=(None, 5, 21),
        family_status=(None, "citizen-spouse"),
        i140=(None, "pending", "approved"),
        waiver=(None, "conrad", "hardship"),
        waiver_stage=(None, "approved"),
    )


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_the_case_leads_to_its_conclusions(case: dict[str, Any]) -> None:
    conclusions = conclude(_situation(case["facts"]), _ON)
    for expected in case["expect"]:
        found = _find(conclusions, expected)
        said = " ".join((found.text, *found.steps))
        assert all(part in said for part in expected.get("says", ())), said
        named = {missing.fact for missing in found.missing}
        assert set(expected.get("missing", ())) <= named


def _find(conclusions: tuple[Conclusion, ...], expected: dict[str, Any]) -> Conclusion:
    for conclusion in conclusions:
        fits = conclusion.rule == expected["rule"]
        fits = fits and expected.get("about", conclusion.about) == conclusion.about
        if fits and expected.get("verdict", conclusion.verdict) == conclusion.verdict:
            return conclusion
    raise AssertionError(f"{expected} is not among {[(c.rule, c.verdict) for c in conclusions]}")


def test_no_two_conclusions_of_any_situation_conflict() -> None:
    for situation in _all_situations():
        conclusions = conclude(situation, _ON)
        abouts = [conclusion.about for conclusion in conclusions]
        assert len(abouts) == len(set(abouts)), situation
        verdicts = {conclusion.about: conclusion.verdict for conclusion in conclusions}
        for one, other in _EXCLUDING:
            assert not (verdicts.get(one[0]) == one[1] and verdicts.get(other[0]) == other[1]), (
                situation
            )


# Verdicts that must never stand side by side.
_EXCLUDING = (
    (("owes two years at home", "yes"), ("may move from J-1 to H-1B", "yes")),
    (("owes two years at home", "no"), ("marriage lifts the requirement", "no")),
    (("owes waiver service", "yes"), ("may leave the waiver employer", "yes")),
    (("owes waiver service", "no"), ("may leave the waiver employer", "no")),
    (("may move from J-1 to H-1B", "no"), ("owes two years at home", "no")),
    (("may extend J-1", "no"), ("has grace days", "unknown")),
)


def test_every_branch_of_every_rule_is_reached() -> None:
    source = Path(conclude.__code__.co_filename).read_text(encoding="utf-8")
    text = r'Conclusion\(\s*(?:rule|"[\w-]+"),\s*f?"([A-Z][^"{]{12,40})'
    written = set(re.findall(text, source))
    assert len(written) > 20
    said = {
        conclusion.text
        for situation in _all_situations()
        for conclusion in conclude(situation, _ON)
    }
    unreached = {start for start in written if not any(text.startswith(start) for text in said)}
    assert not unreached


def test_every_conclusion_names_a_rule_and_stands_alone() -> None:
    rules = load_rulebook()
    said = {c for situation in _all_situations() for c in conclude(situation, _ON)}
    for conclusion in said:
        assert conclusion.rule in rules
        assert conclusion.text.endswith(".")
        assert len(conclusion.text.split()) <= 48, conclusion.text
        assert not re.match(r"(It|This|They) (is|are|was|does)\b", conclusion.text)


def test_the_date_decides_and_today_does_not() -> None:
    facts = _situation(
        {"visa": "h1b", "termination": "dismissed", "termination_date": "2026-11-01"}
    )
    early, late = conclude(facts, date(2026, 11, 2)), conclude(facts, date(2027, 3, 1))
    assert _find(early, {"rule": "h1b-60-day-grace-and-return-fare"}).verdict == "yes"
    assert _find(late, {"rule": "h1b-60-day-grace-and-return-fare"}).verdict == "no"


def test_nothing_follows_for_another_persons_facts() -> None:
    assert conclude(_situation({"visa": "j1", "person": "friend"}), _ON) == ()


def test_an_unknown_situation_concludes_nothing() -> None:
    assert conclude(Situation(), _ON) == ()


def test_a_later_fact_takes_the_place_of_an_earlier_one() -> None:
    situation = Situation.of([Fact("visa", "j1", "J-1"), Fact("visa", "h1b", "I meant H-1B")])
    assert situation.value("visa") == "h1b"
    assert len(situation.facts) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("visa", "h2b"), ("pgy", 0), ("ever_j1", "yes"), ("plan", "pathology"), ("i94_end", "soon")],
)
def test_a_value_that_does_not_fit_is_refused_with_what_does(name: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        Fact(name, value, "x")


def test_a_plan_is_written_and_read_back() -> None:
    text = "internal medicine 3 + clinical informatics 2"
    assert write_plan(read_plan(text)) == text
