import pytest
from sqlglot import exp, parse_one

from lakemesh.errors import QueryError
from lakemesh.query.translate.types import (
    BIGINT,
    DATE,
    DOUBLE,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    array,
    common,
    decimal,
    of_delta,
    of_sql,
    struct,
)


def read(said: str) -> Type:
    return of_sql(parse_one(said, read="databricks", into=exp.DataType))


@pytest.mark.parametrize(
    ("said", "name", "duck"),
    [
        ("int", "int", "INTEGER"),
        ("decimal(12,2)", "decimal(12,2)", "DECIMAL(12,2)"),
        ("decimal", "decimal(10,0)", "DECIMAL(10,0)"),
        ("array<string>", "array<string>", "VARCHAR[]"),
        ("map<string,bigint>", "map<string,bigint>", "MAP(VARCHAR, BIGINT)"),
        ("struct<a:int,b:date>", "struct<a:int,b:date>", 'STRUCT("a" INTEGER, "b" DATE)'),
        ("timestamp", "timestamp", "TIMESTAMP WITH TIME ZONE"),
        ("timestamp_ntz", "timestamp_ntz", "TIMESTAMP"),
    ],
)
def test_a_type_in_both_languages(said: str, name: str, duck: str) -> None:
    assert (str(read(said)), read(said).duck) == (name, duck)


def test_a_type_that_is_not_read() -> None:
    with pytest.raises(QueryError, match="the type variant is not read here"):
        read("variant")


def test_types_of_delta_s_log() -> None:
    fields = [{"name": "a", "type": "long"}, {"name": "b", "type": "decimal(5,2)"}]
    said = {"type": "array", "elementType": {"type": "struct", "fields": fields}}
    assert of_delta(said) == array(struct(("a", "b"), (BIGINT, decimal(5, 2))))


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        (INT, BIGINT, BIGINT),
        (INT, STRING, BIGINT),
        (decimal(5, 2), STRING, DOUBLE),
        (INT, decimal(5, 2), decimal(12, 2)),
        (DATE, TIMESTAMP, TIMESTAMP),
        (array(INT), array(BIGINT), array(BIGINT)),
        (INT, DATE, None),
        (array(INT), INT, None),
    ],
)
def test_the_type_that_holds_both(left: Type, right: Type, both: Type | None) -> None:
    assert common(left, right) == common(right, left) == both


def test_a_decimal_beyond_38_digits_gives_up_decimals_down_to_six() -> None:
    assert (decimal(43, 23), decimal(50, 4)) == (decimal(38, 18), decimal(38, 4))
