from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.observe.events import RunStarted
from lakemesh.runner.lock import locked
from lakemesh.runner.report import RunReport

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A runner that starts nothing: what it is given, and it ends as the last state here says."""
    states = ["succeeded"]

    def run_products(mesh: Any, names: Any, session: Any, listen: Any, extent: Any) -> tuple[RunReport, ...]:
        print("what a product's Python prints")
        listen(RunStarted(product=str(names[0]), run_id="r1"))
        state: Any = states[-1]
        return tuple(RunReport(product=str(name), run_id="r1", state=state, batches=1) for name in names)

    monkeypatch.setattr("lakemesh.runner.all.run_products", run_products)
    monkeypatch.setattr("lakemesh.runner.session.open_session", lambda mesh: None)
    return states


def test_a_run_that_succeeds(in_mesh: Call, ends: list[str]) -> None:
    said = in_mesh("run", "--all")
    assert said.code == 0
    assert said.out == "shop.orders: succeeded in 0.0 s, 1 batch\n  run         r1\n1 product: 1 succeeded\n"
    assert "shop.orders: run r1 started" in said.err


def test_a_run_that_fails_is_1(in_mesh: Call, ends: list[str]) -> None:
    ends.append("failed")
    assert in_mesh("run", "shop.orders").code == 1


def test_an_interrupted_run_is_told_like_every_error(
    in_mesh: Call, ends: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lakemesh.runner.all.run_products", interrupt)
    said = in_mesh("run", "--all")
    assert (said.code, said.out) == (130, "")
    assert said.err.endswith("lakemesh: interrupted; the next run takes up the batch that was under way.\n")
    said = in_mesh("run", "--all", "-o", "json")
    assert (said.code, said.out) == (130, "")
    assert json.loads(said.err.splitlines()[-1]) == {
        "error": "Interrupted",
        "message": "interrupted; the next run takes up the batch that was under way.",
    }


def test_stdout_holds_one_document(in_mesh: Call, ends: list[str]) -> None:
    said = in_mesh("run", "shop.*", "-o", "json")
    assert said.json["succeeded"] is True
    assert said.json["products"][0]["product"] == "shop.orders"
    assert "what a product's Python prints" in said.err


def test_a_second_run_is_refused_before_spark_starts(
    in_mesh: Call, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lakemesh.runner.session.open_session", lambda mesh: pytest.fail("Spark started"))
    with locked(str(root / "lakehouse/_locks/shop.orders.lock"), "shop.orders", "r1"):
        for words in (("run", "shop.orders"), ("run", "--all")):
            said = in_mesh(*words)
            assert said.code == 1
            assert "another run is under way: run r1, process" in said.out
            assert "starting Spark" not in said.err
        report = in_mesh("run", "--all", "-o", "json").json["products"][0]
        assert (report["state"], report["error"]["error"]) == ("failed", "Locked")


@pytest.mark.parametrize("words", [(), ("shop.orders", "--all")])
def test_a_run_says_which_products(in_mesh: Call, words: tuple[str, ...]) -> None:
    said = in_mesh("run", *words)
    assert said.code == 2
    assert "say which products" in said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--accept-loss",), "--accept-loss goes with --full-refresh"),
        (("--full-refresh", "--from", "2026-01-01"), "leave --from and --to out"),
        (("--from", "2026-01-01"), "--from and --to go together"),
        (("--to", "2026-01-01"), "--from and --to go together"),
        (("--from", "2026-01-02", "--to", "2026-01-02"), "--from 2026-01-02 is not before --to 2026-01-02"),
        (("--from", "soon", "--to", "2026-01-02"), "--from 'soon' is no ISO 8601 time, such as 2026-01-31"),
    ],
)
def test_extents_that_mean_nothing(in_mesh: Call, words: tuple[str, ...], why: str) -> None:
    said = in_mesh("run", "shop.orders", *words)
    assert said.code == 2
    assert why in said.err


def test_a_spec_with_findings_does_not_run(in_mesh: Call, ends: list[str], root: Path) -> None:
    file = root / "bundles/shop/orders/product.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("from: cleaned", "from: cleaner"), encoding="utf-8"
    )
    said = in_mesh("run", "--all")
    assert said.code == 1
    assert said.err.startswith("bundles/shop/orders/product.yml:")
