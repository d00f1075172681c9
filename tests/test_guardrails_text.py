import time

import pytest

from guardrails.text import normalise, same, sentences, without_citations


def cut(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in sentences(text)]


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("J‑1 and H–1B", "J-1 and H-1B"),
        ("H\u200b-1B", "H-1B"),
        ("Н-1В lаsts", "H-1B lasts"),
        ("**H-1B** `six` years", "H-1B six years"),
        ("“seven” years’ time", '"seven" years\' time'),
        ("three ½ and 3½", "three 0.5 and 3.5"),
        ("J‑1 — seven years", "J-1  -  seven years"),
        ("fullwidth Ｈ１Ｂ", "fullwidth H1B"),
    ],
)
def test_typography_and_lookalikes_are_undone(raw, plain):
    assert normalise(raw).text == plain


def test_offsets_lead_back_to_the_original():
    raw = "The **J‑1** lasts\u200b 7 years"
    normal = normalise(raw)
    place = normal.text.index("lasts")
    assert raw[normal.origin(place) :].startswith("lasts")


def test_ascii_text_is_left_alone():
    assert normalise("H-1B lasts six years.").offsets is None


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The U.S. rule is 22 C.F.R. 62.27. See Dr. Smith.", 2),
        ("He lives in the U.S. The rule applies.", 2),
        ("no. i think it takes six months", 1),
        ("It works. i think so", 2),
        ("Ends here [1]. Then more [2, 3].", 2),
        ("See Sec. 214(l) and INA 212(e). Done.", 2),
        ("Really? Yes! Fine.", 3),
        ("J. Smith wrote it.", 1),
        ("...", 0),
    ],
)
def test_abbreviations_and_sections_do_not_end_a_sentence(text, pieces):
    assert len(cut(text)) == pieces


def test_list_markers_and_row_bars_stay_outside_the_sentence():
    text = "Intro:\n1. Conrad 30: each state. More.\n- Hardship\n| J-1 | 7 years |\n|---|---|"
    assert cut(text) == [
        "Intro:",
        "Conrad 30: each state.",
        "More.",
        "Hardship",
        "J-1 | 7 years",
    ]


def test_a_soft_wrapped_line_is_one_sentence():
    assert cut("The J-1 lasts\nseven years.") == ["The J-1 lasts\nseven years."]


def test_what_lies_between_sentences_can_be_put_back():
    text = "One.  Two!\n\n* three\n"
    pieces = list(sentences(text))
    rebuilt, position = "", 0
    for piece in pieces:
        rebuilt += text[position : piece.start] + text[piece.start : piece.end]
        position = piece.end
    assert rebuilt + text[position:] == text


def test_citation_marks_are_blanked_with_the_offsets_kept():
    assert without_citations("Seven years [1].") == "Seven years    ."


def test_sameness_ignores_case_space_and_citations():
    assert same("The  J‑1 lasts [2].") == same("the J-1 lasts")
    assert same("The J-1 lasts 7 years") != same("The J-1 lasts 8 years")


@pytest.mark.parametrize("part", [". ", "[1]", "a.((", "H‑1B ", "x" * 5000, "\n- ", '"', "|"])
def test_a_megabyte_is_cut_in_linear_time(part):
    text = part * (1_000_000 // len(part))
    start = time.process_time()
    list(sentences(text))
    normalise(text)
    assert time.process_time() - start < 4
