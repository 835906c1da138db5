from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("get_json_object('{}', '$.a[*]')", "the JSON path '$.a[*]' is not read here"),
        ("from_json('{}', 'map<string,int>')", "structs and arrays here"),
        ("from_json('{}', 'nonsense(')", "is no schema that is read here"),
        ("to_json(1)", "takes a struct, an array or a map"),
    ],
)
def test_what_cannot_be_given_exactly_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(f"select {sql}")
