"""Spark's classes as Java keeps them, loaded and verified: with them Spark starts in half the time.

A dynamic archive of class data sharing fits one Java, one pyspark, and the JARs where they lie. With any
other, Java says nothing and loads the classes as ever.
Source: https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from lakemesh.runner.jars import java_command, wanted_jars

_QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off"
# Each time that the classes outgrow their room, Java looks through the whole heap: twice in a first batch.
_ROOM = "-XX:MetaspaceSize=256m"
# A JVM of half a minute: one compiler that is quick at once.
_SHORT = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
_CHOSEN = ("-XX:SharedArchiveFile", "-XX:ArchiveClassesAtExit", "-Xshare:off")


def archive_of(folder: Path) -> Path:
    """Where the archive lies that fits this Java, this pyspark and the JARs of a folder.

    Raises SetupError where there is no Java, no pyspark, or one without JARs.
    """
    java = Path(java_command()).resolve()
    release = java.parent.parent / "release"  # tells the build of a JDK
    spark = find_spec("pyspark")
    parts = [
        str(java),
        release.read_text(encoding="utf-8") if release.is_file() else str(java.stat().st_mtime_ns),
        str(spark.origin if spark else None),
        *(str(folder.resolve() / jar.file) for jar in wanted_jars()),
    ]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return folder.resolve() / f"classes-{digest[:16]}.jsa"


def options_with(folder: Path, options: str) -> str:
    """A JVM's options that let it take the archive of a folder, where one is there and no other is chosen."""
    if any(word in options for word in _CHOSEN):
        return options
    archive = archive_of(folder)
    if not archive.is_file():
        return options
    return _joined(f'"-XX:SharedArchiveFile={archive}"', _QUIET, _ROOM, options)


def options_to_make(archive: Path) -> str:
    """The options with which a JVM leaves an archive of its classes behind when it ends."""
    return _joined(f'"-XX:ArchiveClassesAtExit={archive}"', _QUIET, _SHORT)


def _joined(*words: str) -> str:
    return " ".join(filter(None, words))


def outdated(folder: Path, archive: Path) -> Sequence[Path]:
    """The archives of a folder that fitted another Java or another pyspark."""
    return [file for file in sorted(folder.glob("classes-*.jsa")) if file.resolve() != archive]
