import pytest

from lakemesh.cli.render.cases import case_lines, difference_lines, print_cases
from lakemesh.runner.comparison import Difference
from lakemesh.runner.trial import CaseReport

DIFFERENCE = Difference(
    "orders",
    missing=({"id": "a", "amount": 5}, {"id": "c", "amount": 1}),
    unexpected=({"id": "b", "amount": 5.5}, {"id": "a", "amount": 4}),
)
FAILED = CaseReport(
    product="shop.orders", case="newest wins", passed=False, differences=(DIFFERENCE,), seconds=2.0
)


def test_a_row_stands_beside_the_one_most_like_it() -> None:
    assert list(difference_lines(DIFFERENCE)) == [
        '- expected {"id": "a", "amount": 5}',
        '+ found    {"id": "a", "amount": 4}',
        "  differs  amount: 5 expected, 4 found",
        '- expected {"id": "c", "amount": 1}',
        '+ found    {"id": "b", "amount": 5.5}',
    ]


def test_a_failed_case() -> None:
    lines = list(case_lines(FAILED))
    assert lines[0] == "FAILED shop.orders: newest wins (2.0 s)"
    assert lines[1].strip() == "orders differs from what is expected:"


def test_a_case_that_could_not_run() -> None:
    report = CaseReport(product="a.b", case="c", passed=False, message="it broke")
    assert [line.strip() for line in case_lines(report)] == ["FAILED a.b: c (0.0 s)", "it broke"]


def test_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    passed = CaseReport(product="a.b", case="c", passed=True)
    assert print_cases([passed, FAILED], ["a.c"], as_json=False) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 cases, 1 FAILED. Without tests: a.c."
