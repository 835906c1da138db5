"""Small random products against a plain Python model of the rules: any cut, order, dirt and stop, one answer.

Each example is one seed: its schema, records, files, runs and stops.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.anything import Row, as_values, examples
from tests.runner.worlds import READER, VERSION, World, as_bag
from tests.servers import FEW

from lakemesh.observe.events import BatchEvent, Event
from lakemesh.observe.ledger import TERMS, Entry, imbalances
from lakemesh.runner import batch as batches

CHILD = Path(__file__).with_name("killed_run.py")
# What differs between two runs of one thing: their names and times, and the folders of their meshes.
OF_A_RUN = ("_run", "_at", "run_id", "at", "generation", "clock")


def left(world: World, mini: Any) -> dict[str, Counter[str]]:
    """What every table holds, without what lakemesh adds to it."""
    return {table: as_bag(_held(world, mini, table)) for table in world.tables()}


def _held(world: World, mini: Any, table: str) -> list[Row]:
    if table == "rejected":
        rows = [row for name in world.inputs for row in mini.rows(f"things/{name}__rejected")]
        return [{name: row[name] for name in ("_raw", "_reason")} for row in rows]
    mode, _, aside = table.partition("__")
    added = ("_failed_rules",) if aside else VERSION if mode == "history" else ()
    rows = [
        {name: row[name] for name in (*world.columns(mode), *added)} for row in mini.rows(f"things/{table}")
    ]
    if mode == "append":
        return [{**row, "_rescued_data": as_values(json.loads(row["_rescued_data"] or "{}"))} for row in rows]
    return rows


def counted(mini: Any) -> dict[str, int]:
    """The sums of the ledger, the last lines of each batch of the newest generations; all must balance."""
    rows = [row for row in mini.ops("ledger") if row["product"] == "shop.things"]
    newest = {row["flow"]: row["generation"] for row in rows}
    last = {
        (row["flow"], row["batch"], row["kind"], row["name"]): row
        for row in rows
        if row["generation"] == newest[row["flow"]]
    }
    entries = [
        Entry(kind=row["kind"], name=row["name"], **{term: row[term] for term in TERMS})
        for row in last.values()
    ]
    assert imbalances(entries) == ()
    terms = ("read", "rejected", "checked", "dropped", "quarantined")
    return {term: sum(getattr(entry, term) or 0 for entry in entries) for term in terms}


def run_stopped(world: World, mini: Any, **extent: Any) -> None:
    """Run the product, stopped somewhere: as by a failure that is noticed, or by a kill that is not."""
    left_to_go, killed = world.random.randint(0, 12), world.random.random() < 0.7

    def listen(event: Event) -> None:
        nonlocal left_to_go
        left_to_go -= isinstance(event, BatchEvent)
        if left_to_go < 0 and isinstance(event, BatchEvent):
            raise RuntimeError("stopped here")

    with pytest.MonkeyPatch.context() as patched:
        if killed:
            patched.setattr(batches, "_give_up", lambda batch: None)
        report = mini.run("things", listen, **extent)
    assert report.state == "succeeded" or "stopped here" in report.message, report.message


def follow(world: World, mini: Any) -> int:
    """How many rows the product that follows the changes of the merge was told of; none if nobody does."""
    if not world.followed or not mini.table("things/merge").exists():
        return 0
    return sum(rows for _, rows in mini.ran("reader").tables)


def copied(mini: Any) -> Counter[str]:
    """What the follower holds."""
    return as_bag(
        {name: value for name, value in row.items() if name != "_upstream_version"}
        for row in mini.rows("reader/copy")
    )


def require_tombstones(world: World, mini: Any) -> None:
    """Of every key that is deleted the delete is remembered, and of no other one that would take it away."""
    names, told = world.sequence_of("merge"), {}
    for row in mini.rows("things/merge__tombstones"):
        sequence = tuple(row[name] for name in names)
        told[row["id"]] = max(sequence, told.get(row["id"], sequence))
    winners = world.winners()
    last = {key: tuple(row[name] for name in names) for key, row in winners.items()}
    assert all(told[key] == last[key] for key, row in winners.items() if world.is_delete(row))
    assert all(told[key] < last[key] for key in told if not world.is_delete(winners[key]))


def require_all(world: World, mini: Any) -> None:
    """Every table is what the model says, and the ledger says where every row went."""
    assert left(world, mini) == world.tables()
    assert counted(mini) == world.counts()
    if "merge" in world.outputs:
        require_tombstones(world, mini)


@pytest.mark.slow(minutes=2)
@examples()
@given(seed=st.integers(0, 2**32))
@example(seed=174)  # a history and a merge that is followed
@example(seed=210)  # an append and a merge that is followed
def test_any_cut_order_dirt_and_stop_gives_what_the_model_says(
    new_mini: Callable[[], Any], seed: int
) -> None:
    world, mini = World(seed), new_mini()
    mini.product("things", world.spec)
    mini.product("reader", READER) if world.followed else None
    for wave in range(2):
        world.land(mini, wave, 2)
        run_stopped(world, mini)
        follow(world, mini)
    mini.ran("things")
    follow(world, mini)
    require_all(world, mini)
    assert copied(mini) == (world.tables()["merge"] if world.followed else Counter())

    if world.random.random() < 0.3:
        run_stopped(world, mini, full=True)
    mini.ran("things", full=True)
    require_all(world, mini)
    assert follow(world, mini) == 0, "a refresh that changes nothing is told to nobody"


def everything(mini: Any) -> dict[str, Any]:
    """All that a mesh's runs have left: rows, types and properties of every table, and what was recorded."""
    from deltalake import DeltaTable

    tables = sorted(path.parent for path in (mini.root / "lakehouse/shop").rglob("_delta_log"))
    kinds = {table.name: DeltaTable(str(table)) for table in tables}
    rows = {table.name: mini.rows(f"{table.parent.name}/{table.name}") for table in tables}
    rows |= {name: mini.ops(name) for name in ("batches", "ledger", "checks")}
    return {
        "schemas": {name: json.loads(table.schema().to_json()) for name, table in kinds.items()},
        "properties": {name: table.metadata().configuration for name, table in kinds.items()},
        "rows": {name: as_bag(map(_lasting, found)) for name, found in rows.items()},
    }


def _lasting(row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in OF_A_RUN}
    if kept.get("_source"):
        kept["_source"] = _of_any_mesh(kept["_source"])
    if "files" in kept:
        kept["files"] = sorted(map(_of_any_mesh, kept["files"] or ()), key=str)
    return kept


def _of_any_mesh(file: Row) -> Row:
    return {**{name: value for name, value in file.items() if name != "run"}, "path": Path(file["path"]).name}


@pytest.mark.slow(minutes=1)
@pytest.mark.process
@pytest.mark.xdist_group("connect")
@examples(most=40)
@given(seed=st.integers(0, 2**32))
@example(seed=35)  # a history and a merge of deletes, fed by two inputs
def test_classic_and_connect_agree_on_everything(
    new_mini: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory, connect_address: str, seed: int
) -> None:
    world, here = World(seed), new_mini()
    here.product("things", world.spec)
    for wave in range(2):
        world.land(here, wave, 2)
    there = here.copied(tmp_path_factory.mktemp("there"))
    there.elsewhere(remote=connect_address, settings=FEW)
    here.ran("things")
    words = [sys.executable, str(CHILD), str(there.root), "shop.things"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.strip() == "succeeded", done.stdout + done.stderr[-3000:]
    require_all(world, there)
    assert everything(there) == everything(here)
