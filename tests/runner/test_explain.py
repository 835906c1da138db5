"""Spark's errors in the user's words. The texts are those of Spark 4.0 and Delta 4.0, shortened."""

from __future__ import annotations

from typing import Any

import pytest

from lakemesh.errors import (
    LedgerUnbalanced,
    ReadFailed,
    RuleFailed,
    RunError,
    SetupError,
    StepFailed,
    encode_error,
)
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Flow, Land, Read, Transform
from lakemesh.read.records import END_OF_FROZEN, FROZEN
from lakemesh.runner.explain import explain
from lakemesh.runner.outputs import END_OF_RULES, RULE_FAILED
from lakemesh.spec.inputs import ProductInput
from lakemesh.spec.outputs import Merge
from lakemesh.spec.steps import Derive, Python, Sql

STATE = "SQLSTATE: 22018"
DIVIDED = """
An error occurred while calling o512.save. : org.apache.spark.SparkException: [TASK_WRITE_FAILED] Task failed
 while writing rows to file:/x. SQLSTATE: 58030
Caused by: org.apache.spark.SparkArithmeticException: [DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to
 tolerate divisor being 0 and return NULL instead. SQLSTATE: 22012
== SQL (line 3, position 8) ==
       total / pieces as each
       ^^^^^^^^^^^^^^

\tat org.apache.spark.sql.errors.QueryExecutionErrors$.divideByZeroError(QueryExecutionErrors.scala:203)
"""
DERIVED = DIVIDED.replace("(line 3, position 8)", "(line 1, position 1)").replace("as each\n", "\n")
UDF = """
An error occurred while calling o61.save.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 3.0 failed 1 times
Traceback (most recent call last):
  File "bundles/shop/orders/transforms/enrich.py", line 4, in price
    return 1 / pieces
ZeroDivisionError: division by zero
"""


def flow(*steps: Transform) -> Flow:
    return Flow(name="in", input="in", reads=(), steps=steps, outputs=())


def step(kind: Any, **said: Any) -> Transform:
    return Transform(name="priced", product="shop.orders", step=kind, reads=("in",), **said)


SQL = step(
    Sql(sql="each.sql"),
    code="select id,\n       pieces,\n       total / pieces as each\nfrom in",
    file="bundles/shop/orders/each.sql",
    line=1,
)


def test_an_error_in_sql_names_file_line_and_step() -> None:
    told = explain(RuntimeError(DIVIDED), flow(SQL))
    assert isinstance(told, StepFailed)
    assert str(told).startswith("bundles/shop/orders/each.sql:3: step 'priced': Division by zero.")
    assert "In: total / pieces" in str(told)


UNPARSED = """
An error occurred while calling o512.save. : org.apache.spark.SparkDateTimeException:
 [CANNOT_PARSE_TIMESTAMP] Text 'Permission denied' could not be parsed at index 0. SQLSTATE: 22007
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.ansiDateTimeParseError(QueryExecutionErrors.scala:273)
"""


def test_an_error_that_is_placed_nowhere_names_the_steps_that_may_have_asked() -> None:
    placed = "bundles/shop/orders/each.sql:1: step 'priced'"
    told = str(explain(RuntimeError(UNPARSED), flow(SQL)))
    assert told.startswith(f"{placed}: Text 'Permission denied' could not be parsed")
    derived = step(Derive(kind="derive", **{"from": "in", "columns": {"at": "to_timestamp(t)"}}))
    derived = derived.model_copy(update={"name": "dated", "file": "product.yml", "line": 9})
    told = str(explain(RuntimeError(UNPARSED), flow(SQL, derived)))
    assert told.endswith(f"In one of: {placed}; product.yml:9: step 'dated'")


@pytest.mark.parametrize("data", ["Permission denied", "No space left on device", "OutOfMemoryError"])
def test_data_in_an_error_s_text_is_no_fault_of_the_machine(data: str) -> None:
    cast = DIVIDED.replace("Division by zero.", f"The value '{data}' of the type STRING cannot be cast.")
    assert "step 'priced': The value" in str(explain(RuntimeError(cast), flow(SQL)))


def test_an_error_in_inline_sql_counts_from_where_the_text_begins() -> None:
    inline = SQL.model_copy(update={"file": "bundles/shop/orders/product.yml", "line": 12})
    assert str(explain(RuntimeError(DIVIDED), flow(inline))).startswith(
        "bundles/shop/orders/product.yml:14: "
    )


def test_an_error_in_an_expression_names_its_step() -> None:
    derived = step(Derive(kind="derive", **{"from": "in", "columns": {"each": "total / pieces"}}))
    told = str(explain(RuntimeError(DERIVED), flow(derived)))
    assert told.startswith("step 'priced': Division by zero.")


def test_of_two_steps_with_the_same_words_the_one_with_that_line() -> None:
    other = SQL.model_copy(update={"name": "other", "code": "select total / pieces as each from in"})
    quoted = step(Derive(kind="derive", **{"from": "in", "columns": {"each": 'total / pieces -- "ü"'}}))
    for steps in ((other, SQL), (SQL, other), (quoted, SQL)):
        assert "each.sql:3: step 'priced'" in str(explain(RuntimeError(DIVIDED), flow(*steps)))
    fragment = DERIVED.replace("total / pieces", 'total / pieces -- "ü"')
    assert str(explain(RuntimeError(fragment), flow(quoted))).startswith("step 'priced': Division by zero.")


def test_an_error_in_sql_of_nobody_is_told_all_the_same() -> None:
    told = explain(RuntimeError(DIVIDED), flow())
    assert isinstance(told, StepFailed)
    assert str(told).startswith("Division by zero.")


def test_an_error_in_a_python_function_names_file_and_line() -> None:
    code = step(
        Python(python="transforms/enrich.py:enrich", **{"from": ("in",)}),
        code="def price(): ...",
        file="bundles/shop/orders/transforms/enrich.py",
    )
    told = explain(RuntimeError(UDF), flow(code))
    assert isinstance(told, StepFailed)
    assert str(told).endswith(
        "bundles/shop/orders/transforms/enrich.py:4: step 'priced': ZeroDivisionError: division by zero"
    )


def test_a_rule_that_a_row_broke() -> None:
    text = f"[USER_RAISED_EXCEPTION] {RULE_FAILED}total: known, id_known{END_OF_RULES} SQLSTATE: P01"
    told = explain(RuntimeError(text))
    assert isinstance(told, RuleFailed)
    assert str(told) == (
        "a row broke total: known, id_known, and onFailure is fail: nothing of the batch was written."
    )


def test_a_rule_in_a_plan_that_spark_prints_is_none_that_a_row_broke() -> None:
    plan = (
        f"[UNRESOLVED_COLUMN] no such column\n'Filter raise_error(concat({RULE_FAILED}, a, {END_OF_RULES}))"
    )
    assert not isinstance(explain(RuntimeError(plan)), RuleFailed)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "java.io.IOException: No space left on device",
            "the disk takes no more (No space left on device): make room",
        ),
        (
            "org.apache.spark.SparkException: Java heap space\n\tat x",
            "Spark ran out of memory: raise spark.driver.memory",
        ),
        (
            "An error occurred while calling o8.merge.\n: java.io.FileNotFoundException: /l ake/a/b.parquet"
            " (Read-only file system)\n\tat x",
            "/l ake/a/b.parquet cannot be used (Read-only file system): get access to it, then run again.",
        ),
        ("java.nio.file.FileSystemException: /lake/a: Read-only file system", "/lake/a cannot be used (Read"),
        ("An error occurred while calling o8.merge.\n: java.io.IOException: It broke.\n\tat x", "It broke."),
        (
            "Answer from Java side is empty",
            "a process of Spark ended, most likely since it ran out of memory: raise",
        ),
        ("ExecutorLostFailure (executor 0 exited)", "spark.executor.memory on a cluster"),
        ("java.lang.OutOfMemoryError: GC overhead limit exceeded", "spark.driver.memory"),
        (
            f"[DELTA_X] wrapped. SQLSTATE: 1\n[CAST] The value 'x'\n is no INT. {STATE}",
            "value 'x' is no INT. [CAST]",
        ),
        ("[DELTA_CONCURRENT_APPEND] Files were added. SQLSTATE: 2D521", "another writer changed the table"),
        ("[DELTA_CONCURRENT_APPEND] Files were added. SQLSTATE: 2D521", "Files were added."),
        ("something odd\n\tat org.apache.spark.X", "something odd"),
        (
            "<_InactiveRpcError of RPC that ended:\n\tstatus = StatusCode.UNAVAILABLE",
            "the Spark server went away",
        ),
        ("", "no message"),
    ],
)
def test_what_else_goes_wrong_is_one_sentence(text: str, told: str) -> None:
    said = str(explain(RuntimeError(text)))
    assert told in said
    assert "\n" not in said
    assert "org.apache" not in said


def test_its_own_errors_come_back_as_they_were() -> None:
    own = LedgerUnbalanced("lost", "shop.orders", "in", 3)
    assert explain(own) is own
    wrapped = explain(
        RuntimeError(f"[STREAM_FAILED] Query x terminated: {encode_error(own)} SQLSTATE: XXKST")
    )
    assert (type(wrapped), wrapped.facts()) == (LedgerUnbalanced, own.facts())
    assert type(explain(SetupError("no Java"))) is RunError


def reading(**said: Any) -> Flow:
    """A flow of one input."""
    read = Read.model_validate({"name": "in", "mode": "batch", **said})
    return Flow(name="in", input="in", reads=(read,), steps=(), outputs=())


FILES = {"port": {"kind": "blob", "path": "x", "schema": {"a": "bigint"}}, "paths": ("/landing/in",)}
TABLE = {
    "port": {"kind": "product", "product": "shop.up", "port": "out", "read": "appends"},
    "table": {"name": "shop.up.out", "location": "/lakehouse/shop/up/out"},
}


@pytest.mark.parametrize(
    ("text", "said", "told"),
    [
        (f"[FAILED_READ_FILE.FILE_NOT_EXIST] No file:/landing/in/1.json. {STATE}", FILES, True),
        (f"[FAILED_READ_FILE.FILE_NOT_EXIST] No file:/elsewhere/1.json. {STATE}", FILES, False),
        (f"[DELTA_MISSING_FILES_UNEXPECTED_VERSION] Log begins at 7. {STATE}", TABLE, True),
        (f"[DELTA_FILE_NOT_FOUND] File path /lakehouse/shop/up/out/1.parquet {STATE}", TABLE, True),
        (f"[DELTA_FILE_NOT_FOUND] File path /lakehouse/shop/mine/1.parquet {STATE}", TABLE, False),
    ],
)
def test_what_an_input_should_read_and_is_gone(text: str, said: dict[str, Any], told: bool) -> None:
    error = explain(RuntimeError(text), reading(**said))
    assert isinstance(error, ReadFailed) == told
    assert ("should read what is gone" in error.message) == told


def test_a_frozen_schema() -> None:
    text = f"[USER_RAISED_EXCEPTION] {FROZEN}unknown field: x in file:/a.json{END_OF_FROZEN} {STATE}"
    error = explain(RuntimeError(text), reading(**FILES))
    assert isinstance(error, ReadFailed)
    assert error.message == (
        "input 'in' says onSchemaChange: freeze, and a record is not as its schema says: unknown field: x in"
        " file:/a.json. Nothing of the batch was written. Mend the schema, or say evolve, discard_row,"
        " discard_value or ignore, and run again."
    )


def test_a_file_that_is_cut_short_is_named_with_the_reason() -> None:
    text = (
        "[TASK_WRITE_FAILED] Task failed while writing rows to file:/lake. SQLSTATE: 58030\n\tat x\n"
        "Caused by: org.apache.spark.SparkException: [FAILED_READ_FILE.NO_HINT] Encountered error while"
        " reading file file:///in/a.json.gz.  SQLSTATE: KD001\n\tat x\n"
        "Caused by: java.io.EOFException: Unexpected end of input stream\n\tat x\n"
    )
    told = explain(RuntimeError(text))
    assert isinstance(told, ReadFailed)
    assert str(told) == (
        "cannot read file:///in/a.json.gz: EOFException Unexpected end of input stream."
        " Nothing of the batch was written."
    )


def test_a_table_of_another_environment_cannot_be_followed_from_where_it_stood() -> None:
    place = Place(name="shop.orders.out", location="/lake/shop/orders/out")
    port = ProductInput(kind="product", product="shop.orders", port="out", read="appends")
    said = flow(SQL).model_copy(
        update={"reads": (Read(name="in", mode="batch", port=port, table=place),), "input": "in"}
    )
    told = explain(RuntimeError("[DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE] The table changed."), said)
    assert isinstance(told, ReadFailed)
    assert str(told).startswith("input 'in' follows another shop.orders.out than before")
    assert str(told).endswith("Run this product once with --full-refresh.")


def test_an_error_in_what_a_port_says_names_its_output() -> None:
    port = Merge.model_validate(
        {"from": "in", "write": "merge", "keys": ["id"], "deleteWhen": "total / pieces > 1"}
    )
    place = Place(name="shop.orders.newest", location="/lake/shop/orders/newest")
    land = Land(name="newest", port=port, table=place, quarantine=place.beside("__quarantine"))
    told = str(explain(RuntimeError(DERIVED), flow().model_copy(update={"outputs": (land,)})))
    assert told.startswith("output 'newest': Division by zero.")


def test_a_step_without_code_stands_on_one_line_however_long_its_expression() -> None:
    derived = step(Derive(kind="derive", **{"from": "in", "columns": {"each": "1 +\n\n total / pieces"}}))
    placed = derived.model_copy(update={"file": "product.yml", "line": 9})
    assert str(explain(RuntimeError(DIVIDED), flow(placed))).startswith("product.yml:9: step 'priced': Div")
