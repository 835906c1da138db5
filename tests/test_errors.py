"""Errors: one root, one sentence, and a way through processes that keep only a message."""

from __future__ import annotations

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakemesh import errors
from lakemesh.errors import (
    RUN_ERRORS,
    CallError,
    Finding,
    LakemeshError,
    LedgerUnbalanced,
    RuleFailed,
    RunError,
    SpecError,
    decode_error,
    did_you_mean,
    encode_error,
    known_words,
)

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_the_one_root_and_stands_in_the_tree(kind: type[Exception]) -> None:
    assert issubclass(kind, LakemeshError)
    assert re.search(rf"\b{kind.__name__}\b", errors.__doc__ or "")


def test_what_exits_with_more_than_one() -> None:
    assert {kind.__name__: kind.exit_code for kind in KINDS if kind.exit_code != 1} == {
        "CallError": 2,
        "Interrupted": 130,
    }  # type: ignore[attr-defined]
    assert CallError("no").facts() == {"error": "CallError", "message": "no"}


def test_findings_are_sorted_and_told_once() -> None:
    later, earlier = Finding("b.yml", 3, 1, "wrong"), Finding("a.yml", 10, 2, "odd", "unknown-key", "warning")
    error = SpecError([later, earlier, Finding("b.yml", 3, 1, "wrong")])
    assert error.findings == (earlier, later)
    assert str(error) == "a.yml:10:2: odd\nb.yml:3:1: wrong"
    assert error.facts()["findings"][0] == {
        "file": "a.yml",
        "line": 10,
        "column": 2,
        "message": "odd",
        "code": "unknown-key",
        "severity": "warning",
    }


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RunError("it broke"), "it broke"),
        (RunError("it broke", "a.b"), "a.b: it broke"),
        (RunError("it broke", "a.b", "events"), "a.b, flow 'events': it broke"),
        (RunError("it broke", "a.b", "events", 0), "a.b, flow 'events', batch 0: it broke"),
    ],
)
def test_a_run_error_says_where(error: RunError, text: str) -> None:
    assert str(error) == text


def test_a_place_is_filled_in_where_it_was_unknown() -> None:
    known = RuleFailed("no", "a.b", "events", 0).at("c.d", "other", 7)
    assert (type(known), str(known)) == (RuleFailed, "a.b, flow 'events', batch 0: no")
    assert str(RuleFailed("no").at("c.d", "other", 7)) == "c.d, flow 'other', batch 7: no"
    assert str(RuleFailed("no").at("c.d")) == "c.d: no"


@pytest.mark.parametrize("kind", RUN_ERRORS.values(), ids=lambda kind: kind.__name__)
def test_every_run_error_travels_as_text(kind: type[RunError]) -> None:
    back = decode_error(
        f"[STREAM_FAILED] Query terminated: {encode_error(kind('no', 'a.b', 'f', 3))} at java.base/x"
    )
    assert back is not None
    assert (type(back), back.facts()) == (kind, kind("no", "a.b", "f", 3).facts())


def test_all_run_errors_are_known_by_name() -> None:
    assert set(RUN_ERRORS.values()) == {kind for kind in KINDS if issubclass(kind, RunError)}


@given(
    message=st.text(),
    flow=st.none() | st.text(),
    batch=st.none() | st.integers(0),
    before=st.text("ab{}:\n"),
    after=st.text("ab{}:\n"),
)
def test_any_message_travels_whole(
    message: str, flow: str | None, batch: int | None, before: str, after: str
) -> None:
    error = LedgerUnbalanced(message, "a.b", flow, batch)
    back = decode_error(before + encode_error(error) + after)
    assert back is not None
    assert back.facts() == error.facts()


@pytest.mark.parametrize("text", ["", "an error", "lakemesh-error:{", "x:end-of-lakemesh-error"])
def test_other_texts_hold_no_error(text: str) -> None:
    assert decode_error(text) is None


def test_a_near_word_is_offered() -> None:
    assert did_you_mean("ordres", ["orders", "carts"]) == " Did you mean 'orders'?"
    assert did_you_mean("x", ["orders"]) == did_you_mean("x", []) == ""


def test_known_words_are_told_up_to_twenty() -> None:
    assert known_words([]) == " None are known."
    assert known_words(["a", "b"]) == " Known: a, b."
    assert known_words(map(str, range(23))).endswith(", 19 and 3 more.")
