"""One run of a product at a time: a file that the run holds, and that its end or its death lets go."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from lakemesh.errors import Locked, RunError


@contextmanager
def locked(file: str, product: str, run_id: str) -> Iterator[None]:
    """The product's lock, held until the block ends.

    The kernel lets go of it when its process dies, so a stale lock is taken over by itself.
    Raises Locked where another run holds it, and RunError where the folder cannot be written.
    """
    path = Path(file)
    handle = _open(path, product)
    try:
        _take(handle, path, product)
        with suppress(OSError):  # a full disk: who holds it is not told
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(_holder(run_id)).encode(), 0)
        yield
    finally:
        os.close(handle)


def require_free(file: str, product: str) -> None:
    """Nothing, as long as no run holds the product's lock; it may be taken at once. Raises Locked."""
    path = Path(file)
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # there was no run yet; what else is wrong is told when the lock is taken
        return
    try:
        _take(handle, path, product, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _open(path: Path, product: str) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise RunError(
            f"the lakehouse cannot be written ({path.parent}: {error.strerror}). Get write access to it, or"
            " say another lakehouse in the environment.",
            product,
        ) from None


def _take(handle: int, path: Path, product: str, kind: int = fcntl.LOCK_EX) -> None:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Locked(
            f"another run is under way{_described(path)}. Wait for it to end, or stop that process;"
            " then run again.",
            product,
        ) from None


def _holder(run_id: str) -> dict[str, str | int]:
    return {"run": run_id, "pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}


def _described(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f": run {holder['run']}, process {holder['pid']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
