from __future__ import annotations

import pytest

from lakemesh.spec.document import Numeral, fill_text, read_document


def said(text: str) -> list[str]:
    return [str(one) for one in read_document("f.yml", text).findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("1.10", Numeral("1.10")),
        ("1.0", Numeral("1.0")),
        ("0.0", 0.0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", float("inf")),
        ("12", 12),
        ("-7", -7),
        ("012", 12),
        ("0o17", 15),
        ("0xff", 255),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1.2.0", "1.2.0"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("=", "="),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    read = read_document("f.yml", f"a: {text}").value["a"]
    assert read == value
    assert type(read) is type(value)


def test_a_key_that_stands_twice_is_said_where_it_stands_again() -> None:
    assert said("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "f.yml:4:3: the key 'c' stands here twice; the first one is further up",
        "f.yml:5:1: the key 'a' stands here twice; the first one is further up",
    ]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("{a: decimal(12,2)}", "decimal(12,2)"),
        ("{a: struct<x:int,y:int>, b: 1}", "struct<x:int,y:int>"),
        ("{a: 'x', b: coalesce(c, 0)}", "coalesce(c,0)"),
        ("[a, upper(b, c)]", "upper(b,c)"),
    ],
)
def test_a_comma_that_tears_is_said_with_the_quoted_form(text: str, whole: str) -> None:
    (finding,) = read_document("f.yml", text).findings
    assert finding.code == "torn"
    assert f'"{whole}"' in finding.message
    assert whole in str(read_document("f.yml", text).value)


@pytest.mark.parametrize("text", ["{a: 'x (y', b: z}", "[a (b), c]", "{a: b, c: }"])
def test_what_only_looks_torn_is_left_alone(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("a:\n\tb: 1\n", "f.yml:2:1: a tab: YAML is indented by spaces only"),
        ("", "f.yml:1:1: the file is empty"),
        ("a: 1\n---\nb: 2\n", "f.yml:3:1: one file holds one document: remove what follows '---'"),
        ("? [a]\n: 1\n", "f.yml:1:3: a key must be a word"),
    ],
)
def test_what_is_no_spec_is_said(text: str, finding: str) -> None:
    assert said(text) == [finding]


def test_broken_yaml_and_odd_characters_have_a_place() -> None:
    assert said("a: [1, 2\nb: 3\n")[0].startswith("f.yml:2:2: no valid YAML")
    assert said("a: 1\nb: \x07\n")[0].startswith("f.yml:2:1: a character that YAML does not allow")


def test_an_anchor_that_holds_itself_ends() -> None:
    assert any("levels deep" in one for one in said("a: &x\n  b: *x\n"))


def test_places_of_values_and_keys() -> None:
    document = read_document("f.yml", "a:\n  b: {c: 1}\n  d:\n    - x\n    - y: 2\n")
    assert document.locate(("a", "b", "c")) == (2, 10)
    assert document.locate(("a", "b", "c"), key=True) == (2, 7)
    assert document.locate(("a", "d", 1, "y")) == (5, 10)
    assert document.locate(("a", "nothing", "here")) == (1, 1)
    assert document.has(("a", "d", 0))
    assert not document.has(("a", "d", 2))
    assert str(document.find(("a", "d", 0), "odd")) == "f.yml:4:7: odd"


def test_names_are_filled_in_from_the_environment() -> None:
    text, problems = fill_text("${a.b}/x $${a} ${n}", {"a": {"b": "there"}, "n": 3})
    assert (text, problems) == ("there/x ${a} 3", [])


def test_a_name_that_is_not_there_is_said_with_the_nearest() -> None:
    document = read_document("f.yml", "path: ${landing.shp}/x", {"landing": {"shop": "s"}})
    (finding,) = document.findings
    assert str(finding).startswith("f.yml:1:7: the environment has no 'landing.shp'")
    assert finding.message.endswith("Did you mean 'landing.shop'?")
