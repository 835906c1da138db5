from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("size('a')", "size() wants an array: this is of type string"),
        ("sort_array(array(1), 1 > 2)", "true or false as a constant"),
        ("map('a')", "map() takes"),
        ("named_struct('a', 1).b", "there is no field 'b'"),
        ("array_sort(array(1), (a, b) -> 1)", "array_sort() takes 1 argument, not 2"),
    ],
)
def test_what_cannot_be_given_exactly_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(f"select {sql}")
