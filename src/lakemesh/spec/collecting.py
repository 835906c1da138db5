"""Less garbage collection while much is read that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# A thousand products make some millions of objects, nearly all of which stay: at Python's own pace a third of
# the time goes into looking through them in vain.
_SELDOM = 500_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within, the collector looks through young objects every half million of them; afterwards as before."""
    before = gc.get_threshold()
    gc.set_threshold(max(_SELDOM, before[0]) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
