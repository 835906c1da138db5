import pytest

from lakemesh.errors import CallError
from lakemesh.scaffold.insert import insert_entry, plain

NEW = "  sales: {owner: S}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("domains:\n  a: {owner: A}\n", f"domains:\n  a: {{owner: A}}\n{NEW}"),
        ("domains:\n  a: {owner: A}", f"domains:\n  a: {{owner: A}}\n{NEW}"),
        (
            "domains:\n  a: {owner: A} # why\n\n# after\nz: 1\n",
            f"domains:\n  a: {{owner: A}} # why\n{NEW}\n# after\nz: 1\n",
        ),
        (
            "domains:\n  a:\n    owner: A\n    # about a\ntail: 1\n",
            f"domains:\n  a:\n    owner: A\n{NEW}    # about a\ntail: 1\n",
        ),
        (
            "domains:\n  a:\n    owner: |\n      A\n      B\nz: 1\n",
            f"domains:\n  a:\n    owner: |\n      A\n      B\n{NEW}z: 1\n",
        ),
        ("domains:\n    a: {owner: A}\n", "domains:\n    a: {owner: A}\n    sales: {owner: S}\n"),
        ("domains: {}\nz: 1\n", "domains: {sales: {owner: S}}\nz: 1\n"),
        ("domains: {a: {owner: A}}\n", "domains: {a: {owner: A}, sales: {owner: S}}\n"),
        ("domains: {a: {owner: A},}\n", "domains: {a: {owner: A},sales: {owner: S}}\n"),
        ("domains:\nz: 1\n", f"domains:\n{NEW}z: 1\n"),
        ("tenant: t\n", f"tenant: t\ndomains:\n{NEW}"),
        (
            "domains:\r\n  a: {owner: A}\r\nz: 1\r\n",
            "domains:\r\n  a: {owner: A}\r\n  sales: {owner: S}\r\nz: 1\r\n",
        ),
    ],
)
def test_one_entry_more_and_nothing_else(text: str, wanted: str) -> None:
    assert insert_entry(text, "domains", "sales", {"owner": "S"}, "mesh.yml") == wanted


def test_a_plain_value_is_plain() -> None:
    assert insert_entry("landing: {a: b}\n", "landing", "c", "data/c", "f") == "landing: {a: b, c: data/c}\n"


@pytest.mark.parametrize(
    "text", ["domains: [a]\n", "domains: &x {a: b} # {\ndomains: {}\n", "- a\n", "domains: {a: b # }\n  }\n"]
)
def test_what_cannot_be_added_to_safely_is_left_alone(text: str) -> None:
    with pytest.raises(CallError, match="add sales"):
        insert_entry(text, "domains", "sales", {"owner": "S"}, "mesh.yml")


def test_a_text_that_could_be_something_else_is_quoted() -> None:
    said = insert_entry(
        "domains: {}\n", "domains", "sales", {"owner": 'A: "b" # c', "contact": "true"}, "m.yml"
    )
    assert said == 'domains: {sales: {owner: "A: \\"b\\" # c", contact: "true"}}\n'
    assert plain("Sales data") == "Sales data"
    assert [plain(word) for word in ("123", "1e3", "null", "a: b", "")] == [
        '"123"',
        '"1e3"',
        '"null"',
        '"a: b"',
        '""',
    ]
