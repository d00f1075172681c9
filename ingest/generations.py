"""Generations of the index: one writer, finished folders, a pointer that changes in one step."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

try:
    import fcntl
except ImportError:  # Windows has none; there an open file cannot be removed anyway
    fcntl = None

KEEP = 2
_SPARE = 50 * 2**20
_POINTER = "current"
_MANIFEST = "manifest.json"
_HOLD = "hold"


class IndexMissingError(RuntimeError):
    """There is no published index; it has to be built."""


class IndexDamagedError(RuntimeError):
    """The published index cannot be used; it has to be built anew."""


class IndexBusyError(RuntimeError):
    """Another process is writing the index."""


class IndexSpaceError(RuntimeError):
    """The disk has no room for another generation."""


def check_space(home: Path, needed: int) -> None:
    """Raise IndexSpaceError if less than `needed` bytes (and a little) are free at `home`."""
    free = shutil.disk_usage(home).free
    if free < needed + _SPARE:
        raise IndexSpaceError(
            f"{home}: {(needed + _SPARE) / 2**20:.0f} MiB are needed and {free / 2**20:.0f} MiB"
            " free; make room, the index that is there goes on serving"
        )


def index_folder(home: Path) -> Path:
    """Where generations live below the state folder."""
    return home / "index"


@contextlib.contextmanager
def writer_lock(home: Path, timeout: float = 0.0) -> Generator[None]:
    """Hold the right to write the index; raises IndexBusyError if another process has it."""
    folder = index_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "writer.lock")
    try:
        lock.acquire(timeout=timeout)
    except Timeout as error:
        raise IndexBusyError(
            f"{folder}: another 'waymark ingest' is running; wait for it and try again"
        ) from error
    try:
        yield
    finally:
        lock.release()


def current_generation(home: Path) -> Path:
    """The folder of the published generation; raises IndexMissingError or IndexDamagedError."""
    folder = index_folder(home)
    try:
        name = (folder / _POINTER).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise IndexMissingError(f"{folder}: there is no index yet; run 'waymark ingest'") from error
    generation = folder / name
    if not name.startswith("g-") or not (generation / _MANIFEST).is_file():
        raise IndexDamagedError(f"{generation}: the index is not complete; run 'waymark ingest'")
    return generation


def read_manifest(generation: Path) -> dict[str, Any]:
    """What the builder wrote down about a generation; raises IndexDamagedError."""
    try:
        return json.loads((generation / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise IndexDamagedError(
            f"{generation}: unreadable manifest; run 'waymark ingest'"
        ) from error


def check_files(generation: Path) -> dict[str, Any]:
    """The manifest, after comparing it with the sizes of the files; raises IndexDamagedError."""
    manifest = read_manifest(generation)
    for name, size in manifest["sizes"].items():
        file = generation / name
        if not file.is_file() or file.stat().st_size != size:
            raise IndexDamagedError(f"{file}: missing or cut short; run 'waymark ingest'")
    return manifest


def new_generation(home: Path) -> Path:
    """Make the next generation's folder and remove what an interrupted writer left behind."""
    folder = index_folder(home)
    published = _published_name(folder)
    numbers = [0]
    for old in folder.glob("g-*"):
        number = old.name.removeprefix("g-")
        if number.isdigit():
            numbers.append(int(number))
        if not (old / _MANIFEST).is_file() and old.name != published:
            shutil.rmtree(old, ignore_errors=True)
    generation = folder / f"g-{max(numbers) + 1:06d}"
    generation.mkdir()
    (generation / _HOLD).touch()
    return generation


def publish(generation: Path, manifest: dict[str, Any], fixed: list[str]) -> None:
    """Make a finished generation the current one: everything on disk first, then the pointer.

    `fixed` names the files whose sizes never change after this.
    """
    sizes = {name: (generation / name).stat().st_size for name in fixed}
    for file in generation.rglob("*"):
        if file.is_file():
            _sync(file)
    _write_durably(generation / _MANIFEST, json.dumps({**manifest, "sizes": sizes}, indent=1))
    _sync(generation.parent)
    _write_durably(generation.parent / _POINTER, generation.name + "\n")


def remove_old(home: Path) -> None:
    """Remove all but the last KEEP finished generations that no reader holds."""
    folder = index_folder(home)
    published = _published_name(folder)
    finished = sorted(g for g in folder.glob("g-*") if (g / _MANIFEST).is_file())
    keep = {g.name for g in finished[-KEEP:]} | {published}
    for generation in finished:
        if generation.name not in keep and not _is_held(generation):
            # Without its manifest the folder is nothing, so an interruption here leaves only waste.
            (generation / _MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(generation, ignore_errors=True)


def hold(generation: Path) -> IO[bytes]:
    """Keep a generation from removal until the returned file is closed."""
    try:
        stream = (generation / _HOLD).open("rb")
    except OSError as error:
        raise IndexDamagedError(f"{generation}: has been removed; open the index again") from error
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return stream


def _is_held(generation: Path) -> bool:
    if fcntl is None:
        return False
    try:
        with (generation / _HOLD).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _published_name(folder: Path) -> str:
    pointer = folder / _POINTER
    return pointer.read_text("utf-8").strip() if pointer.is_file() else ""


def _write_durably(file: Path, text: str) -> None:
    new = file.with_name(f".{file.name}.new")
    with new.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """A Progress that shows nothing."""
