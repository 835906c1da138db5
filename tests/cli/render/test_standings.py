import datetime as dt
import json
from dataclasses import replace

import pytest

from lakemesh.cli.render.standings import print_standings
from lakemesh.query.facts import PastRun
from lakemesh.query.standing import FailedRule, Standing

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
RUN = PastRun("r1", "succeeded", NOON, NOON + dt.timedelta(seconds=90), True, "")
RULE = FailedRule("orders", "amount_not_negative", "critical", "quarantine", 2)
FINE = Standing(
    product="shop.orders", run=RUN, freshness="fresh", age_seconds=60.0, latency_seconds=900.0, judged="r1",
    imbalances=(), ledger_entries=3, rules=4, failed=(), rows=(("orders", 1200), ("other", None)),
)  # fmt: skip


def test_how_a_product_stands(capsys: pytest.CaptureFixture[str]) -> None:
    print_standings([FINE], as_json=False)
    row = capsys.readouterr().out.splitlines()[2]
    assert row.split("  ") == [
        "shop.orders",
        "succeeded 2026-01-01 12:01:30Z",
        "1 min 30 s",
        "fresh: 1 min 0 s old, promised 15 min",
        "balanced",
        "4 rules held",
        "orders 1,200, other -",
    ]


def test_what_is_wrong_is_told_below(capsys: pytest.CaptureFixture[str]) -> None:
    killed = replace(RUN, state="killed", ended=None)
    bad = replace(
        FINE, run=killed, failed=(RULE,), imbalances=("output 'orders': off by +1",), latency_seconds=None
    )
    print_standings([bad], as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "no latency promised" in lines[2]
    assert "NOT balanced" in lines[2]
    assert "1 of 4 rules failed" in lines[2]
    assert lines[3:] == [
        "shop.orders: last run r1",
        "shop.orders: its last run was killed; the next takes up where it stopped",
        "shop.orders: output 'orders': off by +1",
        "shop.orders: critical rule 'amount_not_negative' on orders failed, 2 rows (quarantine)",
    ]


@pytest.mark.parametrize(("state", "told"), [("succeeded", "no new rows"), ("failed", "nothing written")])
def test_a_run_without_a_ledger_says_why(capsys: pytest.CaptureFixture[str], state: str, told: str) -> None:
    print_standings([replace(FINE, run=replace(RUN, state=state), ledger_entries=0)], as_json=False)
    assert told in capsys.readouterr().out.splitlines()[2]


def test_a_run_that_found_nothing_new_has_the_quality_of_another(capsys: pytest.CaptureFixture[str]) -> None:
    print_standings([replace(FINE, run=replace(RUN, run_id="r2"))], as_json=False)
    assert capsys.readouterr().out.splitlines()[3:] == [
        "shop.orders: last run r2; ledger and quality are those of r1, the last one that had a batch"
    ]


def test_the_same_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    print_standings([replace(FINE, failed=(RULE,))], as_json=True)
    (product,) = json.loads(capsys.readouterr().out)["products"]
    assert product["lastRun"]["seconds"] == 90.0
    assert product["lastRun"]["ended"] == "2026-01-01T12:01:30+00:00"
    assert product["ledger"] == {"run": "r1", "entries": 3, "balanced": True, "imbalances": []}
    assert product["quality"]["failed"][0]["unexpected"] == 2
    assert product["rows"] == {"orders": 1200, "other": None}


def test_a_ledger_without_entries_is_neither_balanced_nor_not(capsys: pytest.CaptureFixture[str]) -> None:
    print_standings([replace(FINE, ledger_entries=0)], as_json=True)
    (product,) = json.loads(capsys.readouterr().out)["products"]
    assert product["ledger"]["balanced"] is None
