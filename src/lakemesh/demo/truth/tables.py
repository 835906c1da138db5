"""The content of every output table as it becomes known: canonical lines in a file, and a digest of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from lakemesh.demo.truth.rows import Row, hash_line, line_of


class Tables:
    """The tables of the truth while they are written; without `keep`, only counted and digested."""

    def __init__(self, folder: Path, ports: dict[str, str], keep: bool = True) -> None:
        self.folder, self.ports, self.keep = folder, ports, keep
        self.rows = dict.fromkeys(ports, 0)
        self.sums = dict.fromkeys(ports, 0)
        self.open: dict[str, IO[str]] = {}

    def __enter__(self) -> Tables:
        """The tables, with their files opened anew."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for product in self.ports:
            self._path(product).unlink(missing_ok=True)
            if self.keep:
                self.open[product] = self._path(product).open("w", encoding="utf-8", newline="\n")
        return self

    def __exit__(self, *error: object) -> None:
        """Finish every file."""
        for file in self.open.values():
            file.close()

    def add(self, product: str, row: Row) -> None:
        """Enter a row of a product's table."""
        line = line_of(row)
        self.rows[product] += 1
        self.sums[product] = (self.sums[product] + hash_line(line)) % 2**128
        if self.keep:
            self.open[product].write(line + "\n")

    def extend(self, product: str, rows: Iterable[Row]) -> None:
        """Enter several rows of a product's table."""
        for row in rows:
            self.add(product, row)

    def summary(self) -> dict[str, dict[str, Any]]:
        """Rows, digest and file name of each table, by product and port."""
        return {
            product: {
                port: {
                    "rows": self.rows[product],
                    "digest": f"{self.sums[product]:032x}",
                    "content": f"truth/{self._path(product).name}" if self.keep else "",
                }
            }
            for product, port in self.ports.items()
        }

    def _path(self, product: str) -> Path:
        return self.folder / f"{product}.{self.ports[product]}.jsonl"
