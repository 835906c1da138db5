import dataclasses

import pytest

from lakemesh.query.answer import Answer


def test_an_answer_is_frozen() -> None:
    answer = Answer(("a",), ((1,),), ("INTEGER",))
    assert not answer.more
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.more = True  # type: ignore[misc]
