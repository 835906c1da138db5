"""How a batch is known: its transaction, and whether it was begun before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from lakemesh.runner.pins import LastBatch, Pins
from lakemesh.runner.work import Work
from lakemesh.write import Txn

PINS = Pins(dt.datetime(2026, 1, 2, tzinfo=dt.UTC))


class Named:
    """As much of a plan or a flow as its name."""

    product, name = "shop.orders", "in"


def work(last: LastBatch | None) -> Work:
    named: Any = Named()
    return Work(named, named, "g2", "", last)


def test_a_write_is_known_by_product_flow_generation_table_and_batch() -> None:
    assert work(None).txn("out", 7) == Txn("shop.orders/in/g2/out", 7)


def test_only_the_last_batch_of_this_generation_is_replayed_unless_it_was_given_up() -> None:
    last = LastBatch("g2", 3, True, PINS)
    assert work(last).is_replay(3)
    assert not work(last).is_replay(4)
    assert not work(None).is_replay(0)
    assert not work(replace(last, generation="g1")).is_replay(3)
    assert not work(replace(last, failed=True)).is_replay(3)
