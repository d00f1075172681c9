"""What tests share: one index of the shipped guides, built once and kept with the state."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, and no clock: a test must not fail by chance.
settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def home() -> Path:
    """A state folder with the index of the shipped guides; a second run finds it unchanged."""
    from ingest.sync import sync

    folder = ROOT / ".waymark" / "tests"
    sync(folder)
    return folder


@pytest.fixture(scope="session")
def waymark(home: Path):
    """The real bot on the real index, without a chat model."""
    from bot.build import build_waymark
    from bot.settings import Settings

    return build_waymark(Settings(home=home))


@pytest.fixture
def today() -> date:
    """The date for which tests answer."""
    return TODAY


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine must not reach a test."""
    for name in ("WAYMARK_HOME", "WAYMARK_MODEL", "WAYMARK_BASE_URL", "WAYMARK_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver keeps an event loop running in this thread."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
