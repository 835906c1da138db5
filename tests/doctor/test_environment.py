from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path

import pytest

from lakemesh.doctor.checkup import Checkup
from lakemesh.doctor.environment import look_at_environment
from lakemesh.runner.archive import archive_of
from lakemesh.scaffold import init_mesh
from lakemesh.spec.loader import load_mesh

ROOT = Path(__file__).parents[2]

LOCAL = "conf/environments/local.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    init_mesh(tmp_path / "mesh")
    return tmp_path / "mesh"


def looked(root: Path, environment: str = "local") -> dict[str, Checkup]:
    mesh = load_mesh(root, environment).mesh
    assert mesh is not None
    return {one.what: one for one in look_at_environment(mesh)}


def states(root: Path, state: str) -> list[str]:
    return [one.what for one in looked(root).values() if one.state == state]


def say(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_mesh_lacks_nothing_but_jars(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKEMESH_JARS", raising=False)
    assert (states(root, "missing"), states(root, "note")) == ([], ["JARs"])
    assert looked(root)["lakehouse"].found.endswith("lakehouse will be made by the first run")
    assert not (root / "lakehouse").exists()


def test_spark_s_classes_are_archived_or_not(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = root / "the jars"
    shutil.copytree(ROOT / ".lakemesh/jars", folder, ignore=shutil.ignore_patterns("*.jsa"))
    monkeypatch.setenv("LAKEMESH_JARS", str(folder))
    found = looked(root)["class archive"]
    assert (found.state, f"lakemesh.runner.rehearsal '{folder}'" in found.remedy) == ("note", True)
    archive_of(folder).write_bytes(b"")
    assert looked(root)["class archive"].state == "ok"


def test_sources_that_are_not_there(root: Path) -> None:
    (root / "data/landing/shop/orders").rename(root / "elsewhere")
    found = looked(root)["source of shop.orders.files"]
    assert (found.state, str(root / "data/landing/shop/orders") in found.found) == ("missing", True)


def test_a_pattern_of_folders(root: Path) -> None:
    say(root, "bundles/shop/orders/product.yml", "/orders", "/*/new")
    assert states(root, "missing") == ["source of shop.orders.files"]
    (root / "data/landing/shop/orders/new").mkdir()
    assert states(root, "missing") == []


def test_a_lakehouse_that_cannot_be_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "lakehouse").write_text("a file", encoding="utf-8")
    assert {"lakehouse", "checkpoints"} <= set(states(root, "missing"))
    (root / "lakehouse").unlink()
    monkeypatch.setattr(os, "access", lambda path, mode: mode & os.W_OK == 0)
    found = looked(root)["lakehouse"]
    assert (found.state, found.found) == ("missing", f"{root} cannot be written")


def test_secrets_are_set_or_not_and_never_shown(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = "hidden: {kind: pseudonymise, from: cleaned, columns: [name], salt: {secret: a/b}}"
    say(root, "bundles/shop/orders/product.yml", "transformations:", f"transformations:\n  {step}")
    monkeypatch.delenv("A_B", raising=False)
    found = looked(root)["secret a/b"]
    assert (found.state, found.found) == ("missing", "A_B is not set, and shop.orders needs it")
    monkeypatch.setenv("A_B", "very secret")
    assert "very secret" not in str(looked(root))
    assert looked(root)["secret a/b"].state == "ok"
    with (root / LOCAL).open("a", encoding="utf-8") as file:
        place = 'transport: kafka, namespace: "127.0.0.1:9", tls: false, credential: {secret: hub/key}'
        file.write(f"hubs: {{shop: {{{place}}}}}\n")
    assert looked(root)["secret hub/key"].found == "HUB_KEY is not set, and the hub of shop needs it"


def test_whether_a_namespace_answers(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with (root / LOCAL).open("a", encoding="utf-8") as file:
            place = f'transport: kafka, namespace: "{address}", tls: false, credential: {{secret: hub/key}}'
            open_ = "transport: kafka, credential: {secret: hub/key}"
            file.write(f"hubs: {{shop: {{{place}}}, crm: {{{open_}}}}}\n")
        assert looked(root)["hubs of shop"].found == f"{address} answers"
        assert looked(root)["hubs of crm"].state == "note"
    found = looked(root)["hubs of shop"]
    assert (found.state, "does not answer" in found.found) == ("missing", True)


def test_time_zones(root: Path) -> None:
    say(root, "conf/mesh.yml", "timeZone: UTC", "timeZone: Europe/Atlantis")
    found = looked(root)["time zone"]
    assert (found.state, "tzdata" in found.remedy) == ("missing", True)


def test_whether_spark_answers(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"sc://127.0.0.1:{server.getsockname()[1]}"
        text = re.sub("(?m)^spark:.*\n", "", (root / LOCAL).read_text(encoding="utf-8"))
        (root / LOCAL).write_text(f'{text}\nspark: {{remote: "{address}"}}\n', encoding="utf-8")
        assert looked(root)["Spark"].found == f"{address} answers"
    found = looked(root)["Spark"]
    assert (found.state, "does not answer" in found.found) == ("missing", True)


def test_databricks_is_not_looked_at(root: Path) -> None:
    (root / "conf/environments/prod.yml").write_text("platform: databricks\n", encoding="utf-8")
    (one,) = looked(root, "prod").values()
    assert (one.what, one.state) == ("platform", "note")


def test_a_product_that_makes_no_plan(root: Path) -> None:
    say(
        root,
        "bundles/shop/orders/product.yml",
        "kind: blob",
        "kind: product\n    product: shop.none\n    port: a",
    )
    assert looked(root)["products"].found == "shop.orders cannot be planned"


def test_the_tables_of_another_environment(root: Path) -> None:
    text = (root / LOCAL).read_text(encoding="utf-8")
    (root / "conf/environments/dev.yml").write_text(f"{text}\nreadFrom: local\n", encoding="utf-8")
    assert "tables of 'local'" not in looked(root)
    found = looked(root, "dev")["tables of 'local'"]
    assert (found.state, found.found) == ("missing", f"{root / 'lakehouse'} cannot be read")
    (root / "lakehouse").mkdir()
    assert looked(root, "dev")["tables of 'local'"].state == "ok"
