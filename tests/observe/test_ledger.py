"""The ledger: every equation holds, or says what is missing and by how much."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakemesh.observe.ledger import TERMS, Entry, imbalances

BALANCED: dict[str, dict[str, int]] = {
    "input": {"read": 10, "rejected": 3, "accepted": 7},
    "filter": {"rows_in": 7, "rows_out": 5, "filtered": 2},
    "deduplicate": {"rows_in": 5, "rows_out": 4, "duplicates": 1},
    "output": {
        "checked": 20,
        "quarantined": 1,
        "dropped": 2,
        "superseded": 3,
        "offered": 14,
        "inserted": 5,
        "updated": 4,
        "deleted": 2,
        "stale": 3,
    },
}
TERM_OF_KIND = [(kind, term) for kind, terms in BALANCED.items() for term in terms]


def entry(kind: Any, **terms: int | None) -> Entry:
    return Entry(kind=kind, name="orders", **terms)


def test_a_ledger_that_balances_says_nothing() -> None:
    assert imbalances(entry(kind, **terms) for kind, terms in BALANCED.items()) == ()
    assert imbalances([]) == ()


def test_conflicts_are_counted_beside_the_sums() -> None:
    assert imbalances([entry("output", **BALANCED["output"], conflicts=9)]) == ()


def test_other_steps_claim_nothing() -> None:
    assert imbalances([entry("step", rows_in=1, rows_out=100), entry("step")]) == ()


@pytest.mark.parametrize(("kind", "term"), TERM_OF_KIND)
@pytest.mark.parametrize("by", [1, -1])
def test_a_row_too_many_or_too_few_is_found_in_every_term(kind: str, term: str, by: int) -> None:
    terms = BALANCED[kind]
    found = imbalances([entry(kind, **{**terms, term: terms[term] + by})])
    # offered stands in both of an output's equations: to the right in one, to the left in the other.
    assert len(found) == (2 if term == "offered" else 1)
    assert all(sentence.startswith(f"{kind} 'orders': ") for sentence in found)
    whole = term in ("read", "rows_in", "checked")
    assert f"(off by {-by if whole else by:+d})" in found[0]


@pytest.mark.parametrize(("kind", "term"), TERM_OF_KIND)
def test_what_was_not_counted_is_not_zero(kind: str, term: str) -> None:
    found = imbalances([entry(kind, **{**BALANCED[kind], term: None})])
    assert found
    assert all(sentence == f"{kind} 'orders': {term} was not counted" for sentence in found)


def test_the_sentence_shows_both_sides() -> None:
    wrong = entry("input", read=10, rejected=1, accepted=8)
    assert imbalances([wrong]) == ("input 'orders': read 10 is not rejected 1 + accepted 8 (off by -1)",)


def test_every_wrong_entry_is_told() -> None:
    wrong = [entry("filter", rows_in=1, rows_out=1, filtered=1), entry("deduplicate", rows_in=0)]
    assert imbalances(wrong) == (
        "filter 'orders': rows_in 1 is not rows_out 1 + filtered 1 (off by +1)",
        "deduplicate 'orders': rows_out, duplicates was not counted",
    )


COUNTS = st.integers(0, 10**12)


@given(parts=st.tuples(COUNTS, COUNTS, COUNTS), landed=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS))
def test_any_output_whose_rows_are_all_accounted_for_balances(
    parts: tuple[int, int, int], landed: tuple[int, int, int, int]
) -> None:
    quarantined, dropped, superseded = parts
    inserted, updated, deleted, stale = landed
    offered = sum(landed)
    said = entry(
        "output",
        checked=sum(parts) + offered,
        quarantined=quarantined,
        dropped=dropped,
        superseded=superseded,
        offered=offered,
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        stale=stale,
    )
    assert imbalances([said]) == ()


def test_terms_are_all_that_an_entry_counts() -> None:
    assert set(TERMS) >= {term for _, term in TERM_OF_KIND} | {"conflicts"}
    assert not {"kind", "name"} & set(TERMS)
