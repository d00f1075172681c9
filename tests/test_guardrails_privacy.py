"""Identifiers are masked; form numbers, citations, scores and dates never are."""

import time
from pathlib import Path

import pytest
import yaml

from guardrails.privacy import mask

_CASES = yaml.safe_load(
    (Path(__file__).parent / "data" / "privacy_cases.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", _CASES["mask"], ids=lambda case: case["text"])
def test_an_identifier_is_taken_out_and_its_kind_told(case: dict[str, str]) -> None:
    masked = mask(case["text"])
    assert case["kind"] in masked.found
    assert str(case["secret"]) not in masked.text


@pytest.mark.parametrize("text", _CASES["keep"])
def test_forms_citations_scores_and_dates_stay(text: str) -> None:
    assert mask(text).found == ()
    assert mask(text).text == text


@pytest.mark.parametrize("case", _CASES["mask"], ids=lambda case: case["text"])
def test_masking_twice_changes_nothing_more(case: dict[str, str]) -> None:
    once = mask(case["text"])
    assert mask(once.text).text == once.text
    assert mask(once.text).found == ()


def test_the_rest_of_the_sentence_stays() -> None:
    masked = mask("My SEVIS is N0098765432 and my mail a@b.org; may I moonlight on J-1?")
    assert masked.text.endswith("; may I moonlight on J-1?")
    assert masked.found == ("sevis-id", "email")


def test_a_number_that_fails_the_card_check_stays() -> None:
    assert mask("order 4111 1111 1111 1112").found == ()


@pytest.mark.parametrize(
    "hostile",
    [
        "1" * 1_000_000,
        "1-" * 500_000,
        "passport " * 110_000,
        "a@" * 500_000,
        "N 0" * 300_000,
        "1 Aa " * 200_000,
    ],
)
def test_a_megabyte_of_hostile_text_is_masked_in_seconds(hostile: str) -> None:
    start = time.perf_counter()
    mask(hostile)
    assert time.perf_counter() - start < 4
