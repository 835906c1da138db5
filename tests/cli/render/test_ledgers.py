import pytest

from lakemesh.cli.render.ledgers import ledger_line
from lakemesh.observe.ledger import Entry


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            Entry(kind="input", name="i", read=1000, rejected=3, accepted=997),
            "i: read 1,000 = rejected 3 + accepted 997",
        ),
        (Entry(kind="filter", name="f", rows_in=5, rows_out=3, filtered=2), "f: in 5 = out 3 + filtered 2"),
        (Entry(kind="deduplicate", name="d", rows_in=5, rows_out=5, duplicates=0), "d: in 5 = out 5"),
        (Entry(kind="step", name="s", rows_in=5, rows_out=7), "s: in 5; out 7"),
        (
            Entry(
                kind="output",
                name="o",
                checked=9,
                quarantined=1,
                dropped=0,
                superseded=0,
                offered=8,
                inserted=6,
                updated=2,
                deleted=0,
                stale=0,
                conflicts=1,
            ),
            "o: checked 9 = quarantined 1 + offered 8; offered 8 = inserted 6 + updated 2; conflicts 1",
        ),
        (Entry(kind="input", name="i", read=0, rejected=0, accepted=0), "i: read 0"),
        (Entry(kind="step", name="s"), "s: not counted"),
    ],
)
def test_an_entry_is_a_sum(entry: Entry, line: str) -> None:
    assert ledger_line(entry) == line
