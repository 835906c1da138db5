"""Runs that others keep from beginning: told of only where none of them can begin."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from lakemesh.names import ProductName
from lakemesh.plan.places import places_of
from lakemesh.runner.lock import locked
from lakemesh.runner.refused import all_refused

NAMES = (ProductName("shop", "one"), ProductName("shop", "two"))


def test_all_or_none(cold_mini: Any) -> None:
    mesh = cold_mini.mesh()
    places = places_of(mesh.root, mesh.environment)
    with ExitStack() as held:
        for name in NAMES:
            assert all_refused(mesh, NAMES) == ()
            held.enter_context(locked(places.lock(name), str(name), f"run-of-{name.name}"))
        reports = all_refused(mesh, NAMES)
    assert [(report.product, report.state) for report in reports] == [
        ("shop.one", "failed"),
        ("shop.two", "failed"),
    ]
    assert "another run is under way: run run-of-two" in reports[1].message
    assert reports[0].error is not None
    assert reports[0].error["error"] == "Locked"
    assert all_refused(mesh, NAMES) == ()
