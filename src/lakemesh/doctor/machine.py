"""The machine: Python, Java, what is installed beside lakemesh, git, time zones, room to work in."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from lakemesh.doctor.checkup import Checkup, missing, note, ok
from lakemesh.errors import SetupError
from lakemesh.runner.jars import java_command, java_version

_PYTHON = (3, 11)
# pyspark 4.0 is tested up to this one.
_NEWEST_PYTHON = (3, 13)
_SPARK = ("pyspark", "delta-spark", "cloudpickle", "fastavro")
_CONNECT = ("grpcio", "grpcio-status", "googleapis-common-protos", "pandas", "zstandard")
_GIB = 1 << 30
_LITTLE, _TOO_LITTLE = 5 * _GIB, _GIB // 2


def look_at_machine(connect: bool) -> Iterator[Checkup]:
    """What this machine has; with `connect`, what Spark Connect needs is needed."""
    yield _python()
    yield _java()
    yield _extra("spark", _SPARK, needed=True)
    yield _extra("connect", _CONNECT, needed=connect)
    yield _git()
    yield room("scratch space", Path(tempfile.gettempdir()))


def _python() -> Checkup:
    version = sys.version_info[:2]
    found = f"{platform.python_version()} ({sys.executable})"
    if version < _PYTHON:
        return missing("Python", found, "install Python 3.11, 3.12 or 3.13")
    if version > _NEWEST_PYTHON:
        return note(
            "Python", found, "Spark 4.0 is tested with Python up to 3.13: take that if Python steps fail"
        )
    return ok("Python", found)


def _java() -> Checkup:
    home = os.environ.get("JAVA_HOME")
    where = f"JAVA_HOME is {home}" if home else "from PATH; JAVA_HOME is not set"
    try:
        return ok("Java", f"{java_version()} ({java_command()}; {where})")
    except SetupError as error:
        found, _, remedy = str(error).partition(", and Spark needs ")
        # An error that names JAVA_HOME has said it.
        said = found if "JAVA_HOME" in found else f"{found} ({where})"
        return missing("Java", said, f"Spark needs {remedy.rstrip('.')}")
    except OSError as error:
        return missing("Java", f"{java_command()} does not start: {error.strerror}", "install a JDK 17")


def _extra(name: str, packages: tuple[str, ...], needed: bool) -> Checkup:
    versions = {package: _version(package) for package in packages}
    lacking = [package for package, version in versions.items() if version is None]
    what, remedy = f"extra '{name}'", f"pip install 'lakemesh[{name}]'"
    if not lacking:
        return ok(what, ", ".join(f"{package} {version}" for package, version in versions.items()))
    found = f"not installed: {', '.join(lacking)}"
    return missing(what, found, remedy) if needed else note(what, found, f"{remedy}, for Spark Connect")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git() -> Checkup:
    git = shutil.which("git")
    if git is None:
        return note("git", "not on PATH", "install git, for --changed-since")
    return ok("git", git)


def room(what: str, folder: Path) -> Checkup:
    """How much room there is where a folder is, or will be."""
    there = standing(folder)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return missing(what, f"{folder}: {error.strerror}", "name a folder that can be reached")
    found = f"{folder}: {free / _GIB:,.1f} GiB free"
    if free < _TOO_LITTLE:
        return missing(what, found, "make room, or use another disk")
    return note(what, found, "make room before large runs") if free < _LITTLE else ok(what, found)


def standing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
