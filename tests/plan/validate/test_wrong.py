"""Every wrong spec of tests/cases/validate/wrong.yml: all that is said of it, each thing at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

CASES = Path(__file__).parent.parent.parent / "cases" / "validate"
TABLE = yaml.safe_load((CASES / "wrong.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TABLE["cases"], ids=[case["name"] for case in TABLE["cases"]])
def test_a_wrong_spec(case: dict[str, Any], find: Any) -> None:
    found = find(*((one["in"], one["from"], one["to"]) for one in case["change"]))
    names = {file: name for name, file in TABLE["files"].items()}
    places = [f"{names.get(one.file, one.file)}:{one.line}:{one.column}" for one in found]
    assert places == [wanted["at"] for wanted in case["findings"]], [str(one) for one in found]
    for one, wanted in zip(found, case["findings"], strict=True):
        assert wanted["says"] in one.message


def test_the_table_is_long_enough_and_says_each_thing_once() -> None:
    names = [case["name"] for case in TABLE["cases"]]
    assert len(names) == len(set(names)) >= 60


def test_the_base_is_without_a_finding(find: Any) -> None:
    assert find() == []
