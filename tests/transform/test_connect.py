"""The same tables of cases over Spark Connect, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TABLES = Path(__file__).with_name("test_transform.py")
# Of each kind the first ones, and every one of those whose frames are resolved late over Connect.
WHOLE = ("sql", "python", "pseudonymise", "join")
SCRIPT = f"""
import itertools, runpy, sys
from pyspark.sql import SparkSession

tables = runpy.run_path({str(TABLES)!r})
session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
for key, value in {{"session.timeZone": "UTC", "ansi.enabled": "true", "shuffle.partitions": "2"}}.items():
    session.conf.set(f"spark.sql.{{key}}", value)
done = 0
for kind, cases in itertools.groupby(tables["read_cases"](), lambda found: found[0].partition(":")[0]):
    for name, case in list(cases)[: None if kind in {WHOLE!r} else 2]:
        try:
            said = {{"error": case["errorOverConnect"]}} if "errorOverConnect" in case else {{}}
            tables["run_case"](session, {{**case, **said}})
        except BaseException as error:
            print("FAILED", name, repr(error)[:2000])
            raise
        done += 1
assert not session.catalog.listTables(), session.catalog.listTables()
print("done", done)
"""


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.xdist_group("connect")
def test_steps_over_connect(connect_address: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT, connect_address],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    assert int(said.stdout.split()[-1]) > 40
