from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script(call: Call, shell: str) -> None:
    said = call("completion", shell)
    assert (said.code, said.err) == (0, "")
    assert f"_LAKEMESH_COMPLETE={shell}_complete" in said.out
    assert call("completion", shell, "-o", "json").json == {"shell": shell, "script": said.out[:-1]}


def test_an_unknown_shell(call: Call) -> None:
    assert call("completion", "csh").code == 2
