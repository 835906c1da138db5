from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.runner.trial import CaseReport

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A runner that starts nothing: each case passes as is said here."""
    outcomes = [True, True]

    def run_cases(mesh: Any, name: Any, session: Any) -> Iterator[CaseReport]:
        print("what a product's Python prints")
        for case, passed in zip(mesh.get(name).cases, outcomes, strict=True):
            yield CaseReport(product=str(name), case=case.name, passed=passed, seconds=1.0)

    monkeypatch.setattr("lakemesh.runner.trial.run_cases", run_cases)
    monkeypatch.setattr("lakemesh.runner.session.open_session", lambda mesh: None)
    return outcomes


def test_all_cases_pass(in_mesh: Call, trials: list[bool]) -> None:
    said = in_mesh("test")
    assert said.code == 0
    assert said.out.splitlines() == [
        "ok     shop.orders: the newest record of an id wins (1.0 s)",
        "ok     shop.orders: a negative amount and a broken record are set aside (1.0 s)",
        "2 cases, all passed.",
    ]


def test_a_case_that_fails_is_1(in_mesh: Call, trials: list[bool]) -> None:
    trials[1] = False
    said = in_mesh("test", "shop.orders", "-o", "json")
    assert said.code == 1
    assert (said.json["passed"], said.json["failed"]) == (1, 1)
    assert said.json["cases"][1]["case"].startswith("a negative amount")


def test_a_product_without_cases_needs_no_spark(in_mesh: Call, root: Path) -> None:
    (root / "bundles/shop/orders/tests.yml").unlink()
    said = in_mesh("test")
    assert said.code == 0
    assert said.out == "Nothing to run. Without tests: shop.orders.\n"
