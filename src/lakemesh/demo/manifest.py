"""The manifest of the truth: how many records there are and what becomes of them, table by table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path("data/demo")
FILE = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a wave of the demo's data holds and what one run of the whole mesh makes of it.

    `dirt` counts each kind by input port. `products` has, by product: `inputs` (read, rejected by reason),
    `snapshots` (rows), `filtered` by step, `outputs` (checked, quarantined, dropped, failed by rule) of that
    run, and `tables`: rows, digest and file (none for more than 200,000 orders) of each table after it.
    """

    orders: int
    seed: int
    wave: int
    clock: str
    records: dict[str, int] = field(default_factory=dict)
    dirt: dict[str, dict[str, int]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    bytes: int = 0
    products: dict[str, Any] = field(default_factory=dict)

    def tables(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every output table by its whole name, domain.product.port, with rows, digest and content."""
        for product, said in self.products.items():
            for port, table in said["tables"].items():
                yield f"{product}.{port}", table


def write_manifest(root: Path, manifest: Manifest) -> Path:
    """The file in which the manifest stands now."""
    file = root / FOLDER / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    return file


def read_manifest(root: Path) -> Manifest | None:
    """The manifest of the last wave generated in a mesh; None where there is none."""
    file = root / FOLDER / FILE
    return Manifest(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None
