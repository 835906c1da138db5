"""What a JVM says of itself on stderr while it starts, kept from our user."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def without_noise(keep: bool = False) -> Iterator[None]:
    """Let processes that are started within write their stderr into a file that nobody keeps.

    What this process prints by `sys.stderr` is seen as ever. `keep` leaves everything as it is, for --debug.
    A JVM warns of its incubator modules, of log4j and of native libraries, and has no setting against all of
    them.
    """
    # While rich draws, it stands between sys.stderr and the stream itself.
    if keep or getattr(sys.stderr, "rich_proxied_file", sys.stderr) is not sys.__stderr__:
        yield
        return
    seen, before = os.dup(_STDERR), sys.stderr
    with (
        tempfile.TemporaryFile() as aside,
        os.fdopen(os.dup(seen), "w", buffering=1, encoding="utf-8") as ours,
    ):
        os.dup2(aside.fileno(), _STDERR)
        sys.stderr = ours
        try:
            yield
        finally:
            sys.stderr = before
            os.dup2(seen, _STDERR)
            os.close(seen)
