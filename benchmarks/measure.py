"""What an act costs: seconds by the clock, CPU seconds of Python and JVM, Spark jobs."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Cost:
    """What one act took."""

    wall: float
    cpu: float
    jobs: int


def cost_of(session: SparkSession, act: Callable[[], object]) -> Cost:
    """The cost of an act in this process and in the JVM of its classic session."""
    before = _now(session)
    act()
    after = _now(session)
    return Cost(after.wall - before.wall, after.cpu - before.cpu, after.jobs - before.jobs)


def _now(session: SparkSession) -> Cost:
    return Cost(time.perf_counter(), cpu_seconds(os.getpid()), total_jobs(session))


def total_jobs(session: SparkSession) -> int:
    """The jobs that a session has run so far."""
    context: Any = session.sparkContext._jsc
    return int(context.sc().dagScheduler().numTotalJobs())


def cpu_seconds(process: int) -> float:
    """The CPU seconds of a process and of those that it started and that still run, from Linux' /proc."""
    parents, ticks = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it may have ended by now
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
            # its own time, and that of the children that it has waited for
            ticks[int(stat.parent.name)] = sum(map(int, fields[11:15]))
    spent = sum(ticks[one] for one in ticks if process in _line(one, parents))
    return spent / os.sysconf("SC_CLK_TCK")


def _line(process: int, parents: Mapping[int, int]) -> Iterator[int]:
    """A process, its parent, the parent of that."""
    while process in parents:
        yield process
        process = parents[process]


def cost_of_process(command: Sequence[str]) -> tuple[float, float]:
    """The seconds and the CPU seconds of a whole process and its children. Raises where it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def collect_garbage(session: SparkSession) -> None:
    """Let the JVM tidy up, so that no side pays for what the other left."""
    session.catalog.clearCache()
    jvm: Any = session.sparkContext._jvm
    jvm.java.lang.System.gc()


@dataclass(frozen=True)
class Pair:
    """One act done by lakemesh and by hand, right after each other."""

    ours: Cost
    theirs: Cost


def print_pairs(title: str, pairs: Sequence[Pair], target: float | None = None) -> None:
    """Print the medians, the spread of the pairs' ratios, and the jobs."""
    print(f"\n{title}: {len(pairs)} pairs{f', target {target:.2f}' if target else ''}")
    print(f"{'':<6}{'lakemesh':>11}{'by hand':>11}{'ratio':>8}{'p10 - p90':>15}")
    for name in ("wall", "cpu"):
        _print_line(name, pairs, target)
    jobs = _jobs(pair.ours for pair in pairs), _jobs(pair.theirs for pair in pairs)
    print(f"{'jobs':<6}{jobs[0]:>11}{jobs[1]:>11}", flush=True)


def _print_line(name: str, pairs: Sequence[Pair], target: float | None) -> None:
    ours = [getattr(pair.ours, name) for pair in pairs]
    theirs = [getattr(pair.theirs, name) for pair in pairs]
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    ratio = statistics.median(ratios)
    low, high = spread(ratios)
    medians = f"{statistics.median(ours):>9.2f} s{statistics.median(theirs):>9.2f} s"
    print(f"{name:<6}{medians}{ratio:>8.2f}{f'{low:.2f} - {high:.2f}':>15}{verdict(ratio, target)}")


def verdict(value: float, target: float | None) -> str:
    """Whether a figure keeps its target, in a word; nothing where there is none."""
    return "" if target is None else "  met" if value <= target else "  missed"


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The first and the ninth decile."""
    if len(values) < 2:
        return values[0], values[0]
    deciles = statistics.quantiles(values, n=10, method="inclusive")
    return deciles[0], deciles[-1]


def _jobs(costs: Iterable[Cost]) -> str:
    counts = sorted({cost.jobs for cost in costs})
    return " or ".join(map(str, counts))


def machine() -> str:
    """The machine in a line, with how many processes want its cores right now."""
    system = f"{platform.system()} {platform.machine()}"
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {system}, {os.cpu_count()} cores{load}"
