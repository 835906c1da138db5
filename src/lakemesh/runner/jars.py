"""The JARs that Spark needs beside its own: fetched once, by Ivy, into a folder that the mesh owns."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lakemesh.errors import LakemeshError, SetupError

JAVA_VERSIONS = (17, 21)
MANIFEST = "jars.json"
_GET_JAVA = (
    "and Spark needs Java 17 or 21: install a JDK 17 (Debian, Ubuntu: apt install openjdk-17-jdk-headless; "
    "macOS: brew install openjdk@17) or point JAVA_HOME at one."
)


@dataclass(frozen=True)
class Jar:
    """One JAR by its Maven coordinates, with the SHA-256 that its bytes must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """The JAR's file name."""
        return f"{self.artifact}-{self.version}.jar"


_DELTA_STORAGE = Jar(
    "io.delta", "delta-storage", "4.4.0", "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc"
)
# By Spark's line. Delta's POM asks for 25 more (its kernel, Hadoop, Parquet, Unity Catalog's client): pyspark
# carries what Delta uses of them here, the rest serves catalog-managed tables, which lakemesh does not make.
JARS: dict[str, tuple[Jar, ...]] = {
    "4.0": (
        Jar(
            "io.delta",
            "delta-spark_4.0_2.13",
            "4.4.0",
            "49e899667168b9412f83cbe894ce264107d7b896d6c5e12edca4e216845c1104",
        ),
        _DELTA_STORAGE,
        Jar(
            "org.apache.spark",
            "spark-avro_2.13",
            "4.0.2",
            "fd102b6c6754f72f53a01ac882f0da2b1a6f9f02127647ac3e1f0ca951d4433b",
        ),
    ),
    "4.1": (
        Jar(
            "io.delta",
            "delta-spark_4.1_2.13",
            "4.4.0",
            "75a9400986853c061f5109f012547de2545a5759e5e752e5ef633dabe16a4f10",
        ),
        _DELTA_STORAGE,
        Jar(
            "org.apache.spark",
            "spark-avro_2.13",
            "4.1.1",
            "6a19d90bc3b6e88d8db0fa36a19273aa10fea2dbd7a62bb60e4cedd73051b32d",
        ),
    ),
}


# Of the Kafka source's POM what pyspark does not carry; LZ4, Snappy and logging it does.
KAFKA_JARS: dict[str, tuple[Jar, ...]] = {
    "4.0": (
        Jar(
            "org.apache.spark",
            "spark-sql-kafka-0-10_2.13",
            "4.0.0",
            "33a3b8b04df4a2e43c9d5bf8ca5972936a1ac662f2714e014d00ef6f27468bf3",
        ),
        Jar(
            "org.apache.spark",
            "spark-token-provider-kafka-0-10_2.13",
            "4.0.0",
            "f2be3b76f9e6cbe63379d4e4e0dc14f59dbf056ae2ad16ff15ac108004c86767",
        ),
        Jar(
            "org.apache.kafka",
            "kafka-clients",
            "3.9.0",
            "15c1e137f2c2c94398e27abc4060a03b6bde10bf9fac15e8f70c02320b202f18",
        ),
        Jar(
            "org.apache.commons",
            "commons-pool2",
            "2.12.0",
            "6d3bd18df8410f3e31b031aca582cc109342358a62a2759ebd0c4cdf30d06f8b",
        ),
    ),
}


def jars_folder(mesh_root: Path) -> Path:
    """The folder of a mesh's JARs: what LAKEMESH_JARS says, else `.lakemesh/jars` in the mesh."""
    told = os.environ.get("LAKEMESH_JARS")
    return Path(told).expanduser() if told else mesh_root / ".lakemesh" / "jars"


def wanted_jars(kafka: bool = False) -> tuple[Jar, ...]:
    """The JARs that fit the installed pyspark, with `kafka` those of its Kafka source as well.

    Raises SetupError where there is no pyspark or no fitting JAR.
    """
    try:
        installed = metadata.version("pyspark")
    except metadata.PackageNotFoundError:
        raise SetupError("pyspark is not installed: pip install 'lakemesh[spark]'.") from None
    line = ".".join(installed.split(".")[:2])
    if line not in JARS:
        raise SetupError(
            f"pyspark {installed} is installed, and lakemesh has JARs for {' or '.join(JARS)}: "
            "pip install 'lakemesh[spark]'."
        )
    if kafka and line not in KAFKA_JARS:
        raise SetupError(
            f"pyspark {installed} is installed, and lakemesh reads hubs by Kafka with"
            f" {' or '.join(KAFKA_JARS)}: install that line of pyspark, or read the files of Event Hubs"
            " Capture (transport: capture)."
        )
    return (*JARS[line], *(KAFKA_JARS[line] if kafka else ()))


def find_jars(folder: Path, jars: Sequence[Jar] | None = None) -> tuple[Path, ...] | None:
    """The paths of JARs, the wanted ones unless told, in a folder that holds all of them, else None."""
    jars = wanted_jars() if jars is None else jars
    paths = tuple(folder.resolve() / jar.file for jar in jars)
    complete = _manifest(jars).items() <= _known(folder).items() and all(path.is_file() for path in paths)
    return paths if complete else None


def resolve_jars(folder: Path, jars: Sequence[Jar] | None = None) -> tuple[Path, ...]:
    """The same paths, after fetching those that the folder lacks; raises SetupError where that fails."""
    jars = wanted_jars() if jars is None else jars
    found = find_jars(folder, jars)
    if found is not None:
        return found
    missing = [jar for jar in jars if _sha256(folder / jar.file) != jar.sha256]
    try:
        _fill(folder, missing)
        _write_manifest(folder, jars)
    except OSError as error:
        raise SetupError(f"The JARs cannot be kept in {folder}: {error.strerror}.") from error
    return tuple(folder.resolve() / jar.file for jar in jars)


def java_command() -> str:
    """The java that Spark will start, JAVA_HOME's or PATH's; raises SetupError where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if java is None:
        where = f"in JAVA_HOME ({home})" if home else "on PATH"
        raise SetupError(f"There is no java {where}, {_GET_JAVA}")
    return java


def java_version() -> int:
    """Java's major version; raises SetupError where Spark 4 does not run on it."""
    java = java_command()
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    version = int(match.group(1)) if match else 0
    if version not in JAVA_VERSIONS:
        what = f"is Java {version}" if version else "does not tell its version"
        raise SetupError(f"{java} {what}, {_GET_JAVA}")
    return version


def main(arguments: Sequence[str]) -> int:
    """Fetch the JARs into the folder named, or into this folder's mesh; the exit code."""
    return done_in_folder(resolve_jars, arguments)


def done_in_folder(deed: Callable[[Path], object], arguments: Sequence[str]) -> int:
    """The exit code of what is done in the folder of JARs that is named, or in this folder's mesh's."""
    folder = Path(arguments[0]) if arguments else jars_folder(Path())
    try:
        deed(folder)
    except LakemeshError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _manifest(jars: Sequence[Jar]) -> dict[str, str]:
    return {jar.file: jar.sha256 for jar in jars}


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fill(folder: Path, missing: Sequence[Jar]) -> None:
    """Fetch beside the folder, then move file by file: whatever else the folder holds stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    if not missing:
        return
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=folder) as scratch:
        fetched = _fetch(missing, Path(scratch))
        for path in fetched:
            path.replace(folder / path.name)


def _fetch(jars: Sequence[Jar], scratch: Path) -> list[Path]:
    """Ivy by itself: Spark's own `spark.jars.packages` stumbles over half-filled ~/.m2 folders."""
    java_version()
    order = scratch / "ivy.xml"
    order.write_text(_ivy_order(jars), encoding="utf-8")
    command = [java_command(), "-jar", str(_ivy_jar()), "-error", "-cache", str(scratch / "cache")]
    command += [
        "-ivy",
        str(order),
        "-types",
        "jar",
        "bundle",
        "-retrieve",
        f"{scratch}/[artifact]-[revision].[ext]",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    for jar in jars:
        if _sha256(scratch / jar.file) != jar.sha256:
            raise SetupError(_not_fetched(jar, scratch, said.stdout + said.stderr))
    return [scratch / jar.file for jar in jars]


def _ivy_order(jars: Sequence[Jar]) -> str:
    lines = [
        f'<dependency org="{jar.group}" name="{jar.artifact}" rev="{jar.version}" transitive="false"/>'
        for jar in jars
    ]
    return (
        '<ivy-module version="2.0"><info organisation="lakemesh" module="jars"/>'
        f"<dependencies>{''.join(lines)}</dependencies></ivy-module>\n"
    )


def _ivy_jar() -> Path:
    spec = importlib.util.find_spec("pyspark")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = [jar for place in places for jar in sorted(Path(place).glob("jars/ivy-*.jar"))]
    if not found:
        raise SetupError(
            "pyspark is installed without its JARs: pip install --force-reinstall 'lakemesh[spark]'."
        )
    return found[-1]


def _not_fetched(jar: Jar, scratch: Path, said: str) -> str:
    if (scratch / jar.file).exists():
        return f"{jar.file} arrived with other bytes than lakemesh expects; a proxy may have replaced it."
    reasons = [line.strip() for line in said.splitlines() if "Exception" in line or "UNRESOLVED" in line]
    because = f" ({reasons[0][:200]})" if reasons else ""
    return (
        f"{jar.file} could not be fetched{because}: check the network (behind a proxy set JAVA_TOOL_OPTIONS "
        "to -Dhttps.proxyHost=... -Dhttps.proxyPort=...), or put it into a folder that LAKEMESH_JARS names."
    )


def _known(folder: Path) -> dict[str, str]:
    """The files that a folder's manifest vouches for, each with its SHA-256."""
    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write_manifest(folder: Path, jars: Sequence[Jar]) -> None:
    """Last of all and in one step, so that what a manifest vouches for is whole."""
    others = {file: sha256 for file, sha256 in _known(folder).items() if (folder / file).is_file()}
    half = folder / f"{MANIFEST}.{os.getpid()}"
    half.write_text(json.dumps({**others, **_manifest(jars)}, indent=2) + "\n", encoding="utf-8")
    half.replace(folder / MANIFEST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
