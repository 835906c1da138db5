from __future__ import annotations

import pytest

from lakemesh.cli.render.restored import print_restored
from lakemesh.runner.restore import Restored


def test_nothing_to_put_back_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = Restored(product="shop.orders", run_id="r", tables=(), flows=(), stream_readers=())
    print_restored(nothing, "lakemesh", as_json=False)
    assert "no table has changed since" in capsys.readouterr().out
