"""Events of a hub itself, by Spark's Kafka source at the namespace's Kafka endpoint.

What is what: a Kafka cluster is a namespace, a topic a hub, a partition a partition, an offset the sequence
number, a record's timestamp the enqueued time, a key the partition key, headers the properties. Sources:
Microsoft's "What is Azure Event Hubs for Apache Kafka?", "Exchange events between consumers and producers
that use different protocols" and "Apache Kafka client configurations for Azure Event Hubs".
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.errors import ReadFailed
from lakemesh.plan.stages import EARLIEST
from lakemesh.read.bodies import text_of
from lakemesh.read.connection import sign_in_options
from lakemesh.read.properties import properties_json
from lakemesh.read.records import source_struct

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.stages import HubSource, Read
    from lakemesh.run import Run
    from lakemesh.spec.inputs import EventHub

# What Microsoft advises: Event Hubs closes a line that is idle for four minutes, and may delay an answer.
_ADVISED = {
    "kafka.metadata.max.age.ms": "180000",
    "kafka.connections.max.idle.ms": "180000",
    "kafka.request.timeout.ms": "60000",
    "kafka.session.timeout.ms": "30000",
}
FIRST, LAST = -2, -1
"""What Spark's Kafka source calls the first event that is there, and the place behind the last."""


def open_hub(read: Read, port: EventHub, hub: HubSource, run: Run) -> DataFrame:
    """The events of a hub as a stream: value, _source."""
    options = {**hub_options(read, port, hub, run), **_start(read, port, hub, run)}
    if port.max_per_batch:
        options["maxOffsetsPerTrigger"] = str(port.max_per_batch)
    events = run.session.readStream.format("kafka").options(**options).load()
    return hub_events(events, read, port, run)


def read_hub(
    read: Read, port: EventHub, hub: HubSource, times: tuple[dt.datetime, dt.datetime], run: Run
) -> DataFrame:
    """The events that were enqueued in [start, end), as a frame."""
    start, end = map(_millis, times)
    said = {
        "startingTimestamp": start,
        "endingTimestamp": end,
        "startingOffsetsByTimestampStrategy": "latest",
    }
    options = {**hub_options(read, port, hub, run), **said}
    return hub_events(run.session.read.format("kafka").options(**options).load(), read, port, run)


def first_events(read: Read, port: EventHub, hub: HubSource, run: Run) -> DataFrame:
    """All events that a hub holds now, the eldest of a partition first, as a frame."""
    options = hub_options(read, port, hub, run)
    return hub_events(run.session.read.format("kafka").options(**options).load(), read, port, run)


def hub_options(read: Read, port: EventHub, hub: HubSource, run: Run) -> dict[str, str]:
    """The options of Spark's Kafka source for a hub, but for where it begins; they hold secrets."""
    return {
        **sign_in_options(read, hub, run.secrets),
        **_ADVISED,
        "subscribe": port.hub,
        "includeHeaders": "true",
        # A group of Kafka's is named for the namespace's sake alone: the checkpoint knows what was read.
        "groupIdPrefix": port.consumer_group,
        "failOnDataLoss": str(not read.passing).lower(),
    }


def hub_events(frame: DataFrame, read: Read, port: EventHub, run: Run) -> DataFrame:
    """The rows of Spark's Kafka source as raw records: value (the body), _source."""
    source = source_struct(
        read.name,
        run,
        partition="partition",
        sequence_number="offset",
        enqueued_time="timestamp",
        key=F.expr("make_valid_utf8(CAST(key AS STRING))"),
        properties=properties_json(),
    )
    return frame.select(text_of(F.col("value"), read, port).alias("value"), source)


def _start(read: Read, port: EventHub, hub: HubSource, run: Run) -> dict[str, str]:
    """Where a checkpoint that is not there yet begins."""
    if read.start == EARLIEST:
        return {"startingOffsets": "earliest"}
    if isinstance(read.start, str):
        # The strategy is for partitions without an event since then: without it Spark stops.
        since = {"startingTimestamp": _millis(dt.datetime.fromisoformat(read.start))}
        return {**since, "startingOffsetsByTimestampStrategy": "latest"}
    # Spark wants a number for every partition, which only the hub knows.
    numbers = {partition: FIRST for partition in partitions_of(read, port, hub, run)} | read.start
    return {"startingOffsets": json.dumps({port.hub: numbers})}


def partitions_of(read: Read, port: EventHub, hub: HubSource, run: Run) -> tuple[str, ...]:
    """The names of a hub's partitions.

    Nothing of Spark's lists them but its complaint about a start that names other ones.
    """
    wrong = {"startingOffsets": json.dumps({port.hub: {"100000": FIRST}})}
    options = {**hub_options(read, port, hub, run), **wrong}
    try:
        run.session.read.format("kafka").options(**options).load().limit(1).collect()
    except Exception as error:
        assigned = re.search(r"Assigned: (.*)", str(error))
        found = re.findall(rf"{re.escape(port.hub)}-(\d+)\b", assigned[1]) if assigned else []
        if not found:
            raise
        return tuple(sorted(set(found), key=int))
    raise ReadFailed(f"input '{read.name}' cannot find out which partitions hub '{port.hub}' has.")


def _millis(time: dt.datetime) -> str:
    return str(int(time.timestamp() * 1000))
