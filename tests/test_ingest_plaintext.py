"""Plain text with the quirks of real pages becomes headings, lists and paragraphs."""

from pathlib import Path

import pytest

from ingest.frontmatter import GuideError
from ingest.markdown import outline
from ingest.passages import sentences, split
from ingest.plaintext import from_text
from ingest.read import read_guide

DATA = Path(__file__).parent / "data" / "ingest"


@pytest.fixture(scope="module")
def spaced():
    return read_guide(DATA / "spaced-guide.txt", "imported")


@pytest.fixture(scope="module")
def flat():
    return read_guide(DATA / "flat-guide.txt", "imported")


def headings(guide):
    return [(head.level, head.title) for head in outline(guide.text)]


def test_headings_of_a_spaced_page_are_found_with_their_levels(spaced):
    assert spaced.title == "Keeping Bees in the City: A Short Handbook"
    assert headings(spaced) == [
        (2, "Getting Ready: What You Need Before the First Swarm"),
        (3, "What is a Hive in the Simplest Terms?"),
        (2, "Hives Allowed on Roofs in the U.S."),
        (3, "Key Points of the Town Rules"),
        (3, "Typical Keepers: Who Does What?"),
        (4, 'Keeper A: "The Patient Gardener"'),
        (4, 'Keeper B: "The Honey Maker"'),
        (2, "Frequently Asked Questions (FAQ)"),
        (
            3,
            "How often should I open the hive in spring, or is it wiser to leave it alone?",
        ),
        (3, "Will my neighbors be stung?"),
        (2, "In closing"),
    ]


def test_headings_of_a_flat_page_are_found_with_their_levels(flat):
    assert flat.title == "Spotting an Unsafe Boat Yard: A Handbook for Visiting Sailors"
    assert headings(flat) == [
        (2, 'Understanding "Careless" Yards'),
        (2, "Why Visiting Sailors Are at Higher Risk"),
        (2, 'Core Signs: What "Careless" Looks Like on the Dock'),
        (3, "No Written Order"),
        (3, "Poor Care of Keys"),
        (2, "Questions by Theme"),
        (2, "FAQs: Yards and Visiting Sailors"),
        (3, "Are small yards safer than large ones?"),
        (3, "Should I trust reviews that nobody signed?"),
        (2, "In closing"),
    ]


@pytest.mark.parametrize(
    "junk",
    [
        "Logo",
        "rooftop hives honey",
        "rooftop hive at noon",
        "lavender",
        "overview",
        "HiveMatch",
        "free to try",
        "Related",
        "guessing which",
    ],
)
def test_navigation_captions_and_promotion_are_dropped(spaced, junk):
    assert junk not in spaced.text


@pytest.mark.parametrize("junk", ["YardFinder", "Leave the search", "algorithm", "credit card"])
def test_promotion_without_blank_lines_is_dropped(flat, junk):
    assert junk not in flat.text
    assert flat.text.rstrip().endswith("more than what you are told.")


def test_typographic_characters_become_plain(flat):
    assert "non-refundable" in flat.text
    assert "Tide- and crane-times" in flat.text
    assert '"We\'ll see what she needs."' in flat.text


def test_a_question_keeps_its_answer_and_nothing_else(spaced, flat):
    found = {p.id: p for p in split(spaced)}
    answer = found[
        "spaced-guide#how-often-should-i-open-the-hive-in-spring-or-is-it-wiser-to-leave-it-alone"
    ]
    assert answer.text.startswith("Open it every ten days.")
    assert answer.text.endswith("After June once a month is enough.")
    last = {p.id: p for p in split(flat)}["flat-guide#should-i-trust-reviews-that-nobody-signed"]
    assert last.text.endswith("talk to two owners.")


def test_nested_lists_keep_their_lead_in(spaced):
    rules = next(p for p in split(spaced) if p.heading == "Key Points of the Town Rules")
    found = {s.text: s.lead_in for s in sentences(rules)}
    assert found["Sell live bees"] == "During this season, you cannot:"


def test_flattened_lists_get_their_levels_back(flat):
    signs = next(p for p in split(flat) if p.heading == "No Written Order")
    found = {s.text: s.lead_in for s in sentences(signs)}
    assert found['"We\'ll see what she needs."'] == "The work list is vague, such as:"
    assert found["Hours per job"] == "There is no sheet that shows:"
    assert found["Two foremen tell you different prices."] == "Signs:"


def test_a_label_stays_with_the_list_below_it(flat):
    theme = next(p for p in split(flat) if p.heading == "Questions by Theme")
    found = {s.text: s.lead_in for s in sentences(theme) if s.kind == "item"}
    assert found['"Who ties the boats down?"'] == "Storms and insurance"


def test_numbered_lists_stay_lists(spaced):
    passage = next(p for p in split(spaced) if p.heading.startswith("What is a Hive"))
    assert "1. Buying a Nucleus: Small Colony → Full Hive\n    - Order in January" in passage.text


def test_lines_broken_at_a_fixed_width_are_joined():
    broken = "\n".join(
        [
            "On Sails",
            "",
            "A sail that was folded wet will rot before the spring, and the",
            "smell of it stays in the locker for years whatever you may",
            "pour over it. Dry it first, on a day with little wind, and fold",
            "it loosely.",
        ]
    )
    document = from_text(broken)
    assert document.title == "On Sails"
    assert "before the spring, and the smell of it stays" in document.markdown


def test_words_of_promotion_inside_the_text_cut_nothing():
    body = "\n".join(f"Paragraph {n} says one more thing about rope and wood." for n in range(40))
    text = f"A Guide to Rope\n\nSign up for free to the harbor list early.\n{body}\n"
    assert "Paragraph 39" in from_text(text).markdown


def test_a_binary_file_is_refused_in_one_line(tmp_path):
    file = tmp_path / "photo.txt"
    file.write_bytes(b"\x00\x01\x02" * 50)
    with pytest.raises(GuideError, match=r"photo\.txt: is not a text file"):
        read_guide(file, "imported")


def test_an_empty_file_is_refused_in_one_line(tmp_path):
    file = tmp_path / "empty.txt"
    file.write_text(" \n\n")
    with pytest.raises(GuideError, match="has no text"):
        read_guide(file, "imported")
