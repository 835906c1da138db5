"""The Spark session that an environment asks for, with what lakemesh needs to be set in it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import warnings
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any

from lakemesh.errors import NotYet, SetupError
from lakemesh.runner.archive import options_with
from lakemesh.runner.connect import allow_deep_plans, connect
from lakemesh.runner.explain import sentence
from lakemesh.runner.jars import jars_folder, java_version, resolve_jars, wanted_jars
from lakemesh.runner.reach import unreachable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.spec.loader import Mesh

_ANYWHERE = {
    "spark.sql.ansi.enabled": "true",
    # A batch pruned by its columns' least and greatest values loses rows whose value is NaN.
    "spark.sql.inMemoryColumnarStorage.partitionPruning": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # Spark's own format, INT96, is read as nanoseconds by others: the year 9999 is the year 1816 to them.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Else Spark fills ${env:NAME} in, wherever it stands in SQL: a comment could carry a secret into a table.
    "spark.sql.variable.substitute": "false",
}
_LOCAL = {
    "spark.ui.enabled": "false",
    # Told in full to nobody, the plans of a small run are a twentieth of its work.
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.streaming.metricsEnabled": "false",
    # Else each function of a Column asks Java several times more, to name the line of code that called it.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.sql.debug.maxToStringFields": "200",
    # Java interprets a method of more bytes, whatever it costs; Spark then makes several smaller ones.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # Spark keeps a hundred compiled classes, and one batch takes more: each would compile its own anew.
    "spark.sql.codegen.cache.maxEntries": "2000",
    "spark.log.level": "OFF",
    "spark.driver.memory": "2g",
    "spark.ui.showConsoleProgress": "false",
}


_OPTIONS = "spark.driver.extraJavaOptions"
_SENT = "spark.jars"
_CONTEXTS = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")
# Where a batch is interrupted, py4j logs what the callback from the JVM ended with.
_GATEWAY = ("py4j", "py4j.clientserver", "py4j.java_gateway")


def open_session(mesh: Mesh) -> SparkSession:
    """The session of the mesh's environment: local threads, a cluster's master, or a Spark Connect address.

    Raises SetupError where Spark, Java or the JARs are missing, or nobody answers where Spark should be.
    """
    if mesh.environment.platform != "local":
        raise NotYet(
            f"the environment '{mesh.environment_name}' runs on Databricks, which comes with a later version"
        )
    _require_spark()
    _quiet()
    block = mesh.environment.spark
    settings = {key: _text(value) for key, value in block.settings.items()}
    silent = unreachable(block, mesh.environment_name)
    if silent is not None:
        raise SetupError(f"{silent[0]}. To mend it, {silent[1]}.")
    if block.remote:
        allow_deep_plans()
    if block.remote and not block.remote.startswith("local"):
        return connect(block.remote, {**_ANYWHERE, **settings})
    return _start(mesh, settings)


def _require_spark() -> None:
    from importlib.util import find_spec

    if find_spec("pyspark") is None:
        raise SetupError("Spark is not installed: pip install 'lakemesh[spark]'.")


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _start(mesh: Mesh, settings: dict[str, str]) -> SparkSession:
    """A session of our own: local threads, a cluster, or a Connect server beside us (remote `local[2]`)."""
    from pyspark.sql import SparkSession

    java_version()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    block = mesh.environment.spark
    master = block.master or block.remote or "local[*]"
    start = SparkSession.builder
    builder = start.remote(block.remote) if block.remote else start.master(master).appName("lakemesh")
    for key, value in {**_ANYWHERE, **_LOCAL, **_told(mesh, master, settings)}.items():
        builder = builder.config(key, value)
    with warnings.catch_warnings():
        # A Connect builder starts its server with every setting, then warns that it cannot set some again.
        warnings.simplefilter("ignore")
        session: SparkSession = _get(builder, master)
    _interrupt_as_ever()
    if not block.remote:
        from lakemesh.runner.bridge import remember_names

        remember_names(session)
    return session


def _get(builder: Any, master: str) -> Any:
    """The session. What Spark says where it does not start is told in a sentence."""
    try:
        return builder.getOrCreate()
    except Exception as error:
        raise SetupError(f"Spark does not start on {master}: {sentence(str(error))}") from error


def _interrupt_as_ever() -> None:
    """Ctrl-C as Python takes it: PySpark's handler asks the JVM in the middle of another question."""
    if current_thread() is main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _told(mesh: Mesh, master: str, settings: dict[str, str]) -> dict[str, str]:
    """The environment's settings over our own, with the class archive where the JVM is as it was made in."""
    own = _own(mesh, master)
    said = settings.get(_OPTIONS, "")
    options = options_with(jars_folder(mesh.root), said) if "spark.driver.extraClassPath" in own else said
    sent = ",".join(filter(None, (own.get(_SENT), settings.get(_SENT))))
    # An empty option would hide the one of spark-defaults.conf.
    return {**own, **settings, **({_OPTIONS: options} if options else {}), **({_SENT: sent} if sent else {})}


def _own(mesh: Mesh, master: str) -> dict[str, str]:
    """The settings that depend on the mesh and on where Spark runs."""
    jars = [str(jar) for jar in resolve_jars(jars_folder(mesh.root))]
    kafka = [str(jar) for jar in _of_kafka(mesh)]
    scratch = Path(tempfile.gettempdir()) / f"lakemesh-{os.getpid()}"
    # On the class path a JAR is not copied; elsewhere than in one process it has to be sent.
    one_process = master.startswith("local") and not master.startswith("local-cluster")
    sent = kafka if one_process else [*jars, *kafka]
    return {
        **({"spark.driver.extraClassPath": ":".join(jars)} if one_process else {}),
        # With these on the class path, too, the class archive would not fit.
        **({_SENT: ",".join(sent)} if sent else {}),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.session.timeZone": mesh.spec.time_zone,
        "spark.driver.bindAddress": "127.0.0.1",
    }


def _of_kafka(mesh: Mesh) -> tuple[Path, ...]:
    """The JARs of Spark's Kafka source, fetched only where the environment has hubs to be read by it."""
    if not any(hub.transport == "kafka" for hub in mesh.environment.hubs.values()):
        return ()
    base = len(wanted_jars())
    return resolve_jars(jars_folder(mesh.root), wanted_jars(kafka=True))[base:]


def _quiet() -> None:
    """PySpark and py4j log every error with the whole stack; lakemesh tells it in a sentence."""
    for name in (*_CONTEXTS, *_GATEWAY):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.getLogger().addFilter(_not_of_the_gateway)


def _not_of_the_gateway(record: logging.LogRecord) -> bool:
    """Whether a line of the root logger is not py4j's, which tells a Ctrl-C there with its stack."""
    return "py4j" not in Path(record.pathname).parts
