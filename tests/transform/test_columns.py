"""What the tables of cases do not say of steps on columns: pseudonyms are HMACs, the key shows nowhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakemesh.errors import SecretMissing
from lakemesh.run import Run, Secrets
from lakemesh.spec.steps import Pseudonymise, Select
from lakemesh.transform.columns import pseudonymise, redaction_pattern, select

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SALT = "correct horse battery staple, and a tail that makes the key longer than one block of SHA-256"
CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
STEP = Pseudonymise.model_validate(
    {"kind": "pseudonymise", "from": "rows", "columns": ["v"], "salt": {"secret": "a/b"}}
)
FEW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def under(session: SparkSession, salt: str, frame: DataFrame) -> DataFrame:
    return pseudonymise(frame, STEP, Run(session, "run", CLOCK, secrets=Secrets({"a/b": salt})))


@FEW
@given(salt=st.text(min_size=1, max_size=150), texts=st.lists(st.none() | st.text(max_size=200), min_size=40))
def test_a_pseudonym_is_the_hmac_of_the_text(spark: SparkSession, salt: str, texts: list[str | None]) -> None:
    salt, said = _utf8(salt), [None if text is None else _utf8(text) for text in texts]
    frame = spark.createDataFrame(list(enumerate(said)), "id int, v string")
    rows = under(spark, salt, frame).collect()
    expected = {
        number: None if text is None else hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()
        for number, text in enumerate(said)
    }
    assert {row["id"]: row["v"] for row in rows} == expected


def _utf8(text: str) -> str:
    """The text without what UTF-8 cannot say."""
    return text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("mode", ["extended", "cost", "formatted"])
@pytest.mark.parametrize("salt", ["top secret", SALT])
def test_the_key_is_in_no_plan(
    spark: SparkSession, capsys: pytest.CaptureFixture[str], mode: str, salt: str
) -> None:
    frame = spark.createDataFrame([("x",)], "v string")
    under(spark, salt, frame).where("v > '0'").explain(mode)
    shown = capsys.readouterr().out.lower()
    assert "sha2" in shown
    assert salt not in shown
    assert not [start for start in _starts(salt) if start in shown]


def _starts(salt: str) -> list[str]:
    """The first bytes of both pads, and of the key, in hexadecimal."""
    key = salt.encode() if len(salt) <= 64 else hashlib.sha256(salt.encode()).digest()
    pads = (key, bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key))
    return [pad[:6].hex() for pad in pads]


def test_a_binary_literal_can_be_redacted(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    pad = bytes(range(64))
    frame = spark.range(1).select(F.sha2(F.lit(pad), 256))
    spark.conf.set("spark.sql.redaction.string.regex", redaction_pattern("top secret"))
    try:
        frame.where("id >= 0").explain(True)
    finally:
        spark.conf.unset("spark.sql.redaction.string.regex")
    shown = capsys.readouterr().out
    assert "redacted" in shown
    assert pad[:4].hex() not in shown.lower()
    assert re.sub(redaction_pattern(), "*", frame.columns[0]) == "sha2(*, 256)"


def test_the_pattern_publishes_no_key() -> None:
    assert redaction_pattern("top secret") == redaction_pattern("another")


def test_a_salt_that_is_not_set(spark: SparkSession) -> None:
    run = Run(spark, "run", CLOCK)
    with pytest.raises(SecretMissing, match="A_B"):
        pseudonymise(spark.createDataFrame([("x",)], "v string"), STEP, run)


def test_select_keeps_the_order_of_metadata(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "r", 2)], "a int, _rescued_data string, b int")
    step = Select.model_validate({"kind": "select", "from": "rows", "columns": ["b"]})
    assert select(frame, step, Run(spark, "run", CLOCK)).columns == ["b", "_rescued_data"]
