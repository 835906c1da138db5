"""Output ports as the writers see them, in a folder of the test's own, and tables looked at without Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from lakemesh.errors import LedgerUnbalanced
from lakemesh.observe.ledger import Entry, imbalances
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land
from lakemesh.run import Run
from lakemesh.spec.columns import Column, Columns
from lakemesh.spec.document import read_document
from lakemesh.spec.outputs import DeltaPort, Merge, Overwrite

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.write.tables import Written

Rows = list[dict[str, Any]]
CASES = Path(__file__).parent.parent / "cases" / "write"
_PORT: TypeAdapter[Any] = TypeAdapter(DeltaPort)
_COLUMNS: TypeAdapter[Any] = TypeAdapter(Columns)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where the test's table is."""
    return Place(name="shop.orders.out", location=str(tmp_path / "out"))


@pytest.fixture
def land(place: Place) -> Callable[..., Land]:
    """A function from a port's words, its columns and what else the plan says to the stage."""

    def make(columns: Any = None, about: dict[str, Any] | None = None, **port: Any) -> Land:
        said = {"from": "step", "write": "append", **port}
        found: tuple[Column, ...] | None = None if columns is None else _COLUMNS.validate_python(columns)
        return Land(
            name="out",
            port=_PORT.validate_python(said),
            table=place,
            quarantine=place.beside("__quarantine"),
            columns=found,
            **(about or {}),
        )

    return make


@pytest.fixture
def rows() -> Callable[[Place], Rows]:
    """A function from a table to its rows, read without Spark."""
    return _rows


def _rows(place: Place) -> Rows:
    from deltalake import DeltaTable

    return DeltaTable(place.location).to_pyarrow_table().to_pylist()


@pytest.fixture
def version() -> Callable[[Place], int]:
    """A function from a table to the version at which it stands."""
    return _version


def _version(place: Place) -> int:
    from deltalake import DeltaTable

    return DeltaTable(place.location).version()


@pytest.fixture
def beside() -> Callable[[str, str], Any]:
    """A function from a file of cases and the word for their batches to the cases, run beside each other.

    It gives the cases, the batches of all of them turn by turn with the sum of their lines of the ledger, and
    the function that gives a case's rows keys of their own.
    """
    return _beside


def _beside(name: str, word: str) -> Any:
    file = CASES / f"{name}.yml"
    document = read_document(file.name, file.read_text(encoding="utf-8"))
    assert not document.findings, document.findings
    cases: list[dict[str, Any]] = document.value
    turns = []
    for turn in range(max(len(case[word]) for case in cases)):
        here = [(number, case) for number, case in enumerate(cases) if turn < len(case[word])]
        batch = [row for number, case in here for row in _own(number, case[word][turn])]
        ledgers = zip(*(case["ledger"][turn] for _, case in here), strict=True)
        turns.append((batch, [sum(terms) for terms in ledgers]))
    return cases, turns, _own


def _own(number: int, rows: Rows) -> Rows:
    return [{**row, "k": row.get("k") and f"{number}{row['k']}"} for row in rows]


@pytest.fixture
def output() -> type[Output]:
    """An output to bring batches to."""
    return Output


CLOCK = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclass
class Output:
    """An output, to which batches are brought as the runner does it, without a product around them."""

    land: Land
    numbers: dict[str, int] = field(default_factory=dict)

    def bring(
        self,
        frame: DataFrame,
        flow: str = "in",
        number: int | None = None,
        clock: dt.datetime = CLOCK,
        sabotage: Callable[[DataFrame], DataFrame] = lambda frame: frame,
    ) -> tuple[Entry, list[Any]]:
        """The batch's line of the ledger, which balances, and the rows that were set aside.

        `sabotage` changes the rows between check and commit.
        """
        replayed = number is not None
        number = self.numbers.get(flow, 0) if number is None else number
        self.numbers[flow] = number + 1
        from lakemesh.runner.outputs import check_output, deletes_of, keep, offered, quarantined, settled
        from lakemesh.runner.staging import Staging, run_through
        from lakemesh.runner.tally import Tally
        from lakemesh.write import Txn, ensure, write
        from lakemesh.write.bad_rows import write_bad_rows
        from lakemesh.write.tombstones import find_tombstones, leaves_tombstones, left_by

        run, tally, land = Run(frame.sparkSession, "run", clock), Tally(0.5), self.land
        checked = check_output(land, frame, tally, run)
        land = checked.land
        staging = Staging("", persists=True)
        if land.staged:
            checked = keep(checked, staging)
        else:
            run_through(checked.marked.frame)
        found = ensure(run.session, land, checked.shape)
        txn = Txn(f"p/{flow}/g/out", number)
        tombstones = find_tombstones(run.session, land, txn, replayed)
        deletes = deletes_of(checked, tally)
        rows = offered(checked, tally, deletes > 0, tombstones)
        if deletes and isinstance(land.port, Merge | Overwrite) and leaves_tombstones(land.port):
            left = left_by(rows, land.port, tombstones)
            beside = Txn(f"p/{flow}/g/out__tombstones", number)
            write_bad_rows(left, land.tombstones, beside, ("run", flow, clock), replayed, deletes)
        written = write(sabotage(rows), land, found, txn, replayed, clock)
        aside = [(row["k"], row["_failed_rules"]) for row in quarantined(checked).collect()]
        staging.__exit__()
        lost = settled(checked, tally, tally.get(f"check.{land.name}.0")["rows"])
        entry = _entry(land.name, tally, written, len(aside), lost)
        wrong = imbalances([entry])
        if wrong:
            raise LedgerUnbalanced("; ".join(wrong))
        return entry, aside


def _entry(name: str, tally: Any, written: Written, quarantined: int, lost: dict[str, int]) -> Entry:
    return Entry(
        kind="output",
        name=name,
        checked=tally.get(f"check.{name}.0")["rows"],
        quarantined=quarantined,
        dropped=sum(counts.get("dropped") or 0 for counts in tally.under(f"check.{name}.").values()),
        superseded=lost["superseded"],
        offered=written.offered,
        inserted=written.inserted,
        updated=written.updated,
        deleted=written.deleted,
        stale=written.stale,
        conflicts=written.conflicts + lost["conflicts"],
    )
