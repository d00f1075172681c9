"""A chat model as the bot sees it: a prompt goes in, chunks of text come out before a deadline."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

_T = TypeVar("_T")
MAX_RETRIES = 1
# After this many failures in a row the model is left alone for a while: a person who waits for a
# server that is down, question after question, is served worse than by the extractive answer.
FAILURES = 3
REST_SECONDS = 60.0

_EXTRAS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama"}
_CUT_SHORT = frozenset({"length", "max_tokens", "MAX_TOKENS"})
_REFUSED = frozenset({"content_filter", "refusal", "safety"})


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a chat model."""

    system: str
    user: str


class WriterError(Exception):
    """A chat model that gave nothing usable; the message is the reason in one word."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of what a model writes, and the tokens it was billed for so far."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0


class Writer(Protocol):
    """A chat model that writes drafts; a test passes a plain object."""

    @property
    def name(self) -> str:
        """As provider:name."""
        ...

    def write(self, prompt: Prompt) -> Iterator[Chunk]:
        """The draft in chunks.

        Raises:
            WriterError: the model is down, slow, refuses, was cut short or calls tools.
        """
        ...


@dataclass(slots=True)
class ChatWriter:
    """A LangChain chat model behind a hard deadline; safe to share between threads."""

    name: str
    model: BaseChatModel
    seconds: float
    _failures: int = field(default=0, init=False)
    _resting_until: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def write(self, prompt: Prompt) -> Iterator[Chunk]:
        """The draft in chunks; see Writer."""
        if time.monotonic() < self._resting_until:
            raise WriterError("resting")
        ended = self.name.partition(":")[0] not in _EXTRAS
        try:
            for message in _before(self.seconds, lambda: self._messages(prompt)):
                yield _chunk(message)
                ended = ended or _reason(message) is not None
            if not ended:
                # The connection closed half-way, which these clients take for a normal end.
                raise WriterError("truncated")
        except (WriterError, GeneratorExit):
            raise
        except TimeoutError as error:
            self._failed()
            raise WriterError("slow") from error
        except Exception as error:
            # Each provider raises errors of its own; whatever it is, the extractive answer serves.
            self._failed()
            raise WriterError("down") from error
        with self._lock:
            self._failures = 0

    def _messages(self, prompt: Prompt) -> Iterator[AIMessageChunk]:
        from langchain_core.messages import HumanMessage, SystemMessage

        asked = [SystemMessage(prompt.system), HumanMessage(prompt.user)]
        yield from self.model.stream(asked)

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._failures = 0
                self._resting_until = time.monotonic() + REST_SECONDS


def _chunk(message: AIMessageChunk) -> Chunk:
    if message.tool_call_chunks or message.tool_calls or message.invalid_tool_calls:
        raise WriterError("tools")
    reason = _reason(message)
    if reason in _CUT_SHORT:
        raise WriterError("truncated")
    if reason in _REFUSED or message.additional_kwargs.get("refusal"):
        raise WriterError("refused")
    usage = message.usage_metadata
    tokens = (usage["input_tokens"], usage["output_tokens"]) if usage else (0, 0)
    return Chunk(str(message.text), *tokens)


def _reason(message: AIMessageChunk) -> str | None:
    """Why the model stopped, in the provider's words; None before the end."""
    told = message.response_metadata
    return told.get("finish_reason") or told.get("stop_reason") or told.get("done_reason")


class _End:
    """Marks the end of a stream in the queue."""


def _before(seconds: float, start: Callable[[], Iterator[_T]]) -> Iterator[_T]:
    """The items of `start()`, read in a thread of their own so that no read can outlast the time.

    Raises:
        TimeoutError: `seconds` have passed since the first item was asked for.
    """
    items: queue.SimpleQueue[_T | Exception | _End] = queue.SimpleQueue()
    stopped = threading.Event()

    def read() -> None:
        try:
            for item in start():
                if stopped.is_set():
                    return
                items.put(item)
            items.put(_End())
        except Exception as error:
            items.put(error)

    end = time.monotonic() + seconds
    threading.Thread(target=copy_context().run, args=(read,), daemon=True).start()
    try:
        while True:
            try:
                item = items.get(timeout=max(end - time.monotonic(), 0.001))
            except queue.Empty:
                raise TimeoutError(f"no answer within {seconds:g} seconds") from None
            if isinstance(item, Exception):
                raise item
            if isinstance(item, _End):
                return
            yield item
    finally:
        stopped.set()


def open_writer(settings: Settings) -> Writer | None:
    """The chat model that the settings name, or None; its library is imported only here.

    Raises:
        SettingsError: the model cannot be used as named; the message says what to do.
    """
    if not settings.model:
        return None
    provider, _, name = settings.model.partition(":")
    if not provider or not name:
        raise SettingsError(
            f"setting 'model' (WAYMARK_MODEL): '{settings.model}' must be provider:name, "
            "for example openai:gpt-4.1-mini, anthropic:claude-sonnet-4-5 or ollama:llama3.1."
        )
    return ChatWriter(settings.model, _chat_model(provider, settings), settings.model_timeout)


def _chat_model(provider: str, settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        return init_chat_model(settings.model, **_options(provider, settings))
    except ImportError as error:
        extra = _EXTRAS.get(provider)
        how = f'pip install "waymark[{extra}]"' if extra else f"pip install langchain-{provider}"
        raise SettingsError(
            f"setting 'model' (WAYMARK_MODEL): '{settings.model}' needs a package: {how}."
        ) from error
    except Exception as error:
        # Providers refuse a missing key or an unknown name in their own ways.
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SettingsError(
            f"setting 'model' (WAYMARK_MODEL): '{settings.model}' cannot be used: {why} "
            "A key goes into WAYMARK_API_KEY, another server's address into WAYMARK_BASE_URL."
        ) from error


def _options(provider: str, settings: Settings) -> dict[str, Any]:
    """What each provider calls the same limits."""
    options: dict[str, Any] = {"temperature": 0}
    if settings.base_url:
        options["base_url"] = settings.base_url
    if provider == "ollama":
        # Ollama takes its time limit through the HTTP client and has no retries of its own.
        options |= {
            "num_predict": settings.model_max_tokens,
            "client_kwargs": {"timeout": settings.model_timeout},
            "reasoning": False,
        }
        return options
    options |= {
        "max_tokens": settings.model_max_tokens,
        "timeout": settings.model_timeout,
        "max_retries": MAX_RETRIES,
    }
    key = settings.api_key
    own_server = provider == "openai" and settings.base_url
    if not key and own_server and not os.environ.get("OPENAI_API_KEY"):
        # A server of one's own often wants no key, but the client insists on one.
        key = "none"
    if key:
        options["api_key"] = key
    if provider == "openai":
        options["stream_usage"] = True
    return options


__all__ = ["ChatWriter", "Chunk", "Writer", "WriterError", "open_writer"]
