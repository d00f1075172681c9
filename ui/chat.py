"""The chat page: Gradio carries the events, everything that is shown is rendered by us."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import gradio as gr

from bot.types import Answer, Turn
from ui.conversation import MAX_MESSAGE, Exchange, erase, history, restored, stored
from ui.facts import facts_html
from ui.render import NOT_ADVICE, conversation_html
from ui.sources import SectionOf
from ui.theme import header_html

_LOG = logging.getLogger(__name__)
_STORAGE_KEY = "waymark-conversation"
# Gradio wants a fixed one, or nothing is found after a restart. It guards against nobody: the
# browser that keeps the conversation holds it as well.
_STORAGE_SECRET = "kept-in-this-browser-only"
# A frame more often than this is not seen, and each one is a message to the browser.
_FRAME_SECONDS = 0.05
_FAILED = (
    "Something went wrong on our side. Your question is kept: press Ask again, or come back "
    "in a minute."
)
_TOO_MANY = "That is many questions in a minute. Please wait {} seconds; your question is kept."
_TOO_LONG = (
    f"That is longer than {MAX_MESSAGE:,} characters. Please shorten it to your situation and "
    "your question."
)

_KEPT_HERE = "Kept in this browser only."
_KEPT_BY_JOURNAL = (
    "Kept in this browser, and by the operator of this server with identifying numbers masked."
)


# Address -> seconds to wait before its next question; 0: none.
Allow = Callable[[str], int]


class Answers(Protocol):
    """What the page needs of the bot: growing answers, the last one whole."""

    def stream(self, message: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        """The answer as it grows."""
        ...


# HTML of the talk, HTML of the facts, what the browser keeps, the partial answer, the text box.
_Update = tuple[Any, Any, Any, Any, Any]


class Chat:
    """The events of the page. It holds no conversation: each call brings its own."""

    def __init__(self, bot: Answers, section_of: SectionOf, allow: Allow) -> None:
        """Answer with `bot`; `section_of` gives a citation's section as HTML."""
        self._bot = bot
        self._section_of = section_of
        self._allow = allow

    def show(self, kept: object) -> tuple[str, str]:
        """The conversation that a browser brought along, after a reload."""
        exchanges = restored(kept)
        return self._talk(exchanges), _facts(exchanges)

    def send(
        self, message: str, kept: object, place: float | None, request: gr.Request
    ) -> Iterator[_Update]:
        """Answer a typed message; with `place`, in the place of that question and what followed."""
        exchanges = restored(kept)
        if place is not None and 0 <= place < len(exchanges):
            exchanges = exchanges[: int(place)]
        message = message.strip()
        if not message:
            yield _keep_all()
            return
        if len(message) > MAX_MESSAGE:
            talk = self._talk(exchanges, error=_TOO_LONG)
            yield talk, gr.skip(), gr.skip(), None, gr.skip()
            return
        if wait := self._allow(_address(request)):
            talk = self._talk(exchanges, error=_TOO_MANY.format(wait))
            yield talk, gr.skip(), gr.skip(), None, message
            return
        yield from self._answered(exchanges, message)

    def tapped(self, kept: object, event: gr.EventData, request: gr.Request) -> Iterator[_Update]:
        """An example, a follow-up, a question once more, or a fact that was erased."""
        wish: dict[str, Any] = event._data if isinstance(event._data, dict) else {}  # pyright: ignore[reportPrivateUsage]
        exchanges = restored(kept)
        if words := wish.get("erase"):
            exchanges = erase(exchanges, str(words))
            if not exchanges:
                yield _keep_all()
                return
            yield from self._answered(exchanges[:-1], exchanges[-1].message)
        else:
            place = _number(wish.get("place"))
            yield from self.send(str(wish.get("ask", "")), kept, place, request)

    def stop(self, kept: object, partial: Exchange | None) -> _Update:
        """Keep what was shown before the asker stopped."""
        exchanges = restored(kept)
        if exchanges and partial is not None and exchanges[-1].message == partial.message:
            exchanges[-1] = partial
        elif exchanges and exchanges[-1].answer is None:
            exchanges[-1] = Exchange(exchanges[-1].message, None, stopped=True)
        return self._talk(exchanges), _facts(exchanges), stored(exchanges), None, gr.skip()

    def fresh(self) -> _Update:
        """A new conversation."""
        return self._talk([]), facts_html(()), stored([]), None, ""

    def _answered(self, before: list[Exchange], message: str) -> Iterator[_Update]:
        waiting = [*before, Exchange(message)]
        # Kept before it is answered: a reload or a restart of the server loses no question.
        yield self._talk(before, pending=message), gr.skip(), stored(waiting), None, ""
        try:
            done: Exchange | None = None
            for exchange, is_last in _frames(self._bot.stream(message, history(before))):
                done = Exchange(message, exchange)
                if not is_last:
                    kept_on_stop = Exchange(message, exchange, stopped=True)
                    talk = self._talk([*before, done], growing=True)
                    yield talk, gr.skip(), gr.skip(), kept_on_stop, gr.skip()
            if done is None:
                raise RuntimeError("the bot gave no answer")
        except Exception:
            _LOG.exception("a question could not be answered")
            talk = self._talk(waiting, error=_FAILED)
            yield talk, gr.skip(), stored(waiting), None, gr.skip()
            return
        after = [*before, done]
        yield self._talk(after), _facts(after), stored(after), None, gr.skip()

    def _talk(
        self,
        exchanges: Sequence[Exchange],
        *,
        pending: str = "",
        error: str = "",
        growing: bool = False,
    ) -> str:
        return conversation_html(
            exchanges, self._section_of, pending=pending, error=error, growing=growing
        )


def _frames(partials: Iterator[Answer]) -> Iterator[tuple[Answer, bool]]:
    """Partial answers, not more often than they are seen, and whether it is the last one."""
    shown = 0.0
    latest: Answer | None = None
    for partial in partials:
        if latest is not None and time.monotonic() - shown >= _FRAME_SECONDS:
            shown = time.monotonic()
            yield latest, False
        latest = partial
    if latest is not None:
        yield latest, True


def _facts(exchanges: Sequence[Exchange]) -> str:
    answered = [e.answer for e in exchanges if e.answer is not None]
    return facts_html(answered[-1].facts if answered else ())


def _keep_all() -> _Update:
    return gr.skip(), gr.skip(), gr.skip(), None, gr.skip()


def _address(request: gr.Request) -> str:
    client = request.client
    return str(client.host) if client else ""


def _number(raw: object) -> float | None:
    return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else None


def build_page(
    bot: Answers, section_of: SectionOf, *, allow: Allow, journal: bool = False
) -> gr.Blocks:
    """The page as Gradio Blocks, with its queue set."""
    chat = Chat(bot, section_of, allow)
    with gr.Blocks(title="Waymark", analytics_enabled=False, fill_width=True) as page:
        _html(header_html("/"), "bar")
        kept = gr.BrowserState(stored([]), storage_key=_STORAGE_KEY, secret=_STORAGE_SECRET)
        partial = gr.State(None)
        place = gr.Number(visible=False)
        with gr.Row(elem_id="room", equal_height=False):
            with gr.Column(elem_id="chat"):
                _html(_toolbar_html(), "toolbar")
                talk = _html(chat.show(None)[0], "talk", js="window.waymarkTrigger = trigger;")
                with gr.Column(elem_id="composer"):
                    _html('<p id="editing" hidden></p>', "editing-bar")
                    with gr.Row(elem_id="ask"):
                        box = gr.Textbox(
                            label="Your question",
                            show_label=False,
                            container=False,
                            placeholder="Ask your question",
                            lines=1,
                            max_lines=8,
                            max_length=MAX_MESSAGE,
                            elem_id="box",
                            html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
                        )
                        send = gr.Button("Send", variant="primary", elem_id="send")
                        stop = gr.Button("Stop", elem_id="stop")
                    stays = _KEPT_BY_JOURNAL if journal else _KEPT_HERE
                    _html(f'<p class="promise"><b>{NOT_ADVICE}</b> {stays}</p>', "promise")
            with gr.Column(elem_id="side"):
                _html(_side_html(), "sources")
                facts = _html(facts_html(()), "situation")
        fresh = gr.Button("New conversation", elem_id="fresh")
        shown = [talk, facts, kept, partial, box]
        options: dict[str, Any] = {
            "outputs": shown,
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": 16,
            "concurrency_id": "answers",
            # While an answer is under way a second Enter leaves the question in its box.
            "trigger_mode": "once",
        }
        typed = gr.on(
            [send.click, box.submit],
            chat.send,
            [box, kept, place],
            js="(box, kept, place) => [box, kept, window.waymark.takePlace()]",
            **options,
        )
        tapped = talk.select(chat.tapped, [kept], **options)
        quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        stop.click(chat.stop, [kept, partial], shown, cancels=[typed, tapped], **quick)
        fresh.click(chat.fresh, None, shown, cancels=[typed, tapped], **quick)
        page.load(chat.show, [kept], [talk, facts], **quick)
    # Gradio keeps about 90 KB for each of the last sessions; ours hold but a partial answer.
    page.state_session_capacity = 300
    page.queue(api_open=False, max_size=256, default_concurrency_limit=16)
    return page


def _html(value: str, name: str, *, js: str | None = None) -> gr.HTML:
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=js, padding=False)


def _toolbar_html() -> str:
    return (
        '<h1 class="sr">Waymark: ask about training in the US</h1>'
        '<div class="toolbar" role="toolbar" aria-label="This conversation">'
        '<button type="button" class="tool" data-do="situation" aria-controls="side" '
        'aria-expanded="false">My situation</button>'
        '<button type="button" class="tool" data-do="fresh">New</button>'
        '<details class="menu"><summary class="tool">Save</summary><div class="menu-items">'
        '<button type="button" data-do="save-markdown">As a text file (Markdown)</button>'
        '<button type="button" data-do="print">Print or PDF</button></div></details>'
        '<details class="menu" id="earlier"><summary class="tool">Earlier</summary>'
        '<div class="menu-items"></div></details></div>'
    )


def _side_html() -> str:
    return (
        '<div class="side-head"><div role="tablist" aria-label="Beside the conversation">'
        '<button type="button" role="tab" id="tab-sources" data-tab="sources" '
        'aria-controls="sources-view" aria-selected="true">Sources</button>'
        '<button type="button" role="tab" id="tab-situation" data-tab="situation" '
        'aria-controls="situation" aria-selected="false" tabindex="-1">My situation</button></div>'
        '<button type="button" class="tool close" data-do="close">Close</button></div>'
        '<div id="sources-view" role="tabpanel" aria-labelledby="tab-sources" tabindex="-1">'
        '<p class="quiet">Tap a number in an answer to read the words it rests on, here, in their '
        "section.</p></div>"
    )
