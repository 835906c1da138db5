"""What bad input gets: a message that says what and where, and tables with the whole batch or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import functions as F

FILES = """
inputPorts:
  src:
    kind: blob
    path: "${landing.shop}/in"
    schema: {id: bigint, m: "decimal(12,2)", t: timestamp, s: string}
outputPorts:
  out: {kind: delta, from: src, write: append}
"""
LATEST = """
inputPorts:
  src: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}
outputPorts:
  out: {kind: delta, from: src, write: merge, keys: [id], schema: {id: bigint, v: string}}
"""
CODE = """
inputPorts:
  src: {{kind: blob, path: "${{landing.shop}}/in", schema: {{id: bigint, v: string}}}}
transformations:
  made: {step}
outputPorts:
  out: {{kind: delta, from: made, write: append, schema: {{id: bigint, v: string}}}}
"""


def bad_files(mini: Any) -> None:
    """One folder of files as nobody should send them."""
    deep = '{"id":1,"s":' + '{"a":' * 200 + "1" + "}" * 200 + "}"
    mini.land("in/array.json", '[{"id":100},{"id":101}]')
    mini.land("in/pretty.json", "[", '  {"id":2},', '  {"id":3}', "]")
    mini.land("in/mark.json", '\ufeff{"id":4,"s":"mark"}')
    mini.land("in/deep.json", deep)
    mini.land("in/twice.json", '{"id":5,"s":"a","s":"b"}', '{"id":6,"id":"x"}')
    mini.land(
        "in/times.json",
        '{"id":7,"t":"2026-01-02T03:04:05Z"}',
        '{"id":8,"t":"2026-01-02 03:04:05"}',
        '{"id":9,"t":"2026-01-02T05:04:05.000+02:00"}',
        '{"id":10,"t":"02.01.2026"}',
    )
    mini.land("in/digits.json", '{"id":11,"m":12345678901.5}', '{"id":12,"m":1.239}')
    mini.land("in/long.json", f'{{"id":14,"s":"{"x" * 20_000_000}"}}')
    mini.land("in/empty.json")
    (mini.root / "data/in/latin.json").write_bytes('{"id":13,"s":"\u00e9"}\n'.encode("latin-1"))


def test_a_folder_of_bad_files_is_one_whole_batch(mini: Any) -> None:
    mini.product("orders", FILES)
    told = f"input 'src' reads {mini.root}/data/in, and there is no such folder. Create it, or mend the path"
    assert told in mini.run("orders").message
    assert not mini.table("orders/out").exists()
    (mini.root / "data/in").mkdir(parents=True)
    nothing = mini.ran("orders")
    assert (nothing.entries, mini.rows("orders/out")) == ((), [])
    bad_files(mini)
    report = mini.ran("orders")
    rows = {row["id"]: row for row in mini.rows("orders/out")}
    assert sorted(key for key in rows if key is not None) == [1, 3, 4, 5, *range(7, 13), 14]
    assert (rows[1]["s"].count("{"), len(rows[14]["s"])) == (200, 20_000_000)
    assert (rows[4]["s"], rows[5]["s"]) == ("mark", "b")
    assert {str(rows[number]["t"])[:19] for number in (7, 8, 9)} == {"2026-01-02 03:04:05"}
    assert (rows[10]["t"], rows[11]["m"], rows[12]["m"]) == (None, None, None)
    reasons = sorted((row["_reason"], row["_raw"]) for row in mini.rows("orders/src__rejected"))
    assert reasons == [
        ("a JSON array, not a JSON object", '[{"id":100},{"id":101}]'),
        ("a name said twice", '{"id":6,"id":"x"}'),
        ("not valid JSON", '  {"id":2},'),
        ("not valid JSON", "]"),
        ("not valid JSON: a JSON array over several lines? multiLine: true reads one", "["),
        ("not valid UTF-8", '{"id":13,"s":"\ufffd"}'),
    ]
    assert report.state == "succeeded"


PLAIN = "{sql: 'select id, v from src'}"
FAILING = (
    (
        "{sql: transforms/made.sql}",
        "made.sql",
        "select id,\n  v || cast(1 / (id - 2) as string) as v\nfrom src\n",
        "bundles/shop/orders/transforms/made.sql:2: step 'made': Division by zero.",
        "In: 1 / (id - 2)",
    ),
    (
        '{python: "transforms/made.py:made", from: [src]}',
        "made.py",
        "def made(src):\n    wrong = 1\n    return src.where(f'{wrong.nothing}')\n",
        "bundles/shop/orders/transforms/made.py:3: step 'made': AttributeError: 'int' object has no",
        "",
    ),
    (
        '{python: "transforms/gone.py:made", from: [src]}',
        "gone.py",
        "import sys\n\ndef made(src):\n    sys.exit(3)\n",
        "bundles/shop/orders/transforms/gone.py:4: step 'made': SystemExit: 3",
        "",
    ),
    (
        '{python: "transforms/rows.py:made", from: [src]}',
        "rows.py",
        "from pyspark.sql import functions as F\n\n@F.udf\ndef ninth(v):\n    return v[8]\n\n"
        "def made(src):\n    return src.withColumn('v', ninth('v'))\n",
        "bundles/shop/orders/transforms/rows.py:5: step 'made': IndexError: string index out of range",
        "",
    ),
    (
        '{python: "transforms/other.py:made", from: [src]}',
        "other.py",
        "def made(src):\n    return src.withColumn('w', src.v).drop('v')\n",
        "output 'out' would write w, which its schema does not list",
        "",
    ),
)


def test_code_that_fails_at_run_time(mini: Any) -> None:
    mini.product("orders", CODE.format(step=PLAIN))
    mini.land("in/1.json", {"id": 1, "v": "a"})
    mini.ran("orders")
    before = (mini.version("orders/out"), mini.rows("orders/out"))
    mini.land("in/2.json", {"id": 2, "v": "b"})
    for step, file, text, told, fragment in FAILING:
        mini.product("orders", CODE.format(step=step))
        mini.write(f"bundles/shop/orders/transforms/{file}", text)
        message = mini.run("orders").message
        assert message.startswith("shop.orders, flow 'src', batch 1: ")
        assert told in message
        assert fragment in message
        assert (mini.version("orders/out"), mini.rows("orders/out")) == before
    mini.product("orders", CODE.format(step=PLAIN))
    mini.ran("orders")
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [1, 2]


def test_a_python_step_that_loses_what_could_not_be_cast(mini: Any) -> None:
    steps = """{kind: cast, from: src, columns: {v: int}}
  passed: {python: "transforms/p.py:passed", from: [made]}"""
    said = CODE.format(step=steps).replace("from: made, write", "from: passed, write")
    head, _, port = said.partition("outputPorts:")
    mini.product("orders", f"{head}outputPorts:{port.replace('v: string', 'v: int')}")
    mini.land("in/1.json", {"id": 1, "v": "a"})
    mini.write(
        "bundles/shop/orders/transforms/p.py", "def passed(rows):\n    return rows.select('id', 'v')\n"
    )
    message = mini.run("orders").message
    assert "'passed' gives no _cast_errors, by which 'out' tells the values that 'made' could not" in message
    mini.write("bundles/shop/orders/transforms/p.py", "def passed(rows):\n    return rows\n")
    mini.ran("orders")
    assert [row["_failed_rules"] for row in mini.rows("orders/out__quarantine")] == [["cast.made.v"]]


def test_a_damaged_checkpoint(mini: Any) -> None:
    mini.product("orders", FILES)
    mini.land("in/1.json", {"id": 1})
    mini.ran("orders")
    (metadata,) = (mini.root / "lakehouse/_checkpoints/shop/orders/src").glob("*/metadata")
    folder, aside = metadata.parent, mini.root / "aside"
    mini.land("in/2.json", {"id": 2})
    for name, text in (("offsets/0", "v1\n{"), ("metadata", "{")):
        kept = (folder / name).read_bytes()
        (folder / name).write_text(text)
        message = mini.run("orders").message
        assert f"{folder} is damaged: {name} is no log that Spark wrote. Nothing was written." in message
        (folder / name).write_bytes(kept)
    for name, gone in (("offsets", "offsets/0"), ("sources", "sources/0/0")):
        (folder / name).rename(aside)
        assert f"{folder} is damaged: {gone} is gone. Nothing was written." in mini.run("orders").message
        aside.rename(folder / name)
    assert [row["id"] for row in mini.rows("orders/out")] == [1]
    mini.ran("orders")
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [1, 2]


def test_a_table_that_somebody_else_changed(mini: Any) -> None:
    mini.product("orders", LATEST)
    mini.land("in/1.json", {"id": 1, "v": "a"})
    mini.ran("orders")
    changes = (
        ("select 1L as id, 1 as v", "column 'v' is int in the table shop.orders.out and string in"),
        ("select 1L as id, 'a' as v, 2 as w", "has the column 'w', and the schema has not"),
    )
    for number, (query, told) in enumerate(changes):
        changed = mini.spark.sql(query).write.format("delta").mode("overwrite")
        changed.option("overwriteSchema", "true").save(str(mini.table("orders/out")))
        before = mini.version("orders/out")
        mini.land(f"in/{number + 2}.json", {"id": number + 2, "v": "b"})
        assert told in mini.run("orders").message
        assert mini.version("orders/out") == before
    gone = mini.spark.sql("select 1L as id").write.format("delta").mode("overwrite")
    gone.option("overwriteSchema", "true").save(str(mini.table("orders/out")))
    mini.ran("orders")  # a column that is gone is added again
    assert {row["id"]: row["v"] for row in mini.rows("orders/out")} == {1: None, 2: "b", 3: "b"}


def meddling(path: str, marker: Path, how: Callable[[DeltaTable], Any]) -> Any:
    """A function of rows that, the first time, changes the table under the merge that reads them."""

    def once(key: int) -> int:
        if not marker.exists():
            marker.touch()
            how(DeltaTable(path))
        return key

    return F.udf(once, "bigint")


def test_another_writer_in_the_middle_of_a_merge(mini: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from lakemesh.write import merge

    mini.product("orders", LATEST)
    mini.land("in/1.json", {"id": 1, "v": "a"}, {"id": 2, "v": "a"})
    mini.ran("orders")
    path, marker = str(mini.table("orders/out")), mini.root / "marker"

    def delete(table: DeltaTable) -> None:
        table.delete("id = 1")

    def merged(frame: Any, *more: Any, original: Any = merge._merge) -> None:
        original(frame.withColumn("id", meddling(path, marker, delete)("id")), *more)

    mini.land("in/2.json", {"id": 1, "v": "b"}, {"id": 3, "v": "b"})
    with monkeypatch.context() as patch:
        patch.setattr(merge, "_merge", merged)
        report = mini.run("orders")
    assert marker.exists()
    told = "batch 1: another writer changed the table while the batch was written into it, and nothing of"
    assert told in report.message
    assert mini.rows("orders/out") == [{"id": 2, "v": "a"}]
    mini.ran("orders")
    assert {row["id"]: row["v"] for row in mini.rows("orders/out")} == {1: "b", 2: "a", 3: "b"}
