"""What saves a short process a second."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


_HEAVY = ("numpy", "pandas")


class _Without:
    """A finder that knows numpy and pandas as absent."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ModuleNotFoundError for those two; leave any other module to the finders that follow."""
        if name in _HEAVY:
            raise ModuleNotFoundError(f"{name} is not wanted here", name=name)
        return None


def import_datasets() -> None:
    """Import `pyarrow.dataset` without numpy and pandas.

    pyarrow looks for both as soon as it is imported, which costs a second where they are installed, and
    keeps in mind that there were none. So this is for a process that reads tables and does nothing else.
    """
    if any(name in sys.modules for name in (*_HEAVY, "pyarrow.dataset")):
        return
    finder = _Without()
    sys.meta_path.insert(0, finder)
    try:
        importlib.import_module("pyarrow.dataset")
    finally:
        sys.meta_path.remove(finder)
