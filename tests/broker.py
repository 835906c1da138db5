"""A Kafka broker on this machine in the place of an Event Hubs namespace: SASL PLAIN, a connection string.

It is Apache Kafka itself, in KRaft mode, without TLS. Like Event Hubs it stamps events when they arrive, and
makes no hub that nobody asked for. Its JARs, told in broker.txt with their SHA-256, are fetched once, by Ivy,
into a folder beside Spark's.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import ROOT, free_port, wait_for

from lakemesh.errors import SetupError
from lakemesh.runner.jars import Jar, jars_folder, java_command, resolve_jars, wanted_jars

KEY = "c2VjcmV0LWtleS1vZi10aGUtdGVzdHM="
"""The key in the connection string, which must be seen nowhere."""
_LEAN = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{inner}
controller.listener.names=CONTROLLER
listeners=SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{inner}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
inter.broker.listener.name=SASL_PLAINTEXT
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
username="$ConnectionString" password="{secret}" user_$ConnectionString="{secret}";
log.dirs={folder}/data
log.message.timestamp.type=LogAppendTime
log.cleaner.enable=false
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
min.insync.replicas=1
"""


def connection_string(key: str = KEY, entity: str | None = None) -> str:
    """A connection string as Event Hubs hands it out, of the namespace or of one hub."""
    whole = f"Endpoint=sb://localhost/;SharedAccessKeyName=listen;SharedAccessKey={key}"
    return f"{whole};EntityPath={entity}" if entity else whole


@dataclass(frozen=True)
class Event:
    """What is sent: a body (None is a tombstone), a key, properties, and to which partition."""

    body: bytes | str | None
    partition: int = 0
    key: str | None = None
    properties: Mapping[str, bytes | str | None] | None = None


@dataclass(frozen=True)
class Broker:
    """A broker that runs: what Event Hubs' management and its senders do."""

    port: int

    @property
    def namespace(self) -> str:
        """The address, as an environment says it."""
        return f"127.0.0.1:{self.port}"

    def create(self, hub: str, partitions: int = 1) -> None:
        """Make a hub."""
        from confluent_kafka.admin import NewTopic

        admin = self._admin()
        _done(admin.create_topics([NewTopic(hub, partitions, 1)]))

    def remove(self, hub: str) -> None:
        """Delete a hub, and wait until nobody knows it."""
        admin = self._admin()
        _done(admin.delete_topics([hub]))
        while hub in admin.list_topics(timeout=10).topics:
            time.sleep(0.05)

    def widen(self, hub: str, partitions: int) -> None:
        """Give a hub more partitions."""
        from confluent_kafka.admin import NewPartitions

        admin = self._admin()
        _done(admin.create_partitions([NewPartitions(hub, partitions)]))

    def forget(self, hub: str, **before: int) -> None:
        """Let events pass out of retention: in each partition, p0=3, those before a sequence number."""
        from confluent_kafka import TopicPartition

        ends = [TopicPartition(hub, int(name[1:]), number) for name, number in before.items()]
        admin = self._admin()
        _done(admin.delete_records(ends))

    def send(self, hub: str, *events: Event | str) -> None:
        """Send events, a text to partition 0, and wait until they are there."""
        from confluent_kafka import Producer

        failed: list[Any] = []
        producer = Producer({**self._client(), "linger.ms": 0})
        for event in (Event(one) if isinstance(one, str) else one for one in events):
            producer.produce(
                hub,
                value=event.body,
                key=event.key,
                partition=event.partition,
                headers=list((event.properties or {}).items()),
                on_delivery=lambda error, _: failed.append(error) if error else None,
            )
        assert producer.flush(20) == 0
        assert not failed

    def _admin(self) -> Any:
        """A client, which has to be kept until it has answered."""
        from confluent_kafka.admin import AdminClient

        return AdminClient(self._client())

    def _client(self) -> dict[str, Any]:
        return {
            "bootstrap.servers": self.namespace,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": "$ConnectionString",
            "sasl.password": connection_string(),
        }


def _done(asked: Mapping[Any, Any]) -> None:
    for answer in asked.values():
        answer.result(20)


@contextmanager
def run_broker(folder: Path) -> Iterator[Broker]:
    """A broker of its own for as long as the block lasts: half a gigabyte, ready after some seconds."""
    jars = _fetch()
    port, inner = free_port(), free_port()
    properties = folder / "server.properties"
    said = _PROPERTIES.format(port=port, inner=inner, folder=folder, secret=connection_string())
    properties.write_text(said, encoding="utf-8")
    java = [java_command(), *_LEAN, "-cp", str(jars[0].parent / "*")]
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    format_ = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
    subprocess.run(format_, check=True, capture_output=True, cwd=folder)
    with (
        (folder / "broker.log").open("wb") as log,
        subprocess.Popen(
            [*java, "kafka.Kafka", str(properties)], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        ) as running,
    ):
        try:
            wait_for(port)
            yield Broker(port)
        finally:
            running.kill()  # nothing of it is kept


def _fetch() -> tuple[Path, ...]:
    """The broker's JARs, fetched where they are not there yet."""
    lines = Path(__file__).with_name("broker.txt").read_text(encoding="utf-8").splitlines()
    return resolve_jars(jars_folder(ROOT) / "broker", tuple(Jar(*line.split()) for line in lines))


def main() -> int:
    """Fetch what the tests of hubs need, before the first of them; the exit code."""
    try:
        resolve_jars(jars_folder(ROOT), wanted_jars(kafka=True))
        _fetch()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
