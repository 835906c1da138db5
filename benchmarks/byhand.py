"""The measured product as an expert would write it by hand in PySpark, to the same tables.

One parse by Spark's own JSON reader; the rules as one bit mask; the batch kept while three tables are written
from it; the newest state of each order by one window; a MERGE; transaction ids, so that a batch that is tried
again is written once. It keeps no ledger, pins nothing, and looks at no record that Spark takes as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, Observation, Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "order_id string, status string, channel string, currency string, total string, discount double,"
    " items bigint, customer struct<id: string, email: string, country: string>,"
    " placed_at timestamp, updated_at timestamp, _corrupt string"
)
SOURCE = (
    "struct<port:string,path:string,size:bigint,modified:timestamp,partition:string,sequence_number:bigint,"
    "enqueued_time:timestamp,key:string,properties:string,run:string>"
)
COLUMNS = (
    "order_id status channel currency total discount net size items customer_id customer_email"
    " customer_country order_date placed_at updated_at"
).split()
SIZE = "case when net >= 500 then 'large' when net >= 50 then 'usual' else 'small' end"
STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled")
CAST = ("total", "discount")
FLOW = "exports"


@dataclass(frozen=True)
class Lake:
    """Where the script reads and writes, the name of its run, and what it tells of its rules."""

    landing: Path
    tables: Path
    run: str
    results: dict[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> str:
        """The folder of a table."""
        return str(self.tables / name)


def run(session: SparkSession, lake: Lake) -> None:
    """Bring the files that have come into the tables."""
    create(session, lake)
    stream = (
        session.readStream.schema(SCHEMA)
        .option("columnNameOfCorruptRecord", "_corrupt")
        .option("maxFileAge", "36500d")
        .json(str(lake.landing))
    )
    query = (
        stream.select("*", source(lake.run))
        .writeStream.foreachBatch(partial(write_batch, lake))
        .option("checkpointLocation", str(lake.tables / "_checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()


def create(session: SparkSession, lake: Lake) -> None:
    """Make the table of orders where there is none."""
    session.sql(
        f"create table if not exists delta.`{lake.table('orders')}` (order_id string, status string,"
        " channel string, currency string, total decimal(12,2), discount decimal(12,2), net decimal(13,2),"
        " size string, items bigint, customer_id string, customer_email string, customer_country string,"
        " order_date date, placed_at timestamp, updated_at timestamp) using delta"
        # Others follow the orders by their changes, as they do those of lakemesh.
        " tblproperties (delta.enableChangeDataFeed = true)"
    )


def source(run_name: str) -> Column:
    """Where a record came from."""
    return (
        F.expr(
            "named_struct('port', 'exports', 'path', _metadata.file_path, 'size', _metadata.file_size,"
            " 'modified', _metadata.file_modification_time, 'partition', null, 'sequence_number', null,"
            f" 'enqueued_time', null, 'key', null, 'properties', null, 'run', '{run_name}')"
        )
        .cast(SOURCE)
        .alias("_source")
    )


def write_batch(lake: Lake, raw: DataFrame, batch: int) -> None:
    """Write one batch: the orders, and beside them what was torn and what broke a rule."""
    raw.persist()
    results = Observation()
    try:
        marked = mark(transform(raw.where(~is_torn())))
        judged = marked.observe(results, *counts())
        merge(newest(judged.where("not set_aside")), lake, batch)
        write_bad(torn(raw), lake, "exports__rejected", batch)
        write_bad(quarantined(marked), lake, "orders__quarantine", batch)
        lake.results.update(results.get)
    finally:
        raw.unpersist()


def is_torn() -> Column:
    """Whether a record is no JSON: of one with a value of the wrong type Spark keeps the rest."""
    return F.col("_corrupt").isNotNull() & F.col("order_id").isNull()


def transform(records: DataFrame) -> DataFrame:
    """The six steps."""
    return (
        records.withColumnsRenamed({"total": "raw_total", "discount": "raw_discount"})
        .withColumns(
            {
                "total": F.col("raw_total").try_cast("decimal(12,2)"),
                "discount": F.col("raw_discount").try_cast("decimal(12,2)"),
                "customer_id": F.col("customer.id"),
                "customer_email": F.col("customer.email"),
                "customer_country": F.col("customer.country"),
                "currency": F.upper(F.trim("currency")),
                "order_date": F.to_date("placed_at"),
            }
        )
        .where("coalesce(customer_email, '') not like '%@test.example.com'")
        .withColumn("net", F.expr("total - coalesce(discount, 0)"))
        .withColumn("size", F.expr(SIZE))
        .select(*COLUMNS, "raw_total", "raw_discount", "_source")
    )


def rules() -> dict[str, tuple[Column, Column, bool]]:
    """The rules by name: what breaks each, the value that is told of it, and whether it sets a row aside."""
    total, items = F.col("total"), F.col("items")
    no_total, no_discount = (F.col(f"raw_{name}").isNotNull() & F.col(name).isNull() for name in CAST)
    late, paired = F.col("updated_at") < F.col("placed_at"), F.col("total") < F.col("discount")
    return {
        "key_not_null.order_id": (F.col("order_id").isNull(), F.col("order_id"), True),
        "sequence_not_null.updated_at": (F.col("updated_at").isNull(), F.col("updated_at"), True),
        "cast.typed.total": (no_total, F.col("raw_total"), True),
        "cast.typed.discount": (no_discount, F.col("raw_discount"), True),
        "status_known": (~F.col("status").isin(*STATUSES), F.col("status"), True),
        "total_not_negative": (total < 0, total, True),
        "total_there": (total.isNull(), total, True),
        "order_number": (~F.col("order_id").rlike("^o-[0-9]+$"), F.col("order_id"), True),
        "items_there": (items.isNull(), items, False),
        "items_usual": (~items.between(1, 100), items, False),
        "channel_known": (~F.col("channel").isin("web", "app", "store"), F.col("channel"), False),
        "currency_code": (F.length("currency") != 3, F.col("currency"), False),
        "email_like": (~F.col("customer_email").rlike("^[^@]+@[^@]+$"), F.col("customer_email"), False),
        "country_there": (F.col("customer_country").isNull(), F.col("customer_country"), False),
        "updated_after_placed": (late, pair("updated_at", "placed_at"), False),
        "discount_less": (paired, pair("total", "discount"), False),
    }


def pair(one: str, other: str) -> Column:
    """Two values as one text."""
    texts = {name: F.coalesce(F.col(name).cast("string"), F.lit("null")) for name in (one, other)}
    return F.concat_ws(", ", *(F.concat(F.lit(f"{name}="), text) for name, text in texts.items()))


def mark(rows: DataFrame) -> DataFrame:
    """The rows with a bit for each rule that they break, and whether they are set aside."""
    bits = [F.when(broken, 1 << bit).otherwise(0) for bit, (broken, _, _) in enumerate(rules().values())]
    aside = sum(1 << bit for bit, (_, _, sets_aside) in enumerate(rules().values()) if sets_aside)
    marked = rows.withColumn("broken", reduce(Column.bitwiseOR, bits))
    return marked.withColumn("set_aside", F.col("broken").bitwiseAND(aside) != 0)


def counts() -> list[Column]:
    """How many rows break each rule, and the three aggregates, counted while the rows pass."""
    broken = (F.sum((F.col("broken").bitwiseAND(1 << bit) != 0).cast("int")) for bit in range(len(rules())))
    return [
        *(count.alias(name) for count, name in zip(broken, rules(), strict=True)),
        F.count(F.lit(1)).alias("some_rows"),
        F.avg("total").alias("mean_total"),
        F.min("order_date").alias("first_order"),
    ]


def newest(rows: DataFrame) -> DataFrame:
    """The newest state of each order."""
    order = Window.partitionBy("order_id").orderBy(F.col("updated_at").desc())
    return rows.withColumn("place", F.row_number().over(order)).where("place = 1").select(*COLUMNS)


def merge(rows: DataFrame, lake: Lake, batch: int) -> None:
    """Bring the orders into their table: a newer state takes the place of an older one."""
    target = f"delta.`{lake.table('orders')}`"
    settings = {
        "spark.databricks.delta.write.txnAppId": f"byhand/{FLOW}/orders",
        "spark.databricks.delta.write.txnVersion": str(batch),
    }
    for key, value in settings.items():
        rows.sparkSession.conf.set(key, value)
    try:
        (
            rows.alias("s")
            .mergeInto(target, F.expr(f"s.order_id = {target}.order_id"))
            .whenMatched(F.expr(f"s.updated_at > {target}.updated_at"))
            .updateAll()
            .whenNotMatched()
            .insertAll()
            .merge()
        )
    finally:
        for key in settings:
            rows.sparkSession.conf.unset(key)


def torn(raw: DataFrame) -> DataFrame:
    """The records that are no JSON."""
    reason = F.lit("not valid JSON").alias("_reason")
    return raw.where(is_torn()).select(F.col("_corrupt").alias("_raw"), reason, "_source")


def quarantined(marked: DataFrame) -> DataFrame:
    """The rows that are set aside, with the rules that each breaks and the values that break them."""
    said = list(rules().items())
    failed = [F.col("broken").bitwiseAND(1 << bit) != 0 for bit in range(len(said))]
    names = [F.when(one, F.lit(name)) for one, (name, _) in zip(failed, said, strict=True)]
    entries = [
        F.when(one, F.struct(F.lit(name).alias("key"), value.cast("string").alias("value")))
        for one, (name, (_, value, _)) in zip(failed, said, strict=True)
    ]
    return marked.where("set_aside").select(
        *COLUMNS,
        F.array_compact(F.array(*names)).alias("_failed_rules"),
        F.map_from_entries(F.array_compact(F.array(*entries))).alias("_failed_values"),
        "_source",
    )


def write_bad(rows: DataFrame, lake: Lake, name: str, batch: int) -> None:
    """Append what is set aside, with its origin."""
    told = rows.withColumns(
        {
            "_run": F.lit(lake.run),
            "_flow": F.lit(FLOW),
            "_batch": F.lit(batch).cast("bigint"),
            "_at": F.current_timestamp(),
        }
    )
    writer = told.write.format("delta").mode("append")
    writer.option("txnAppId", f"byhand/{FLOW}/{name}").option("txnVersion", batch).save(lake.table(name))
