from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.runner.preview import Preview

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What a runner is asked for that starts nothing."""
    calls: list[tuple[Any, ...]] = []

    def preview_view(mesh: Any, name: Any, view: str, session: Any, limit: int) -> Preview:
        print("what a product's Python prints")
        calls.append((str(name), view, limit))
        return Preview(str(name), view, ("id",), (("a",),))

    monkeypatch.setattr("lakemesh.runner.preview.preview_view", preview_view)
    monkeypatch.setattr("lakemesh.runner.session.open_session", lambda mesh: None)
    return calls


def test_a_step_is_previewed(in_mesh: Call, asked: list[tuple[Any, ...]]) -> None:
    said = in_mesh("preview", "shop.orders.cleaned", "--limit", 5)
    assert (said.code, said.out) == (0, "id\n--\na\n")
    assert in_mesh("preview", "shop.orders.files", "-o", "json").json["rows"] == [{"id": "a"}]
    assert asked == [("shop.orders", "cleaned", 5), ("shop.orders", "files", 20)]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("shop.orders", "say which step of shop.orders: lakemesh preview shop.orders.STEP"),
        ("shop.order.cleaned", "Did you mean 'shop.orders'?"),
        ("shop.orders.cleand", "Did you mean 'cleaned'?"),
        ("shop.*.cleaned", "may be several products"),
        ("cleaned", "there is no product 'cleaned'"),
    ],
)
def test_a_wrong_name_is_2_before_spark_starts(
    in_mesh: Call, asked: list[tuple[Any, ...]], view: str, said: str
) -> None:
    told = in_mesh("preview", view)
    assert (told.code, told.out, asked) == (2, "", [])
    assert said in told.err


def test_findings_of_the_step_are_told(in_mesh: Call, asked: list[tuple[Any, ...]], root: Path) -> None:
    file = root / "bundles/shop/orders/transforms/cleaned.sql"
    file.write_text("select nothing from files", encoding="utf-8")
    said = in_mesh("preview", "shop.orders.cleaned")
    assert (said.code, asked) == (1, [])
    assert said.err.startswith("bundles/shop/orders/transforms/cleaned.sql:1:8")
    assert in_mesh("preview", "shop.orders.files").code == 0
