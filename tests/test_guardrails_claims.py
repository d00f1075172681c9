import pytest

from guardrails.claims import Parser
from guardrails.lexicon import describe, load_lexicon, tokens
from guardrails.numbers import quantities


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser(load_lexicon())


def said(parser: Parser, text: str) -> list[set[str]]:
    names = parser.lexicon.names
    return [set(describe(names, claim.mask)) for claim in parser.parse(text).claims]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("three years", (36, "months", "exact")),
        ("24 months", (24, "months", "exact")),
        ("3 + 3 + 2 years", (96, "months", "exact")),
        ("half a dozen years", (72, "months", "exact")),
        ("a decade", (120, "months", "exact")),
        ("at least ninety days", (90, "days", "least")),
        ("no more than 80 hours", (80, "hours", "most")),
        ("up to sixty days", (60, "days", "most")),
        ("60 days or less", (60, "days", "most")),
        ("six (6) years", (72, "months", "exact")),
        ("twenty-four months", (24, "months", "exact")),
        ("ten percent", (10, "percent", "exact")),
        ("$100,000", (100000, "money", "exact")),
        ("an eighth year", (96, "ordinal", "exact")),
        ("between three and six years", (72, "months", "exact")),
    ],
)
def test_quantities_are_read(text, expected):
    found = quantities(tokens(text))
    assert [(q.high, q.dimension, q.bound) for q in found] == [expected]


@pytest.mark.parametrize("text", ["one of the residents", "in the last two years", "no one"])
def test_what_is_no_length_is_no_quantity(text):
    assert quantities(tokens(text)) == []


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("J-1 residents may not moonlight.", "permit-", "permit"),
        ("No J-1 physician may moonlight.", "permit-", "permit"),
        ("The presence need not be continuous.", "require-", "require"),
        ("No waiver is required.", "require-", "require"),
        ("H-1B has no home requirement.", "home_req-", "home_req"),
        ("Neither visa nor adjustment is allowed.", "permit-", "permit"),
        ("It does not count toward the limit.", "count-", "count"),
        ("It cannot be required.", "require-", "permit"),
        ("J-1 doctors are not exempt.", "apply", "apply-"),
        ("dual intent: no", "dual_intent-", "dual_intent"),
    ],
)
def test_negation_finds_its_target(parser, text, present, absent):
    everything = set().union(*said(parser, text))
    assert present in everything
    assert absent not in everything


def test_clauses_keep_their_own_subject(parser):
    first, second = said(parser, "J-1 carries the home requirement, while H-1B does not.")
    assert "j1" in first
    assert "h1b" in second
    assert "h1b" not in first


def test_what_is_called_a_myth_is_denied(parser):
    for text in (
        "It is a myth that J-1 residents may moonlight.",
        "“J-1 residents may moonlight” is wrong.",
        "It is wrong to say that J-1 residents may moonlight.",
    ):
        assert any(claim.denied for claim in parser.parse(text).claims), text


def test_conditions_and_exceptions_are_set_apart(parser):
    roles = [c.role for c in parser.parse("If you leave, it returns unless USCIS agrees.").claims]
    assert roles == ["if", "main", "unless"]


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("May I moonlight on a J-1?", "question"),
        ("Suppose you moonlight on a J-1.", "hypothetical"),
        ("Ask the GME office whether it is cap-exempt.", "ask"),
        ("J-1 residents may moonlight, right?", "assert"),
        ("The J-1 lasts seven years.", "assert"),
    ],
)
def test_the_act_of_a_sentence_is_recognised(parser, text, act):
    assert parser.parse(text).act == act


def test_the_direction_of_a_change_is_kept(parser):
    assert any("j1_to_h1b" in clause for clause in said(parser, "from J-1 to H-1B"))
    assert any("h1b_to_j1" in clause for clause in said(parser, "from H-1B to J-1"))
    assert any("j1_to_h1b" in clause for clause in said(parser, "H-1B after J-1 residency"))


def test_a_sentence_beyond_measure_is_not_understood(parser):
    assert parser.parse("J-1 " + "physicians " * 300 + "may not moonlight.").too_long
    assert not parser.parse("J-1 physicians may not moonlight.").too_long
