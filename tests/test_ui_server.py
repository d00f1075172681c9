"""The served app: pages, headers, and nothing of the framework left open."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from bot.settings import Settings
from ui.server import LiveWaymark, build_app
from ui.shell import dressed

SCRIPTED = runpy.run_path(str(Path(__file__).parent / "browser" / "scripted.py"))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    from starlette.testclient import TestClient

    app = build_app(SCRIPTED["ScriptedWaymark"](), Settings(home=tmp_path_factory.mktemp("home")))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def test_health_tells_what_answers_are_made_from(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_the_chat_page_carries_our_head_and_no_gradio_brand(client):
    page = client.get("/").text
    assert "<title>Waymark</title>" in page
    assert "og:title" not in page
    assert 'id="starting"' in page
    assert "manifest.json" not in page


@pytest.mark.parametrize("path", ["/", "/guides", "/rules", "/healthz", "/own/look.js"])
def test_every_page_has_its_security_headers(client, path: str):
    headers = client.get(path).headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_own_pages_allow_no_inline_script(client):
    assert "unsafe" not in client.get("/guides").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/monitoring", "/monitoring/summary"])
def test_what_a_framework_would_show_is_closed(client, path: str):
    assert client.get(path).status_code in (403, 404)


def test_nothing_can_be_called_beside_the_page(client):
    config = client.get("/config").json()
    assert all(d.get("api_visibility") != "public" for d in config["dependencies"])
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}
    answer = client.post("/gradio_api/run/send", json={"data": ["q", None, None]})
    assert answer.status_code >= 400


def test_an_index_under_the_app_is_replaced_without_a_restart():
    class Library:
        def __init__(self) -> None:
            self.newer = self

        def refresh(self) -> Library:
            return self.newer

    from dataclasses import dataclass

    @dataclass
    class Parts:
        library: Library

    @dataclass
    class Bot:
        parts: Parts

    old, new = Library(), Library()
    live = LiveWaymark(Bot(Parts(old)))
    assert live.now().parts.library is old
    old.newer = new
    assert live.now().parts.library is new


def test_a_page_without_a_head_is_left_alone():
    assert dressed(b"not html") == b"not html"


def test_the_guides_page_lists_every_topic_and_finds_words(client):
    page = client.get("/guides").text
    assert "id=j1-seven-year-limit" in page
    assert "Added here, not reviewed" in page
    found = client.get("/guides", params={"q": "seven is a ceiling and not a promise"}).text
    assert "/guides?id=j1-seven-year-limit#" in found
    nothing = client.get("/guides", params={"q": "zzqx"}).text
    assert "Nothing in the guides has these words" in nothing


def test_a_guide_has_an_anchor_for_each_section_and_marks_the_words(client):
    citation = SCRIPTED["seven_years"]().citations[0]
    words = f"{citation.start}-{citation.end}"
    page = client.get("/guides", params={"id": citation.guide_id, "words": words}).text
    slug = citation.passage_id.partition("#")[2]
    assert f'id="{slug}"' in page
    assert "<mark>" in page
    assert "Official sources" in page


@pytest.mark.parametrize("words", ["x", "9-1", "-5", "1-99999999999", "٣-٥", "1-2-3"])
def test_a_span_that_makes_no_sense_is_ignored(client, words: str):
    page = client.get("/guides", params={"id": "j1-seven-year-limit", "words": words})
    assert page.status_code == 200
    assert "<mark>" not in page.text


def test_hostile_text_of_an_imported_guide_is_inert(client):
    for params in ({"id": "imported-notes"}, {"q": "swap"}, {"q": "<script>x</script>"}):
        page = client.get("/guides", params=params).text
        assert "<script>" not in page
        assert "<img src=x" not in page
        assert "javascript:" not in page.replace("javascript:window", "", 0).split("<main", 1)[0]
        assert 'href="javascript' not in page


@pytest.mark.parametrize("path", ["/guides?id=nothing-here", "/rules?id=nothing-here"])
def test_an_unknown_name_says_where_to_look(client, path: str):
    page = client.get(path)
    assert page.status_code == 404
    assert "Not here" in page.text


def test_a_rule_shows_authority_dates_exceptions_and_cases(client):
    page = client.get("/rules", params={"id": "j1-no-moonlighting"}).text
    for words in ("Authority", "Exceptions", "Next review by", "Recognised as wrong", "22 CFR"):
        assert words in page


def test_rules_are_found_by_their_words(client):
    page = client.get("/rules", params={"q": "moonlight"}).text
    assert "j1-no-moonlighting" in page
    assert "crisis-resources" not in page


def test_a_tried_sentence_gets_its_verdict_with_every_step(client):
    page = client.post("/rules", data={"sentence": "yes <b>eight</b> years"}).text
    assert "Contradicts a rule" in page
    assert "At most seven years." in page
    assert "step by step" in page
    assert "<b>eight</b>" not in page


def test_an_empty_or_huge_form_is_refused_calmly(client):
    assert client.post("/rules", data={"sentence": "  "}).status_code == 400
    assert client.post("/rules", content=b"sentence=" + b"x" * 50_000).status_code == 400
