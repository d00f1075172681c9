import json
from pathlib import Path

import pytest

from guardrails.frames import FrameError, compile_frames
from guardrails.lexicon import Lexicon, LexiconError, load_lexicon, stem, tokens
from guardrails.rulebook import Frame, Rulebook, load_rulebook

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("waived", "waives"),
        ("moonlighting", "moonlights"),
        ("applies", "applied"),
        ("held", "holding"),
        ("years", "year"),
        ("planned", "planning"),
        ("has", "have"),
        ("residencies", "residency"),
    ],
)
def test_inflected_forms_share_a_stem(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("note", "not"),
        ("none", "non"),
        ("care", "car"),
        ("resident", "residence"),
        ("waiver", "waive"),
        ("last", "lasts_"),
    ],
)
def test_words_of_different_meaning_do_not(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("H-1B, h1b and H 1B", ["h1b", ",", "h1b", "and", "h1b"]),
        ("J-1s can't", ["j1", "can", "not"]),
        ("212(e) or INA 212(e)", ["212e", "or", "212e"]),
        ("8 CFR 214.2(h)(13)", ["§"]),
        ("Form DS-2019", ["ds2019"]),
        ("$100,000 and 9,000", ["$100000", "and", "9000"]),
        ("24mo", ["24", "month"]),
        ("w/o EAD", ["without", "ead"]),
    ],
)
def test_statuses_forms_and_citations_are_one_token(text, words):
    assert [token.text for token in tokens(text)] == words


@pytest.mark.parametrize(
    ("typo", "word"),
    [("moonligt", "moonlight"), ("felowship", "fellowship"), ("requirment", "requirement")],
)
def test_typos_of_known_words_are_repaired(lexicon, typo, word):
    assert lexicon.repaired(stem(typo)) == stem(word)


@pytest.mark.parametrize("word", ["zzzzzzz", "7", "six", "h1c"])
def test_numbers_and_strange_words_are_not(lexicon, word):
    assert lexicon.repaired(word) is None


def test_a_bad_lexicon_says_which_file_and_what_is_allowed(tmp_path):
    (tmp_path / "lexicon.yaml").write_text("colours: {red: red}\n")
    with pytest.raises(LexiconError, match=r"(?s)lexicon\.yaml.*sections allowed: status"):
        load_lexicon(tmp_path)


def test_a_frame_with_an_unknown_concept_names_its_rule(lexicon):
    rule = next(iter(load_rulebook()))
    bad = rule.model_copy(update={"claims": [Frame(says="wrong", when="no_such_concept")]})
    with pytest.raises(FrameError, match=rf"{rule.id}: claims\[0\].*no_such_concept"):
        compile_frames(Rulebook({bad.id: bad}), lexicon)


def test_no_six_words_of_a_development_sentence_stand_in_the_lexicon():
    lexicon_words = " ".join(
        (ROOT / "guardrails" / name).read_text(encoding="utf-8").lower()
        for name in ("lexicon.yaml", "lexicon_inert.yaml")
    ).split()
    runs = {tuple(lexicon_words[i : i + 6]) for i in range(len(lexicon_words) - 5)}
    for line in (ROOT / "tests/data/guardrail_dev.jsonl").read_text(encoding="utf-8").splitlines():
        words = json.loads(line)["text"].lower().split()
        assert not runs & {tuple(words[i : i + 6]) for i in range(len(words) - 5)}
