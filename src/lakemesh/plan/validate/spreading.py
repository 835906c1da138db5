"""Work on many things, spread over the processors of the machine."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
# Starting a process and sending its results back takes as long as some fifty products.
_FEWEST = 150
_work: list[Callable[[Sequence[Any]], list[Any]]] = []
"""What forked processes do; they find it here, since a closure cannot be sent to them."""


def spread(
    items: Sequence[Item], work: Callable[[Sequence[Item]], list[Result]], fewest: int = _FEWEST
) -> list[Result]:
    """What `work` makes of all items, part by part in processes of their own where that saves time.

    The processes are forks and have all that is in memory; `work` must leave nothing behind but its result.
    """
    count = min(os.cpu_count() or 1, len(items) // fewest)
    # A fork of a process with several threads may stand still for good.
    if count < 2 or not hasattr(os, "fork") or threading.active_count() > 1:  # noqa: PLR2004
        return work(items)
    from multiprocessing import get_context

    size = -(-len(items) // count)
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    _work.append(work)
    gc.freeze()  # what is there now is shared by all: no process looks through it
    try:
        with get_context("fork").Pool(count) as pool:
            return [result for results in pool.map(_run, parts) for result in results]
    finally:
        gc.unfreeze()
        _work.clear()


def _run(part: Sequence[Any]) -> list[Any]:
    return _work[0](part)
