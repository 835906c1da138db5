"""The product that is measured: JSON orders with some dirt in them, and a mesh that has this one product."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.spec.loader import Mesh, load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FILES = 8
DOMAIN, NAME = "shop", "orders"
MESH = Path(__file__).parent / "mesh"
# Of 10,000 rows: 50 are torn, 30 have another status, 20 a total below zero, 10 one that is no number,
# 10 a number of items that is none, 100 no country, 100 are the shop's own tests, 100 an older state.
RECORDS = """
select case when dirt < 50 then left(json, length(json) - 20) else json end as value from (
  select dirt, regexp_replace(to_json(named_struct(
    'order_id', concat('o-', number),
    'status', case when dirt between 50 and 79 then 'lost'
      else element_at(split('placed paid shipped delivered cancelled', ' '), 1 + cast(pmod(h, 5) as int)) end,
    'channel', element_at(array('web', 'app', 'store'), 1 + cast(pmod(h, 3) as int)),
    'currency', element_at(array('EUR', 'usd ', 'Gbp'), 1 + cast(pmod(h, 3) as int)),
    'total', case when dirt between 80 and 99 then concat('-', total) when dirt between 100 and 109 then 'n/a'
      else total end,
    'discount', cast(pmod(h, 100) as double) / 100,
    'items', case when dirt between 110 and 119 then 'some' else cast(1 + pmod(h, 9) as string) end,
    'customer', named_struct('id', concat('c-', pmod(h, 100000)),
      'email', concat('customer', pmod(h, 100000), case when dirt between 120 and 219 then '@test.example.com'
        else '@example.com' end),
      'country', case when dirt between 220 and 319 then null
        else element_at(array('DE', 'FR', 'IT', 'AT'), 1 + cast(pmod(h, 4) as int)) end),
    'placed_at', date_format(timestamp_seconds(1767225600 + number), "yyyy-MM-dd'T'HH:mm:ss'Z'"),
    'updated_at', date_format(timestamp_seconds(1767225600 + number + later), "yyyy-MM-dd'T'HH:mm:ss'Z'")
  )), '"items":"([0-9]+)"', '"items":$1') as json
  from (
    select *, xxhash64(id, {salt}) as h, pmod(xxhash64(id, {salt}, 'dirt'), 10000) as dirt,
      format_string('%d.%02d', pmod(xxhash64(id, {salt}, 'euros'), 1000),
        pmod(xxhash64(id, {salt}, 'cents'), 100)) as total
    from (select *, {number} as number, {later} as later from range(0, {rows}, 1, {files}))))
"""


def first_batch(session: SparkSession, folder: Path, rows: int) -> None:
    """The orders of the first batch, one in a hundred of them another state of one before."""
    again = "pmod(xxhash64(id, 7), 100) = 0 and id > 0"
    number, later = f"if({again}, id - 1, id)", f"if({again}, 3600, 60)"
    _write(session, folder, rows, {"salt": "1", "number": number, "later": later})


def later_batch(session: SparkSession, folder: Path, rows: int, number: int = 1) -> None:
    """As many orders again, one in ten of them a later state of one of the first batch."""
    update = "pmod(id, 10) = 0"
    order, later = f"if({update}, id, id + {number * rows})", f"if({update}, {number * 7200}, 60)"
    _write(session, folder, rows, {"salt": str(number + 1), "number": order, "later": later})


def _write(session: SparkSession, folder: Path, rows: int, said: dict[str, str]) -> None:
    lines = session.sql(RECORDS.format(rows=rows, files=FILES, **said))
    lines.write.mode("overwrite").text(str(folder))
    for aside in [*folder.glob("_*"), *folder.glob(".*")]:
        aside.unlink()


def land(files: Path, landing: Path) -> None:
    """Put a batch's files where the product reads them, as they are."""
    landing.mkdir(parents=True, exist_ok=True)
    for file in sorted(files.glob("*.txt")):
        shutil.copy2(file, landing / f"{files.name}-{file.name}.json")


def make_mesh(root: Path) -> Mesh:
    """The mesh in a folder, with nothing run in it yet; its JARs are the checkout's."""
    os.environ.setdefault("LAKEMESH_JARS", str(MESH.parent.parent / ".lakemesh" / "jars"))
    shutil.copytree(MESH, root, dirs_exist_ok=True)
    (root / "landing").mkdir(exist_ok=True)
    return load_mesh(root).require()
