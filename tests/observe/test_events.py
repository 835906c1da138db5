"""Events: frozen facts that say which product and run they are of."""

from __future__ import annotations

import dataclasses

import pytest

from lakemesh.observe import events
from lakemesh.observe.events import BatchClosed, Event, RunEnded, RunStarted

KINDS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_is_frozen_and_names_its_product_and_run(kind: type[Event]) -> None:
    fields = dataclasses.fields(kind)
    assert [field.name for field in fields][:2] == ["product", "run_id"]
    assert all(field.kw_only for field in fields)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_equal_facts_are_equal_events() -> None:
    one = RunStarted(product="checkout.orders", run_id="r1")
    assert one == RunStarted(product="checkout.orders", run_id="r1") != RunStarted(product="a.b", run_id="r1")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.run_id = "r2"  # type: ignore[misc]


def test_a_run_ends_without_a_message_where_all_is_well() -> None:
    ended = RunEnded(product="checkout.orders", run_id="r1", succeeded=True)
    assert (ended.message, ended.warnings) == ("", ())


def test_a_closed_batch_says_what_it_did() -> None:
    closed = BatchClosed(
        product="a.b", run_id="r", flow="f", batch=3, read=5, written=3, rejected=1, quarantined=1
    )
    assert dataclasses.asdict(closed)["batch"] == 3
