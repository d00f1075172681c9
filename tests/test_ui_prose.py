"""Guide Markdown becomes safe HTML with the exact words marked."""

from __future__ import annotations

import re

import pytest

from ui.prose import Prose, external_link, guide_address


def shown(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def marked(html: str) -> str:
    return "".join(re.findall(r"<mark>(.*?)</mark>", html))


def test_everything_of_a_guide_is_escaped():
    html = Prose('A <script>x</script> & "b" <img onerror=1>').html()
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_marked_words_are_exactly_the_span():
    text = "First sentence. Second sentence here. Third."
    start = text.index("Second")
    end = start + len("Second sentence here.")
    assert marked(Prose(text, ((start, end),)).html()) == "Second sentence here."


def test_a_mark_over_several_blocks_stays_inside_each_tag():
    text = "Lead in:\n\n- one **bold** item\n- two & three\n\nAfter."
    start, end = text.index("in:"), text.index("three") + 5
    html = Prose(text, ((start, end),)).html()
    assert shown(marked(html)) == "in:one bold itemtwo &amp; three"
    for block in re.findall(r"<(?:p|li|strong)[^>]*>(.*?)</(?:p|li|strong)>", html):
        assert block.count("<mark>") == block.count("</mark>")


def test_offsets_count_code_points_also_behind_an_emoji():
    text = "😀 é start. Marked here."
    at = text.index("Marked")
    assert marked(Prose(text, ((at, len(text)),)).html()) == "Marked here."


def test_a_table_has_its_header_cells_and_no_rule_line():
    html = Prose("| A | B |\n| --- | --- |\n| 1 | 2 |\n").html()
    assert html.count('<th scope="col">') == 2
    assert html.count("<td>") == 2
    assert "---" not in html


def test_steps_are_numbered_and_points_are_not():
    assert "<ol>" in Prose("1. one\n2. two").html()
    assert "<ul>" in Prose("- one\n- two").html()


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "vbscript:x", "http://[bad"],
)
def test_only_http_addresses_become_links(target: str):
    assert "href" not in Prose(f"[x]({target})").html()
    assert "href" not in external_link(target, "x")


def test_a_link_to_another_guide_stays_in_the_house():
    html = Prose("[limit](j1-seven-year-limit.md#is-it-safe)").html()
    assert 'href="/guides?id=j1-seven-year-limit#is-it-safe"' in html


def test_an_address_cannot_leave_its_attribute():
    html = external_link('https://a.b/"onmouseover="x', "t")
    assert 'onmouseover="x' not in html


def test_the_rulebook_is_read_on_its_own_page():
    assert guide_address("rules", "h1b-six-year-cap") == "/rules?id=h1b-six-year-cap"


def test_a_visa_name_is_not_broken_at_its_hyphen():
    assert '<span class="nb">H-1B</span>' in Prose("On H-1B now.").html()
