import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from lakemesh.errors import QueryError
from lakemesh.plan.places import places_of
from lakemesh.query.tables import count_rows, list_tables, open_table, read_ops, scan
from lakemesh.spec.loader import Mesh


def test_every_promised_table_is_listed(mesh: Mesh) -> None:
    names = {table.name: str(table.product) for table in list_tables(mesh)}
    assert names["checkout.orders.orders"] == "checkout.orders"
    assert names["checkout.orders.orders__quarantine"] == "checkout.orders"
    assert names["checkout.orders.events__rejected"] == "checkout.orders"
    assert names["cart.carts.carts_v2"] == "cart.carts"
    assert names["cart._ops.checks"] == "None"


def test_a_table_is_opened_or_absent(mesh: Mesh) -> None:
    tables = {table.name: table for table in list_tables(mesh)}
    orders = tables["checkout.orders.orders"]
    assert orders.parts == ("checkout", "orders", "orders")
    assert count_rows(orders.place) == 3
    assert open_table(tables["cart.carts.carts_v2"].place) is None
    assert count_rows(tables["cart.carts.carts_v2"].place) is None


def test_a_broken_table_is_told_in_a_sentence(open_mesh: Callable[[str], Mesh]) -> None:
    mesh = open_mesh("UTC")
    orders = next(table for table in list_tables(mesh) if table.name == "checkout.orders.orders")
    log = Path(orders.place.location) / "_delta_log" / "00000000000000000001.json"
    log.write_text("{broken", encoding="utf-8")
    with pytest.raises(QueryError, match=r"checkout\.orders\.orders cannot be read"):
        open_table(orders.place)


def test_ops_tables_are_read_whole(open_mesh: Callable[[str], Mesh]) -> None:
    mesh = open_mesh("UTC")
    assert read_ops(mesh, "checkout", "runs") is None
    place = places_of(mesh.root, mesh.environment).ops("checkout", "runs")
    write_deltalake(place.location, pa.table({"run_id": ["r", "s"]}))
    whole, some = read_ops(mesh, "checkout", "runs"), read_ops(mesh, "checkout", "runs", {"s"})
    assert whole is not None
    assert some is not None
    assert (whole.num_rows, some.to_pylist()) == (2, [{"run_id": "s"}])


def test_rows_that_pyarrow_cannot_scan_come_through_delta_rs(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deltalake.exceptions import DeltaProtocolError

    def refuse(self: DeltaTable, **_: object) -> None:
        raise DeltaProtocolError("deletion vectors")

    orders = next(table for table in list_tables(mesh) if table.name == "checkout.orders.orders")
    monkeypatch.setattr(DeltaTable, "to_pyarrow_dataset", refuse)
    table = open_table(orders.place)
    assert table is not None
    assert sorted(scan(table).read_all().column("order_id").to_pylist()) == ["a", "b", "c"]
    assert count_rows(orders.place) == 3


def test_a_moment_that_nanoseconds_do_not_hold(tmp_path: Path) -> None:
    """Files of a Spark with its own settings have INT96, which Arrow reads as nanoseconds by itself."""
    last = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
    rows = pa.table({"until": pa.array([last], pa.timestamp("us", "UTC"))})
    write_deltalake(tmp_path, rows)
    (file,) = tmp_path.glob("*.parquet")
    size = file.stat().st_size
    pq.write_table(rows, file, use_deprecated_int96_timestamps=True)
    log = tmp_path / "_delta_log" / "00000000000000000000.json"
    log.write_text(log.read_text().replace(f'"size":{size}', f'"size":{file.stat().st_size}'))
    assert scan(DeltaTable(tmp_path)).to_table().to_pylist() == [{"until": last}]
