"""Words of the language that this version knows and does not build: refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from lakemesh.errors import Finding
from lakemesh.spec.document import Path

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.loader import Mesh

Later = tuple[Path, str]
"""A place, and what stands there."""


def check_not_yet(review: Review) -> None:
    """Report what a product says that a later version builds."""
    for path, what in _later(review):
        review.say(path, f"{what} is not built yet: it comes with a later version", "not-yet")
    contracts = review.product.folder / "contracts"
    if contracts.is_dir() and any(contracts.iterdir()):
        file = contracts.relative_to(review.mesh.root).as_posix()
        review.findings.append(_refused(file, 1, 1, "a contracts folder"))


def check_mesh_not_yet(mesh: Mesh) -> Iterator[Finding]:
    """The findings for what the mesh and its environment say that a later version builds."""
    for file in sorted((mesh.root / "conf" / "policies").glob("*.yml")):
        yield _refused(file.relative_to(mesh.root).as_posix(), 1, 1, "a policy")
    environment = mesh.environment
    said: list[tuple[Path, str, Any]] = [
        (("secrets", "from"), "secrets from databricks", environment.secrets.from_ == "databricks"),
    ]
    for domain, hub in environment.hubs.items():
        said.append((("hubs", domain, "transport"), f"transport {hub.transport}", hub.transport == "amqp"))
    found = [(path, what) for path, what, is_said in said if is_said]
    if found:
        document = environment_document(mesh)
        for path, what in found:
            line, column = document.locate(path)
            yield _refused(document.file, line, column, what)


def environment_document(mesh: Mesh) -> Any:
    """The environment's file, read again to say where something stands in it."""
    from lakemesh.spec.document import read_document

    file = FilePath("conf") / "environments" / f"{mesh.environment_name}.yml"
    return read_document(file.as_posix(), (mesh.root / file).read_text(encoding="utf-8-sig"))


def _refused(file: str, line: int, column: int, what: str) -> Finding:
    return Finding(file, line, column, f"{what} is not built yet: it comes with a later version", "not-yet")


def _later(review: Review) -> Iterator[Later]:
    """What columns say that is built later, wherever columns stand."""
    value = review.document.value
    blocks = ("schemas", "inputPorts", "outputPorts")
    waiting: list[tuple[Path, Any]] = [((block,), value.get(block)) for block in blocks]
    while waiting:
        path, said = waiting.pop()
        if isinstance(said, dict):
            if said.get("unique") is True:
                yield (*path, "unique"), "unique: true (expect_column_values_to_be_unique is)"
            waiting.extend(
                ((*path, key), below) for key, below in said.items() if isinstance(below, dict | list)
            )
        elif isinstance(said, list):
            waiting.extend(((*path, index), below) for index, below in enumerate(said))
