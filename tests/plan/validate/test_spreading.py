from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import pytest

from lakemesh.plan.validate.spreading import spread


def squares(part: Sequence[int]) -> list[tuple[int, int]]:
    return [(number * number, os.getpid()) for number in part]


def test_many_things_are_spread_and_come_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    found = spread(range(5), squares, fewest=2)
    assert [square for square, _ in found] == [0, 1, 4, 9, 16]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.parametrize(("items", "threads"), [(3, 1), (5, 2)])
def test_a_few_things_or_a_process_with_threads_stay_in_one(
    monkeypatch: pytest.MonkeyPatch, items: int, threads: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    found = spread(range(items), squares, fewest=2)
    assert {process for _, process in found} == {os.getpid()}


def test_an_error_of_the_work_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    with pytest.raises(ZeroDivisionError):
        spread(range(4), lambda part: [1 // number for number in part], fewest=2)
