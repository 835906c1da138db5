"""The archive of Spark's classes, made by a small run: `python -m lakemesh.runner.rehearsal [FOLDER]`.

Two batches of a few records go through what most products use, so that Java knows what to keep.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lakemesh.errors import SetupError
from lakemesh.runner.archive import archive_of, options_to_make, outdated
from lakemesh.runner.jars import done_in_folder, java_version, resolve_jars

_FILES = {
    "conf/mesh.yml": "tenant: rehearsal\ntimeZone: UTC\ndomains: {shop: {owner: Shop}}\n",
    "bundles/shop/things/product.yml": """apiVersion: lakemesh/v1
kind: DataProduct
name: things
domain: shop
inputPorts:
  files: {kind: blob, path: data, maxPerBatch: 1, schema: {id: string, amount: int, at: timestamp}}
transformations:
  worth: {kind: filter, from: files, where: amount is not null}
  named: {sql: "select id, amount, at, upper(id) as name from worth"}
outputPorts:
  every: {from: named, write: append}
  newest:
    from: named
    write: merge
    keys: [id]
    sequenceBy: [at]
    deleteWhen: amount = 3
    quality:
      - expect_column_values_to_be_between: {column: amount, min_value: 0}
        onFailure: quarantine
      - expect_table_row_count_to_be_between: {min_value: 0}
        onFailure: warn
  versions: {from: named, write: history, keys: [id], sequenceBy: [at]}
""",
    "bundles/shop/sums/product.yml": """apiVersion: lakemesh/v1
kind: DataProduct
name: sums
domain: shop
inputPorts:
  newest: {kind: product, product: shop.things, port: newest, read: snapshot}
transformations:
  sums: {kind: aggregate, from: newest, by: [name], columns: {amount: sum(amount)}}
outputPorts:
  sums: {from: sums, write: overwrite}
""",
    "data/1.json": '{"id": "a", "amount": 1, "at": "2026-01-01T00:00:00Z"}\n{"amount": -1}\n{torn\n',
    "data/2.json": '{"id": "a", "amount": 2, "at": "2026-01-02T00:00:00Z"}\n{"id": "c", "amount": 3}\n',
}
_ENVIRONMENT = (
    "platform: local\nlakehouse: lakehouse\nspark: {{settings: {{spark.driver.extraJavaOptions: {}}}}}\n"
)


def make_archive(folder: Path) -> Path:
    """The archive for the JARs of a folder, made where there is none: a minute, 200 MB.

    Archives for another Java or pyspark go. Raises SetupError where Java leaves none, or the folder takes
    none.
    """
    resolve_jars(folder)
    archive = archive_of(folder)
    if archive.is_file():
        return archive
    java_version()
    sys.stdout.write("archiving Spark's classes, so that it starts in half the time (once, about a minute)\n")
    sys.stdout.flush()
    try:
        with tempfile.TemporaryDirectory(prefix="archiving-", dir=folder) as scratch:
            made = _rehearse(folder, Path(scratch).resolve())
            for file in outdated(folder, archive):
                file.unlink()
            made.replace(archive)
    except OSError as error:
        raise SetupError(f"Spark's classes cannot be kept in {folder}: {error.strerror}.") from error
    return archive


def _rehearse(folder: Path, root: Path) -> Path:
    """Run the small mesh in a process of its own, whose JVM archives its classes when it ends."""
    made = root / "classes.jsa"
    environment = _ENVIRONMENT.format(f"'{options_to_make(made)}'")
    for name, text in {**_FILES, "conf/environments/local.yml": environment}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "-m", __spec__.name, "--run", str(root)],
        env={**os.environ, "LAKEMESH_JARS": str(folder.resolve())},
        capture_output=True,
        text=True,
        check=False,
    )
    # The pipes are Java's, too: they end with it.
    if said.returncode or not made.is_file():
        lines = (said.stdout + said.stderr).strip().splitlines()
        raise SetupError(
            f"Java left no archive of Spark's classes: {lines[-1] if lines else 'it said nothing'}."
        )
    return made


def _run(root: Path) -> int:
    from lakemesh.runner.all import run_products
    from lakemesh.runner.session import open_session
    from lakemesh.spec.loader import load_mesh

    mesh = load_mesh(root).require()
    session = open_session(mesh)
    reports = run_products(mesh, None, session)
    session.stop()
    wrong = [report.message for report in reports if report.state != "succeeded"]
    sys.stdout.write("\n".join(wrong))
    return 1 if wrong else 0


def main(arguments: Sequence[str]) -> int:
    """Make the archive of the folder named, or of this folder's mesh; the exit code."""
    if arguments[:1] == ["--run"]:
        return _run(Path(arguments[1]))
    return done_in_folder(make_archive, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
