"""The chat in a real browser, as a resident on a phone uses it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser


def ask(page, question: str, answers: int | None = None) -> None:
    """Type a question, send it, and wait for the whole answer."""
    before = page.locator(".answer .tools").count()
    page.fill("#box textarea", question)
    page.keyboard.press("Enter")
    wanted = before + 1 if answers is None else answers
    page.wait_for_function(
        "n => document.querySelectorAll('.answer .tools').length === n"
        " && !document.querySelector('#talk .pending, #talk .growing')",
        arg=wanted,
    )


def has_no_sideways_scroll(page) -> bool:
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_a_question_gets_its_verdict_first_and_sources(new_page):
    page = new_page()
    assert page.locator(".example").count() == 6
    ask(page, "How many J-1 years?")
    lead = page.locator(".answer .lead").inner_text()
    assert lead.startswith("A J-1 physician may train")
    assert page.locator(".answer .cite").count() >= 2
    assert page.input_value("#box textarea") == ""
    assert "not legal advice" in page.locator(".promise").inner_text()


def test_a_citation_opens_exactly_the_words_it_quotes(new_page, served):
    page = new_page()
    ask(page, "How many J-1 years?")
    page.locator(".answer .cite").nth(0).click()
    panel = page.locator("#sources-view")
    words = " ".join("".join(panel.locator("mark").all_inner_texts()).split())
    guide = served.bot.parts.library.guide("j1-seven-year-limit")
    assert words in " ".join(guide.text.split())
    assert words.startswith("A J-1 physician may train")
    assert panel.locator("h3").inner_text() == "How many years can I train on a J-1?"
    assert "Reviewed" in panel.inner_text()
    assert panel.locator("a[href^='https://']").count() >= 1
    assert page.evaluate("document.activeElement.id") == "sources-view"


def test_the_same_citation_leads_into_the_guide(new_page):
    page = new_page()
    ask(page, "How many J-1 years?")
    target = page.locator(".answer .cite").nth(0).get_attribute("href")
    guide = new_page(target)
    assert guide.locator("mark").first.inner_text().startswith("A J-1 physician")
    assert guide.locator("mark").first.is_visible()


def test_the_keyboard_reaches_a_source_and_comes_back(new_page):
    page = new_page(phone=True)
    ask(page, "How many J-1 years?")
    link = page.locator(".answer .cite").nth(0)
    link.focus()
    page.keyboard.press("Enter")
    assert page.locator("#side.open").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#side.open").count() == 0
    assert page.evaluate("document.activeElement.dataset.cite") == "0-1"


def test_an_example_and_a_follow_up_can_be_tapped(new_page, served):
    page = new_page(phone=True)
    page.locator(".example").nth(1).click()
    page.wait_for_selector(".answer .tools")
    page.locator(".chip").nth(0).click()
    page.wait_for_function("document.querySelectorAll('.answer .tools').length === 2")
    assert served.bot.heard[-1] == ("Is it safe to plan exactly seven years?", 1)


@pytest.mark.parametrize(
    "question", ["many years", "moonlight", "hurt", "<b>", "weather", "payment"]
)
def test_nothing_scrolls_sideways_on_a_phone(new_page, question: str):
    page = new_page(phone=True)
    assert has_no_sideways_scroll(page)
    ask(page, question + " " + "endlessword" * 12)
    assert has_no_sideways_scroll(page)
    if page.locator(".answer .cite").count():
        page.locator(".answer .cite").nth(0).click()
        assert has_no_sideways_scroll(page)


@pytest.mark.parametrize(
    "path",
    [
        "/guides",
        "/guides?q=waiver",
        "/guides?id=j1-seven-year-limit",
        "/rules",
        "/rules?id=h1b-100k-payment",
    ],
)
def test_reading_pages_fit_a_phone(new_page, path: str):
    assert has_no_sideways_scroll(new_page(path, phone=True))


def test_markup_in_question_answer_guide_and_facts_is_inert(new_page):
    page = new_page()
    evil = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1"> "quoted"'
    ask(page, evil)
    page.locator(".answer .cite").nth(0).click()
    page.get_by_role("tab", name="My situation").click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".asked p").nth(0).inner_text() == evil
    assert page.locator("#talk script, #talk img, #side img, #side script").count() == 0
    for path in ("/guides?id=imported-notes", "/guides?q=%3Cscript%3Ewindow.hacked=1%3C/script%3E"):
        other = new_page(path)
        assert other.evaluate("window.hacked") is None


def test_two_browsers_never_see_each_other(new_page):
    one, two = new_page(), new_page()
    ask(one, "My secret is a J-1 in Ohio")
    ask(two, "moonlight for me")
    assert "Ohio" not in two.locator("body").inner_text()
    assert "moonlight" not in one.locator("#talk .asked").all_inner_texts()[0]
    two.reload()
    two.wait_for_selector(".answer .tools")
    assert "Ohio" not in two.locator("body").inner_text()
    assert two.locator(".turn").count() == 1


def test_a_reload_keeps_the_conversation_and_the_facts(new_page):
    page = new_page()
    ask(page, "How many J-1 years?")
    ask(page, "moonlight")
    page.reload()
    page.wait_for_function("document.querySelectorAll('.answer .tools').length === 2")
    page.locator(".answer .cite").nth(0).click()
    assert page.locator("#sources-view mark").count() >= 1
    page.get_by_role("tab", name="My situation").click()
    assert "Visa" in page.locator("#situation").inner_text()


def test_a_new_conversation_starts_empty_and_the_old_one_can_be_opened_again(new_page):
    page = new_page()
    ask(page, "How many J-1 years?")
    page.get_by_role("button", name="New", exact=True).click()
    page.wait_for_selector("#talk .welcome")
    page.wait_for_timeout(300)
    page.reload()
    page.wait_for_selector("#talk .welcome")
    page.locator("#earlier summary").click()
    page.locator("#earlier [data-do=open-earlier]").click()
    page.wait_for_selector(".answer .tools")
    assert page.locator(".asked p").all_inner_texts() == ["How many J-1 years?"]


def test_everything_kept_can_be_erased(new_page):
    page = new_page()
    ask(page, "How many J-1 years?")
    page.get_by_role("button", name="Helpful").click()
    page.locator("#earlier summary").click()
    page.get_by_role("button", name="Erase everything kept in this browser").click()
    page.wait_for_selector("#talk .welcome")
    page.wait_for_timeout(300)
    assert page.evaluate("localStorage.getItem('waymark-opinions')") is None
    page.reload()
    page.wait_for_selector("#talk .welcome")


def test_edit_and_resend_replaces_the_question(new_page, served):
    page = new_page()
    ask(page, "How many J-1 years?")
    ask(page, "moonlight")
    page.locator("[data-do=edit]").nth(0).click()
    assert page.input_value("#box textarea") == "How many J-1 years?"
    assert page.locator("#editing").is_visible()
    ask(page, "How many years then?", answers=1)
    assert page.locator(".asked p").all_inner_texts() == ["How many years then?"]
    assert served.bot.heard[-1] == ("How many years then?", 0)
    assert not page.locator("#editing").is_visible()


def test_asking_again_keeps_one_turn(new_page, served):
    page = new_page()
    ask(page, "How many J-1 years?")
    count = len(served.bot.heard)
    page.locator("[data-do=again]").nth(0).click()
    page.wait_for_timeout(600)
    assert page.locator(".turn").count() == 1
    assert len(served.bot.heard) == count + 1


def test_stop_keeps_what_was_shown(new_page):
    page = new_page()
    page.fill("#box textarea", "slowly: how many years")
    page.keyboard.press("Enter")
    page.wait_for_selector(".growing .answer .lead")
    page.locator("#stop").click()
    page.wait_for_selector("text=You stopped this answer here.")
    page.wait_for_timeout(1500)
    assert page.locator(".growing").count() == 0
    assert page.locator(".answer .lead").count() == 1
    ask(page, "How many J-1 years?")
    page.reload()
    page.wait_for_function("document.querySelectorAll('.turn').length === 2")


def test_a_failure_keeps_the_question_and_says_so(new_page):
    page = new_page()
    page.fill("#box textarea", "please break")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "went wrong on our side" in page.locator("[role=alert]").inner_text()
    assert "Traceback" not in page.locator("body").inner_text()
    assert "scripted failure" not in page.locator("body").inner_text()
    assert page.get_by_role("button", name="Ask again", exact=True).count() == 1


def test_a_crisis_answer_can_be_tapped_and_stands_out(new_page):
    page = new_page(phone=True)
    ask(page, "I want to hurt myself")
    phones = page.locator(".crisis .phone")
    assert phones.evaluate_all("all => all.map(a => a.getAttribute('href'))") == [
        "tel:911",
        "tel:988",
        "tel:1-888-409-0141",
    ]
    assert phones.nth(0).bounding_box()["height"] >= 44


def test_a_fact_is_changed_by_a_sentence_and_erased_from_the_words(new_page, served):
    page = new_page(phone=True)
    ask(page, "I am on a J-1 in my second year")
    page.get_by_role("button", name="My situation").click()
    page.get_by_role("button", name="Change Visa").click()
    page.get_by_label("Visa", exact=True).fill("H-1B")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('.answer .tools').length === 2")
    assert served.bot.heard[-1][0] == "Correction: I am on H-1B."
    page.get_by_role("button", name="My situation").click()
    page.get_by_role("button", name="Erase Visa").click()
    page.wait_for_selector(".asked .erased")
    assert "J-1" not in page.locator(".asked p").nth(0).inner_text()


def test_saving_gives_markdown_with_sources_and_my_note(new_page):
    page = new_page()
    ask(page, "How many J-1 years?")
    page.get_by_role("button", name="Unclear").click()
    page.get_by_label("Why? (optional)").fill("Which years?")
    page.get_by_role("button", name="Keep").click()
    page.locator(".menu summary", has_text="Save").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="As a text file (Markdown)").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "## How many J-1 years?" in text
    assert "[1] The J-1 seven-year limit" in text
    assert "My note: unclear - Which years?" in text


def test_an_opinion_survives_a_reload_and_stays_in_the_browser(new_page):
    page = new_page()
    ask(page, "How many J-1 years?")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Helpful").click()
    page.wait_for_timeout(200)
    assert sent == []
    page.reload()
    page.wait_for_selector(".answer .tools")
    assert page.get_by_role("button", name="Helpful").get_attribute("aria-pressed") == "true"


def test_copying_brings_the_sources(new_page):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "How many J-1 years?")
    page.get_by_role("button", name="Copy this answer").click()
    page.wait_for_selector("text=Copied")
    assert "[1] The J-1 seven-year limit" in page.evaluate("navigator.clipboard.readText()")


def test_an_empty_message_asks_nothing(new_page, served):
    page = new_page()
    count = len(served.bot.heard)
    page.fill("#box textarea", "   ")
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    assert len(served.bot.heard) == count
    assert page.locator("#talk .welcome").count() == 1


def test_nothing_of_the_framework_shows(new_page):
    page = new_page()
    text = page.locator("body").inner_text()
    for word in ("Gradio", "Use via API", "Settings", "Flag"):
        assert word not in text
    assert page.title() == "Waymark"


def test_dark_and_light_can_be_switched_and_are_remembered(new_page):
    page = new_page(color_scheme="light")
    page.locator("#bar .look").click()
    assert page.evaluate("document.documentElement.dataset.look") == "dark"
    page.reload()
    page.wait_for_selector("#talk .welcome")
    assert page.evaluate("document.documentElement.dataset.look") == "dark"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 120


def test_with_less_motion_nothing_moves(new_page):
    page = new_page(reduced_motion="reduce")
    ask(page, "How many J-1 years?")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.turn')).animationName") == "none"
    )


def test_everything_to_press_has_a_name_and_pages_have_one_heading(new_page):
    page = new_page()
    ask(page, "moonlight")
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, a, input, textarea, summary')]"
        ".filter(e => e.offsetParent && !e.textContent.trim())"
        ".filter(e => !e.getAttribute('aria-label') && !e.labels?.length)"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert nameless == []
    assert page.locator("#talk").get_attribute("role") == "log"


def test_the_first_paint_is_quick(new_page):
    page = new_page()
    paints = page.evaluate("performance.getEntriesByType('paint').map(e => [e.name, e.startTime])")
    first = dict(paints)["first-contentful-paint"]
    # 1.5 s is the goal on two idle cores; a loaded test machine gets twice that.
    assert first < 3000


def test_a_restart_of_the_server_loses_nothing(browser, tmp_path):
    import runpy

    start = runpy.run_path(str(Path(__file__).parent / "conftest.py"))["start"]
    running = start(tmp_path)
    port = int(running.address.rsplit(":", 1)[1])
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(running.address)
    page.wait_for_selector("#talk .welcome")
    ask(page, "How many J-1 years?")
    running.stop()
    time.sleep(0.5)
    again = start(tmp_path, port)
    try:
        ask(page, "moonlight")
        assert page.locator(".turn").count() == 2
    finally:
        context.close()
        again.stop()
