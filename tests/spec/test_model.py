from __future__ import annotations

import pytest
from pydantic import ValidationError

from lakemesh.spec.model import Many, Model, Words


class Thing(Model):
    """A thing."""

    some_words: Words = ()
    many_things: Many[int] = ()


def test_a_model_speaks_camel_case_both_ways() -> None:
    thing = Thing.model_validate({"someWords": "one", "manyThings": [1, 2]})
    assert thing == Thing(some_words=("one",), many_things=(1, 2))
    assert thing.model_dump() == {"someWords": ("one",), "manyThings": (1, 2)}


def test_a_model_is_frozen_closed_and_strict() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Thing().some_words = ("a",)
    with pytest.raises(ValidationError, match="Extra"):
        Thing.model_validate({"other": 1})
    with pytest.raises(ValidationError, match="integer"):
        Thing.model_validate({"manyThings": ["1"]})
