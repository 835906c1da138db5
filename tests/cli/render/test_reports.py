import json
from dataclasses import replace
from pathlib import Path

import pytest

from lakemesh.cli.render.reports import print_reports, report_lines
from lakemesh.observe.checks import CheckResult
from lakemesh.observe.ledger import Entry
from lakemesh.runner.report import Replay, RunReport
from lakemesh.spec.loader import Mesh, load_mesh

FAILED = CheckResult(
    output="orders", rule="amount_not_negative", expectation="e", columns=("amount",), arguments="{}",
    severity="critical", on_failure="quarantine", success=False, element_count=5, unexpected_count=1,
)  # fmt: skip
ENTRIES = (
    Entry(kind="input", name="files", read=6, rejected=1, accepted=5),
    Entry(
        kind="output", name="orders", checked=5, quarantined=1, dropped=0, superseded=0, offered=4, inserted=4
    ),
)
FINE = RunReport(
    product="shop.orders", run_id="r1", state="succeeded", seconds=2.5, batches=1, entries=ENTRIES,
    checks=(FAILED,), tables=(("orders", 4),), warnings=("a field 'x' is unknown",),
)  # fmt: skip
BAD = RunReport(
    product="shop.orders",
    run_id="r2",
    state="failed",
    message="it broke",
    checks=(FAILED,),
    error={"flow": "files", "batch": 0},
)
SKIPPED = RunReport(product="shop.orders", run_id="", state="skipped", message="not run: it reads a.b.")


@pytest.fixture
def mesh(root: Path) -> Mesh:
    return load_mesh(root).require()


def test_a_run_with_its_ledger_rules_and_what_to_look_at(mesh: Mesh) -> None:
    assert list(report_lines(FINE, mesh, "lakemesh --mesh m")) == [
        "shop.orders: succeeded in 2.5 s, 1 batch",
        "  run         r1",
        "  input       files: read 6 = rejected 1 + accepted 5",
        "  output      orders: checked 5 = quarantined 1 + offered 4; offered 4 = inserted 4",
        "  rule        amount_not_negative on orders failed, 1 of 5 rows (critical, quarantine)",
        "  warning     a field 'x' is unknown",
        "  look        lakemesh --mesh m sql \"select * from shop.orders.files__rejected where _run = 'r1'\"",
        "  look        lakemesh --mesh m sql"
        " \"select * from shop.orders.orders__quarantine where _run = 'r1'\"",
    ]


def test_a_failure_tells_why_and_where_to_look(mesh: Mesh) -> None:
    lines = list(report_lines(BAD, mesh, "lakemesh"))
    assert lines[0] == "shop.orders: FAILED in 0.0 s"
    assert "  why         it broke" in lines
    batch = "product = 'shop.orders' and flow = 'files' and batch = 0"
    assert f'  look        lakemesh sql "select * from shop._ops.batches where {batch}"' in lines
    assert lines[-1].endswith("from shop._ops.checks where run_id = 'r2' and not success\"")


def test_a_batch_done_again_is_looked_for_where_its_first_run_left_it(mesh: Mesh) -> None:
    again = replace(FINE, run_id="r2", replays=(Replay("files", 3, "r1"),))
    where = "_run = 'r2' or _run >= 'r1' and _flow = 'files' and _batch = 3"
    lines = list(report_lines(again, mesh, "lakemesh"))
    assert f'  look        lakemesh sql "select * from shop.orders.files__rejected where {where}"' in lines


def test_a_failure_before_any_batch_has_nothing_to_look_at(mesh: Mesh) -> None:
    lines = list(report_lines(replace(BAD, checks=(), error={"batch": None}), mesh, "lakemesh"))
    assert lines[1:] == ["  run         r2", "  why         it broke"]


def test_what_was_skipped_says_why(mesh: Mesh) -> None:
    lines = list(report_lines(SKIPPED, mesh, "lakemesh"))
    assert lines == ["shop.orders: skipped", "  why         not run: it reads a.b."]


def test_what_was_refused_has_no_run_to_name(mesh: Mesh) -> None:
    refused = replace(BAD, run_id="", checks=(), error={"error": "Locked", "batch": None})
    lines = list(report_lines(refused, mesh, "lakemesh"))
    assert lines == ["shop.orders: FAILED in 0.0 s", "  why         it broke"]


def test_the_last_line_counts(mesh: Mesh, capsys: pytest.CaptureFixture[str]) -> None:
    print_reports([FINE, BAD, SKIPPED, FINE], mesh, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1] == "4 products: 2 succeeded, 1 failed, 1 skipped"


def test_the_summary_as_one_document(mesh: Mesh, capsys: pytest.CaptureFixture[str]) -> None:
    print_reports([FINE, BAD], mesh, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["succeeded"] is False
    first = document["products"][0]
    assert first["ledger"][0] == {"kind": "input", "name": "files", "read": 6, "rejected": 1, "accepted": 5}
    assert first["tables"] == {"orders": 4}
    assert first["look"] == [
        "select * from shop.orders.files__rejected where _run = 'r1'",
        "select * from shop.orders.orders__quarantine where _run = 'r1'",
    ]
    assert len(document["products"][1]["look"]) == 2
    assert first["checks"][0]["rule"] == "amount_not_negative"
