import gc
from pathlib import Path

import pytest

from lakemesh.cli.call import Call, findings_of, sound_mesh
from lakemesh.errors import CallError, Finding, SpecError
from lakemesh.names import ProductName

ORDERS = ProductName("shop", "orders")


def test_the_mesh_is_named_or_above_or_in_the_environment(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.delenv("LAKEMESH_MESH", raising=False)
    monkeypatch.chdir(other)
    with pytest.raises(CallError, match="there is no mesh here"):
        Call().root()
    monkeypatch.setenv("LAKEMESH_MESH", str(other))
    assert Call().root() == other
    monkeypatch.chdir(root / "bundles" / "shop")
    assert Call().root() == root
    assert Call(other).root() == other


def test_commands_that_we_propose_name_the_mesh_as_the_user_did() -> None:
    assert Call().prefix == "lakemesh"
    assert Call(Path("my mesh")).prefix == "lakemesh --mesh 'my mesh'"


def test_findings_of_other_products_are_no_hindrance() -> None:
    own, other, conf = (Finding(file, 1, 1, "m") for file in FILES)
    assert findings_of([own, other, conf], [ORDERS]) == (own, conf)


FILES = ("bundles/shop/orders/product.yml", "bundles/shop/other/tests.yml", "conf/mesh.yml")


def test_a_mesh_with_findings_is_not_sound(root: Path) -> None:
    loaded = Call(root).load("local")
    assert sound_mesh(loaded).names == (ORDERS,)
    (root / "bundles/shop/orders/product.yml").write_text("nope: 1\n", encoding="utf-8")
    broken = Call(root).load("local")
    assert sound_mesh(broken, ()).root == root  # what is wrong with other products is no hindrance
    with pytest.raises(SpecError):
        sound_mesh(broken)
    with pytest.raises(SpecError):
        sound_mesh(broken, [ORDERS])


def test_garbage_is_left_alone_only_where_the_process_is_the_calls() -> None:
    frozen = gc.get_freeze_count()
    with Call().uncollected():
        assert gc.isenabled()
    assert gc.get_freeze_count() == frozen
    try:
        with Call(own_process=True).uncollected():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
