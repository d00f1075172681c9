"""Settings: `WAYMARK_*` variables over `.waymark/settings.toml` over defaults."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class SettingsError(ValueError):
    """A setting that cannot be used; the message says which, where and what is allowed."""


class Settings(BaseModel):
    """Everything an operator can choose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(default=Path(".waymark"), description="where index, runs and journal live")
    model: str = Field(default="", description="chat model as provider:name; empty: none")
    base_url: str = Field(default="", description="for an OpenAI-compatible server")
    api_key: str = Field(default="", description="for the chat model, if it wants one")
    model_timeout: float = Field(default=30.0, gt=0, description="seconds for one answer")
    model_max_tokens: int = Field(default=700, gt=0)
    encoder: str = Field(default="all-MiniLM-L6-v2", description="sentence-transformers model")
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    root_path: str = Field(default="", description="path prefix behind a proxy")
    questions_per_minute: int = Field(default=30, gt=0, description="per address")


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a key is unknown or a value cannot be used.
    """
    env = dict(os.environ if environ is None else environ)
    home = Path(env.get("WAYMARK_HOME") or project_home())
    values: dict[str, Any] = {"home": home}
    file = home / "settings.toml"
    if file.is_file():
        values |= _read_toml(file)
    for name in Settings.model_fields:
        value = env.get(f"WAYMARK_{name.upper()}")
        if value is not None and name != "home":
            values[name] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error, file)) from error


def project_home() -> Path:
    """`.waymark/` beside pyproject.toml when run from a checkout, else below the current folder."""
    checkout = Path(__file__).resolve().parent.parent
    base = checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()
    return base / ".waymark"


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not valid TOML ({error}). Correct or remove it.") from error


def _explain(error: ValidationError, file: Path) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    known = ", ".join(sorted(Settings.model_fields))
    return (
        f"setting '{name}' (in WAYMARK_{name.upper()} or {file}): {first['msg']}. Known: {known}."
    )
