"""How long `lakemesh validate` takes for meshes of many products, each as a whole process.

    python -m benchmarks.validate [--sizes 1000,2000,5000] [--runs 1]

Each generated product has two SQL steps that no other has word for word (with a CTE, a join and a CASE), two
other steps, 22 columns in and out, rules, and an input port of another product. Printed: the median of the
seconds, those of CPU, the latter for each 1,000 products, and their ratio to the first mesh, which is 1 where
time is linear. A figure, never a test: it does not fail on a slow machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import cost_of_process, machine, verdict

DOMAINS = 10
COLUMNS = 22
TARGET = {1000: 10.0}
LINEAR = 1.15
MESH = "tenant: example\ndomains:\n"
LOCAL = "platform: local\nlakehouse: lakehouse\ncompute: {small: {}}\nlanding:\n"
PRODUCT = """\
apiVersion: lakemesh/v1
kind: DataProduct
name: {name}
domain: {domain}
version: 1.0.0
status: active
type: sourceAligned
description: {{purpose: Product number {number} of a generated mesh.}}
schedule: {{every: 15 minutes}}
compute: small
schemas:
  record:
    - {{name: id, logicalType: string, required: true, description: The number of the record.}}
{columns}
    - {{name: updated_at, logicalType: timestamp, description: When it last changed.}}
inputPorts:
  exports:
    kind: blob
    path: ${{landing.{domain}}}/{name}/
    schema: {{ref: record}}
{upstream}transformations:
  typed:
    kind: cast
    from: exports
    columns: {{c1: "decimal(12,2)", c4: int}}
  cleaned: {{sql: transforms/cleaned.sql}}
  known:
    kind: filter
    from: cleaned
    where: id is not null and c1 >= {number}
  enriched:
    sql: |
      with ranked as (
        select k.*, coalesce(k.c2, '{number}') as label
        from known as k
      )
      select {listed}, r.updated_at, r._cast_errors
      from ranked as r
      where r.label <> 'none'
outputPorts:
  records:
    from: enriched
    write: merge
    keys: [id]
    sequenceBy: [updated_at]
    schema:
      - {{name: id, logicalType: string, required: true, description: The number of the record.}}
{promised}
      - {{name: updated_at, logicalType: timestamp, description: When it last changed.}}
    quality:
      - expect_column_values_to_be_between: {{column: c1, min_value: 0}}
        name: c1_not_negative
        severity: critical
        onFailure: quarantine
      - expect_column_values_to_match_regex: {{column: id, regex: "^[A-Z]+-[0-9]+$"}}
    slaProperties: [{{property: latency, value: 30, unit: m}}]
"""
UPSTREAM = """\
  before:
    kind: product
    product: {product}
    port: records
    version: 1
    where: c1 > {number}
"""
CLEANED = """\
-- Product {number}
with named as (
  select {listed}, r.updated_at, r._cast_errors,
    case when r.c1 > {number} then 'large' when r.c1 is null then 'unknown' else 'small' end as size
  from typed as r
)
select {plain}, updated_at, _cast_errors
from named
{join}where size <> 'nothing-{number}' and length(trim(c2)) > 0
"""


def main() -> int:
    """Generate, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="1000,2000,5000", help="how many products, with commas between")
    parser.add_argument("--runs", type=int, default=1, help="runs of each size")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    print(f"validate, whole processes: {machine()}")
    print(f"{'products':>9}{'wall':>10}{'CPU':>10}{'per 1,000':>11}{'ratio':>7}{'target':>9}")
    first = 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), size)
            _require_clean(Path(folder))
            costs = [cost_of_process(_command(Path(folder))) for _ in range(asked.runs)]
        wall, cpu = (statistics.median(column) for column in zip(*costs, strict=True))
        each = cpu / size * 1000
        first = first or each
        target = TARGET.get(size)
        said = f"{target:>7.0f} s{verdict(wall, target)}" if target else ""
        linear = verdict(each / first, LINEAR).strip()
        print(f"{size:>9}{wall:>8.2f} s{cpu:>8.2f} s{each:>9.2f} s{each / first:>7.2f}{said}", flush=True)
    print(f"linear up to {sizes[-1]:,}: the last ratio is {each / first:.2f}, target {LINEAR}: {linear}\n")
    return 0


def generate(root: Path, size: int) -> None:
    """A mesh of so many products in a folder."""
    domains = [f"d{number}" for number in range(DOMAINS)]
    _write(root / "conf/mesh.yml", MESH + "".join(f"  {one}: {{owner: Team {one}}}\n" for one in domains))
    landing = "".join(f"  {one}: data/landing/{one}\n" for one in domains)
    _write(root / "conf/environments/local.yml", LOCAL + landing)
    for number in range(size):
        _product(root, number)


def _product(root: Path, number: int) -> None:
    domain, name = f"d{number % DOMAINS}", f"p{number}"
    # A tree of ten branches: every product reads one that came before it.
    upstream = "" if number < DOMAINS else f"d{number // 10 % DOMAINS}.p{number // 10}"
    names = ["id", *(f"c{one}" for one in range(1, COLUMNS - 1))]
    text = PRODUCT.format(
        name=name,
        domain=domain,
        number=number,
        columns="\n".join(f"    {_column(one)}" for one in range(1, COLUMNS - 1)),
        promised="\n".join(f"      {_column(one, promised=True)}" for one in range(1, COLUMNS - 1)),
        listed=", ".join(f"r.{one}" for one in names),
        upstream=UPSTREAM.format(product=upstream, number=number) if upstream else "",
    )
    join = "left semi join before as b on b.id = named.id\n" if upstream else ""
    cleaned = CLEANED.format(
        number=number,
        listed=", ".join(f"r.{one}" for one in names),
        plain=", ".join(f"named.{one}" for one in names),
        join=join,
    )
    folder = root / "bundles" / domain / name
    _write(folder / "product.yml", text)
    _write(folder / "transforms/cleaned.sql", cleaned)


def _column(number: int, *, promised: bool = False) -> str:
    kind = {1: 'physicalType: "decimal(12,2)"', 4: "physicalType: int"}.get(number) if promised else None
    said = f"logicalType: string{', ' + kind if kind else ''}"
    return f"- {{name: c{number}, {said}, description: Column {number} of the record.}}"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _command(mesh: Path) -> list[str]:
    return [sys.executable, str(Path(sys.executable).parent / "lakemesh"), "--mesh", str(mesh), "validate"]


def _require_clean(mesh: Path) -> None:
    """Nothing. Ends the benchmark where validate finds something; what it reads is warm from then on."""
    said = subprocess.run(_command(mesh), capture_output=True, text=True, check=False)
    if said.returncode or "no findings" not in said.stdout:
        told = f"{said.stdout[:2000]}{said.stderr[:2000]}"
        raise SystemExit(f"validate found something in a generated mesh:\n{told}")


if __name__ == "__main__":
    sys.exit(main())
