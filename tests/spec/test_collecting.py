from __future__ import annotations

import gc

import pytest

from lakemesh.spec.collecting import seldom_collected


def test_the_collectors_pace_is_put_back() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="stop"), seldom_collected():
        assert gc.get_threshold()[0] >= 500_000
        raise ValueError("stop")
    assert gc.get_threshold() == before
