"""Program stories are read with their signs and the right level; no urgent one is missed."""

from pathlib import Path

import pytest
import yaml

from bot.stories import read_story
from corpus.signs import Sign, load_signs

_DATA = Path(__file__).parent / "data"
_SIGNS = tuple(load_signs().values())


def _told(name: str) -> list[tuple[str, str]]:
    held = yaml.safe_load((_DATA / name).read_text(encoding="utf-8"))
    return [(level, text) for level, texts in held.items() for text in texts]


def _level(text: str, signs: tuple[Sign, ...] = _SIGNS) -> str:
    story = read_story(text, signs)
    return story.level if story else "none"


@pytest.mark.parametrize(("level", "text"), _told("stories.yaml"))
def test_each_story_has_its_level(level: str, text: str) -> None:
    assert _level(text) == level


def test_nine_of_ten_later_stories_have_their_level() -> None:
    later = _told("stories_unseen.yaml")
    wrong = [text for level, text in later if _level(text) != level]
    assert len(wrong) <= 0.1 * len(later), wrong


def test_no_urgent_story_is_missed() -> None:
    stories = _told("stories.yaml") + _told("stories_unseen.yaml")
    assert [t for level, t in stories if level == "urgent" and _level(t) != "urgent"] == []


def test_a_sign_is_quoted_in_the_askers_words() -> None:
    text = "I like the city. Three fellows left in four years, everyone says personal reasons."
    story = read_story(text, _SIGNS)
    assert story is not None
    assert {one.sign.id for one in story.signs} >= {"fellows-left-early", "personal-reasons"}
    assert all(one.quote in text for one in story.signs)


def test_the_gravest_sign_comes_first() -> None:
    story = read_story("The PD is never there. We work 95 hours a week.", _SIGNS)
    assert story is not None
    assert story.level == "reportable"
    assert story.signs[0].sign.level == "reportable"


def test_a_general_question_tells_no_story() -> None:
    assert read_story("Which red flags should one look for in a residency?", _SIGNS) is None


def test_danger_is_urgent_without_any_sign() -> None:
    story = read_story("I want to die, this program broke me.", ())
    assert story is not None
    assert story.level == "urgent"
    assert story.signs == ()


def test_good_news_is_not_read_from_its_denial() -> None:
    assert _level("They did not give me any contacts of fellows.") != "good"
