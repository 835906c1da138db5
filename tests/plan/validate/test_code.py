from __future__ import annotations

from typing import Any

import pytest

PYTHON = "    python: transforms/rank.py:rank\n"
HEAD = "def rank(orders, customers):"


@pytest.mark.parametrize(
    "head",
    [
        "def rank(*frames):",
        "def rank(orders, customers, extra=None):",
        "def rank(orders, clock, customers, *, secrets):",
        "def rank(spark, *frames):",
    ],
)
def test_functions_that_take_the_frames(find: Any, head: str) -> None:
    assert find(("rank", HEAD, head)) == []


@pytest.mark.parametrize(
    "head", ["def rank(orders):", "def rank(a, b, c):", "def rank():", "def rank(orders, clock):"]
)
def test_functions_that_do_not(find: Any, head: str) -> None:
    (one,) = find(("rank", HEAD, head))
    assert (one.code, one.line) == ("wrong-arguments", 74)


def test_code_inside_the_spec(find: Any) -> None:
    code = "    python: |\n      def ranked(orders, customers):\n          return orders\n"
    assert find(("product", PYTHON, code)) == []


def test_broken_code_inside_the_spec_is_said_where_it_breaks(find: Any) -> None:
    code = "    python: |\n      def ranked(orders, customers):\n          return orders +\n"
    (one,) = find(("product", PYTHON, code))
    assert (one.code, one.line) == ("python", 75)


def test_code_inside_the_spec_is_named_like_its_step(find: Any) -> None:
    code = "    python: |\n      def rank(orders, customers):\n          return orders\n"
    (one,) = find(("product", PYTHON, code))
    assert one.message == "the code has no function 'ranked'. Known: rank. Did you mean 'rank'?"


def test_a_file_with_a_null_byte_is_no_python(find: Any) -> None:
    (one,) = find(("rank", '"""The orders', '"""The\0 orders'))
    assert one.code == "python"
