from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.query.facts import Facts
from lakemesh.runner.lock import locked
from lakemesh.runner.restore import Restored

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What a runner is asked for that starts nothing."""
    calls: list[tuple[str, str]] = []

    def restore_product(mesh: Any, name: Any, run_id: str, session: Any) -> Restored:
        calls.append((str(name), run_id))
        tables = (("shop.orders.orders", 5, 3), ("shop.orders.files__rejected", 1, None))
        return Restored(
            product=str(name), run_id=run_id, tables=tables, flows=("files",), stream_readers=("shop.more",)
        )

    monkeypatch.setattr("lakemesh.runner.restore.restore_product", restore_product)
    monkeypatch.setattr("lakemesh.runner.session.open_session", lambda mesh: None)
    run = {"product": "shop.orders", "run_id": "r1", "state": "succeeded", "drained": True, "message": ""}
    facts = Facts(runs=({**run, "at": dt.datetime.now(dt.UTC)},), ledger=(), checks=())
    monkeypatch.setattr("lakemesh.query.facts.read_facts", lambda mesh, domain: facts)
    return calls


def test_what_was_put_back_is_told(in_mesh: Call, asked: list[tuple[str, str]]) -> None:
    said = in_mesh("restore", "shop.orders", "--run", "r1")
    assert said.code == 0
    assert "shop.orders is where it was before run r1." in said.out
    assert "shop.orders.orders: holds version 3 again (was at 5)" in said.out
    assert "shop.orders.files__rejected: was not there yet: emptied (was at 1)" in said.out
    assert "run shop.more --full-refresh" in said.out
    assert in_mesh("restore", "shop.orders", "--run", "r1", "-o", "json").json["flows"] == ["files"]
    assert asked == [("shop.orders", "r1")] * 2


def test_nothing_is_put_back_under_a_run(in_mesh: Call, root: Path, asked: list[tuple[str, str]]) -> None:
    with locked(str(root / "lakehouse/_locks/shop.orders.lock"), "shop.orders", "r2"):
        told = in_mesh("restore", "shop.orders", "--run", "r1")
    assert (told.code, told.out, asked) == (1, "", [])
    assert "another run is under way: run r2, process" in told.err
    assert "starting Spark" not in told.err


def test_a_wrong_call_is_2_before_spark_starts(in_mesh: Call, asked: list[tuple[str, str]]) -> None:
    for words in (["shop.orders"], ["shop.nothing", "--run", "x"], ["shop.*", "--run", "x"]):
        told = in_mesh("restore", *words)
        assert (told.code, told.out, asked) == (2, "", [])
    told = in_mesh("restore", "shop.orders", "--run", "r2")
    assert (told.code, asked) == (2, [])
    assert "shop.orders had no run 'r2'. Known: r1." in told.err
