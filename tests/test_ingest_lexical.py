"""Search by words: the scores are bm25s's own, and names with several spellings are one."""

import bm25s
import numpy as np
import pytest

from ingest.lexical import LexicalIndex
from ingest.terms import normalise_query, terms

DOCUMENTS = [
    "The J-1 visa lasts seven years",
    "An H-1B visa lasts six years and six more",
    "Moonlighting on a J-1 is not allowed",
    "",
]


def test_scores_equal_those_of_bm25s(tmp_path):
    tokens = [terms(document) for document in DOCUMENTS]
    LexicalIndex.build(tokens, tmp_path)
    index = LexicalIndex(tmp_path, len(DOCUMENTS))
    scorer = bm25s.BM25.load(str(tmp_path), show_progress=False)
    for query in ("j1 visa years", "six", "side job on J 1", "h1b h1b"):
        known = [term for term in dict.fromkeys(terms(query)) if term in scorer.vocab_dict]
        expected = scorer.get_scores(known)
        assert np.allclose(index.scores(query), expected)
        assert expected.max() > 0


def test_unknown_words_score_nothing_and_an_empty_index_opens(tmp_path):
    LexicalIndex.build([], tmp_path)
    index = LexicalIndex(tmp_path, 0)
    assert index.scores("visa").shape == (0,)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("can i change from j1 to h1b", "can i change from J-1 to H-1B"),
        ("J 1, j-one, H 1 B and h-1bs", "J-1, J-1, H-1B and H-1B"),
        ("my PD and the DIO", "my program director and the designated institutional official"),
        ("ds2019, i94 and i-140", "DS-2019, I-94 and I-140"),
        ("is a SoN for my son", "is a Statement of Need for my son"),
        ("212e or section 212(e)", " or ".join(["212(e) two-year home requirement"] * 2)),
        ("a PGY3 in CI w/o a GC", "a PGY-3 in clinical informatics without a green card"),
        ("J‑1 with “quotes”", 'J-1 with "quotes"'),
        ("3 years + 2 years = 5, since 2019", "3 years + 2 years = 5, since 2019"),
    ],
)
def test_names_are_spelt_as_the_guides_spell_them(said, meant):
    assert normalise_query(said) == meant


@pytest.mark.parametrize(
    ("one", "other", "group"),
    [
        ("may I moonlight", "outside work for another hospital", "=outside-work"),
        ("they fired me", "after a termination", "=dismissed"),
        ("must I go home for two years", "the 2-year home requirement", "=home-requirement"),
        ("my husband", "a spouse", "=spouse"),
        ("nobody bullies us", "harassment at work", "=mistreat"),
        ("my attorney", "a lawyer", "=lawyer"),
    ],
)
def test_things_with_several_names_share_a_token(one, other, group):
    assert group in terms(one)
    assert group in terms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("requires", "required"), ("policies", "policy"), ("stopped", "stopping"), ("two", "2")],
)
def test_forms_of_a_word_are_one_term(one, other):
    assert terms(one) == terms(other)


def test_hostile_text_takes_no_longer_than_its_length():
    assert terms("j" * 200_000) == ["j" * 200_000]
    assert len(terms("two " * 50_000)) == 50_000
