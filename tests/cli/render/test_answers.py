import json
import math
import re

import pytest

from lakemesh.cli.render.answers import print_answer
from lakemesh.query.answer import Answer

ANSWER = Answer(("a", "a", "b"), ((1, None, "x,\ny"), (2, {"k": 1}, '"')), ("INT", "STRUCT", "VARCHAR"))


def test_csv_quotes_what_it_must(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(ANSWER, "csv")
    assert capsys.readouterr().out == 'a,a,b\n1,,"x,\ny"\n2,"{""k"": 1}",""""\n'


@pytest.mark.parametrize("form", ["csv", "table", "json"])
def test_what_is_no_number_is_written_as_spark_writes_it(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    print_answer(Answer(("a", "b", "c"), ((math.nan, math.inf, -math.inf),), ("DOUBLE",) * 3), form)
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.findall(r"-?[A-Z]\w+", last, re.IGNORECASE) == ["NaN", "Infinity", "-Infinity"]


def test_json_loses_no_column_of_one_name(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(ANSWER, "json")
    assert json.loads(capsys.readouterr().out)[0] == {"a": 1, "a_2": None, "b": "x,\ny"}


def test_no_rows_are_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(Answer(("a",), (), ("INT",)), "json")
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.parametrize(("asked", "said"), [(None, "The first 2 rows; --limit N shows more.\n"), (2, "")])
def test_only_an_unasked_cut_is_told(
    capsys: pytest.CaptureFixture[str], asked: int | None, said: str
) -> None:
    print_answer(Answer(("a",), ((1,), (2,)), ("INT",), more=True), "table", asked_limit=asked)
    assert capsys.readouterr().err == said
