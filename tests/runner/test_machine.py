"""A machine that gives out: no room on the disk, a lakehouse that may not be written, no memory left."""

from __future__ import annotations

import ctypes
import os
import resource
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

PRODUCT = """
inputPorts:
  src: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}
outputPorts:
  out: {kind: delta, from: src, write: merge, keys: [id], schema: {id: bigint, v: string}}
"""
_OVERRIDES = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, with which root heeds no permission
_WORDS = ctypes.c_uint32 * 2


class _Capabilities(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


@contextmanager
def as_anybody() -> Iterator[None]:
    """This thread heeds permissions, root's too."""
    if os.geteuid() != 0 or sys.platform != "linux":
        yield
        return
    system, head, held = ctypes.CDLL(None, use_errno=True), _WORDS(0x20080522, 0), (_Capabilities * 2)()
    assert system.capget(head, held) == 0
    before = held[0].effective
    for effective in (before & ~_OVERRIDES, before):
        held[0].effective = effective
        assert system.capset(head, held) == 0
        if effective != before:
            yield


@contextmanager
def files_end_at(size: int, spark: Any) -> Iterator[None]:
    """No file of Spark's may grow beyond a size, as where a quota is used up."""
    process = spark._jvm.java.lang.ProcessHandle.current().pid()
    soft, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no limits of another process here")
def test_a_disk_that_takes_no_more_and_one_that_is_not_ours(mini: Any) -> None:
    mini.product("orders", PRODUCT)
    mini.land("in/1.json", {"id": 1, "v": "a"})
    mini.ran("orders")
    before = mini.version("orders/out")
    mini.land("in/2.json", {"id": 2, "v": secrets.token_hex(200_000)})
    with files_end_at(60_000, mini.spark):
        assert mini.run("orders").message == (
            "shop.orders, flow 'src', batch 1: the disk takes no more (File too large): make room, or move"
            " the lakehouse; then run again."
        )
    assert (mini.version("orders/out"), mini.states()[-1]) == (before, (1, "failed"))
    locks = mini.root / "lakehouse/_locks"
    for file in (locks, *locks.iterdir()):
        file.chmod(0o555)
    with as_anybody():
        told = mini.run("orders").message
    assert told == (
        f"shop.orders: the lakehouse cannot be written ({locks}: Permission denied). Get write access to it,"
        " or say another lakehouse in the environment."
    )
    assert mini.version("orders/out") == before
    for file in (locks, *locks.iterdir()):
        file.chmod(0o755)
    mini.ran("orders")
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [1, 2]


@pytest.fixture
def disk(mini: Any) -> Iterator[Callable[[str], None]]:
    """A function that says how a small disk is mounted for the tables."""
    folder = mini.root / "lakehouse/shop"
    folder.mkdir(parents=True)

    def mount(how: str) -> None:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(folder)], check=True, capture_output=True
        )

    try:
        mount("size=4m")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be mounted here")
    yield mount
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write a file until the disk is full."""
    with file.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(b"x" * 4096)


def test_a_full_disk_and_one_that_is_read_only(mini: Any, disk: Callable[[str], None]) -> None:
    mini.product("orders", PRODUCT)
    mini.land("in/1.json", {"id": 1, "v": "a"})
    mini.ran("orders")
    mini.land("in/2.json", {"id": 2, "v": "b"})
    filler, before = mini.root / "lakehouse/shop/filler", mini.version("orders/out")
    disk("remount,ro")
    assert "Read-only file system" in mini.run("orders").message
    disk("remount,rw")
    fill(filler)
    assert mini.run("orders").message == (
        "shop.orders, flow 'src', batch 1: the disk takes no more (No space left on device): make room, or"
        " move the lakehouse; then run again."
    )
    filler.unlink()
    assert (mini.version("orders/out"), mini.rows("orders/out")) == (before, [{"id": 1, "v": "a"}])
    mini.ran("orders")
    assert {row["id"]: row["v"] for row in mini.rows("orders/out")} == {1: "a", 2: "b"}


GIVEN_OUT = {
    "java.io.IOException: No space left on device": "the disk takes no more (No space left on device): make",
    "java.lang.OutOfMemoryError: Java heap space": (
        "Spark ran out of memory: lower maxPerBatch of input 'src', or raise spark.driver.memory"
    ),
}


def test_a_machine_that_gives_out_in_a_write(mini: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from lakemesh.write import tables

    mini.product("orders", PRODUCT)
    mini.land("in/1.json", {"id": 1}, "{")
    for error, told in GIVEN_OUT.items():

        def give_out(*_: Any, error: str = error) -> None:
            raise RuntimeError(f"{error}\n\tat java.base/java.io")

        with monkeypatch.context() as patch:
            patch.setattr(tables, "save", give_out)
            message = mini.run("orders").message
        assert message.startswith("shop.orders, flow 'src', batch 0: ")
        assert told in message
        assert (mini.rows("orders/out"), mini.rows("orders/src__rejected")) == ([], [])
    mini.ran("orders")
    assert len(mini.rows("orders/out")) == len(mini.rows("orders/src__rejected")) == 1
