"""Small random products against a plain Python model of the rules: any cut, order, dirt and stop, one answer.

Each example is one seed: its schema, records, files, runs and stops. LAKEMESH_EXAMPLES asks for more of them
than the few of an ordinary run, new ones each time.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.servers import FEW

from lakemesh.observe.events import BatchEvent, Event
from lakemesh.observe.ledger import TERMS, Entry, imbalances
from lakemesh.runner import batch as batches

CHILD = Path(__file__).with_name("killed_run.py")
MORE = int(os.environ.get("LAKEMESH_EXAMPLES", "0"))
SCALARS = ("bigint", "string", "boolean", "date", "timestamp", "decimal(12,2)", "double")
TEXTS = (
    "",
    "x",
    "Ünï",
    "naïve \U0001f600",
    'a "quoted" \\ word',
    "tab\tand\nline",
    "null",
    "ﬁ",
    "'; drop --",
)
TORN: tuple[str | bytes, ...] = (
    "{torn", "[1, 2]", "7", '"text"', '{"id": "a"} {"id": "b"}', b'{"id": "\xff"}', "{'id': 'a'}"
)  # fmt: skip
HEAD = {"id": "string", "seq": "bigint", "gone": "boolean", "n": "bigint"}
DAY = dt.date(2026, 1, 1)
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)

Kind = str | list["Kind"] | dict[str, "Kind"]
"""A type: a scalar's name, an array as a list of one, a struct as a dict."""
Row = dict[str, Any]


def some_kind(random: Random, depth: int = 2) -> Kind:
    shape = random.random()
    if depth and shape < 0.25:
        return [some_kind(random, depth - 1)]
    if depth and shape < 0.5:
        return {name: some_kind(random, depth - 1) for name in "ab"[: random.randint(1, 2)]}
    return random.choice(SCALARS)


def ddl(kind: Kind) -> str:
    if isinstance(kind, list):
        return f"array<{ddl(kind[0])}>"
    if isinstance(kind, dict):
        return f"struct<{','.join(f'{name}:{ddl(inner)}' for name, inner in kind.items())}>"
    return kind


def some_value(random: Random, kind: Kind, torn: bool = True) -> tuple[Any, Any]:
    """A value as a record says it, and as a table holds it. One of the wrong type is held as nothing."""
    if random.random() < 0.15:
        return None, None
    if isinstance(kind, list):
        pairs = [some_value(random, kind[0], torn=False) for _ in range(random.randint(0, 3))]
        return [said for said, _ in pairs], [held for _, held in pairs]
    if isinstance(kind, dict):
        pairs_of = {name: some_value(random, inner, torn) for name, inner in kind.items()}
        said = {name: value for name, (value, held) in pairs_of.items() if value is not None or held}
        return said, {name: held for name, (_, held) in pairs_of.items()}
    if torn and kind != "string" and random.random() < 0.1:
        return "of no such type", None
    return some_scalar(random, kind)


def some_scalar(random: Random, kind: str) -> tuple[Any, Any]:
    number = random.randint(-3, 9)
    match kind:
        case "bigint":
            return number, number
        case "boolean":
            return number > 2, number > 2
        case "date":
            day = DAY + dt.timedelta(days=number)
            return day.isoformat(), day
        case "timestamp":
            moment = NOON + dt.timedelta(milliseconds=number * 250)
            return moment.isoformat(), moment
        case "decimal(12,2)":
            return number * 1.25, Decimal(number * 125).scaleb(-2)
        case "double":
            return number / 4, number / 4
        case _:
            text = random.choice(TEXTS)
            return text, text


def as_text(kind: Kind, value: Any) -> str:
    """What a value's JSON is, by which rows of one sequence are told apart."""
    if value is None:
        return "null"
    if isinstance(kind, list):
        return f"[{','.join(as_text(kind[0], inner) for inner in value)}]"
    if isinstance(kind, dict):
        return "{" + ",".join(f'"{name}":{as_text(inner, value[name])}' for name, inner in kind.items()) + "}"
    if kind == "timestamp":
        return f'"{value:%Y-%m-%d %H:%M:%S.%f}Z"'
    if kind == "date":
        return f'"{value}"'
    return str(value) if kind == "decimal(12,2)" else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class World:
    """A random product, its records, and what the rules make of them, all from one seed."""

    seed: int

    @cached_property
    def random(self) -> Random:
        return Random(self.seed)

    @cached_property
    def fields(self) -> dict[str, Kind]:
        """The columns of the input."""
        return {**HEAD, **{f"f{at}": some_kind(self.random) for at in range(self.random.randint(1, 3))}}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        modes = ("merge", "append", "history")
        return tuple(sorted(self.random.sample(modes, self.random.choice((1, 2, 2)))))

    @cached_property
    def records(self) -> list[tuple[str | bytes, Row | None]]:
        """Every record as it is said, and as it is held; None where it is no record."""
        return list(self._records())

    def _records(self) -> Iterator[tuple[str | bytes, Row | None]]:
        seen: list[tuple[str | bytes, Row | None]] = []
        for _ in range(self.random.randint(12, 40)):
            chance = self.random.random()
            if chance < 0.1:
                one: tuple[str | bytes, Row | None] = self.random.choice(TORN), None
            elif chance < 0.25 and seen:
                one = self.random.choice(seen)
            else:
                one = self._record()
            seen.append(one)
            yield one

    def _record(self) -> tuple[str, Row]:
        random = self.random
        head = {
            "id": random.choice("abcde"),
            "seq": random.randint(0, 5),
            "gone": random.choice((True, False, False, None)),
            "n": random.randint(-1, 9),
        }
        for name in ("id", "seq", "n"):
            if random.random() < 0.05:
                head[name] = None
        pairs = {name: some_value(random, kind) for name, kind in self.fields.items() if name not in head}
        said: Row = {**head, **{name: value for name, (value, _) in pairs.items()}}
        kept = {name: value for name, value in said.items() if value is not None or random.random() < 0.5}
        if random.random() < 0.1:
            kept["nobody declared"] = {"this": 1}
        return json.dumps(kept, ensure_ascii=random.random() < 0.5), {
            **head,
            **{name: held for name, (_, held) in pairs.items()},
        }

    @cached_property
    def steps(self) -> tuple[str, str, Callable[[Row], bool]]:
        """A filter between two other steps, as the spec says it and as Python does."""
        chosen: tuple[tuple[str, str, Callable[[Row], bool]], ...] = (
            ("all", "{kind: filter, from: both, where: 'true'}", lambda row: True),
            ("sevens", "{kind: filter, from: both, where: n <> 7}", lambda row: row["n"] not in (7, None)),
            ("sql", "{sql: 'select * from both where n is null or n < 8'}", lambda row: (row["n"] or 0) < 8),
        )
        return self.random.choice(chosen)

    @cached_property
    def deletes(self) -> bool:
        return self.random.random() < 0.7

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return ("one", "two")[: self.random.randint(1, 2)]

    def spec(self) -> str:
        """The product, from its input ports on."""
        columns = ", ".join(f'{name}: "{ddl(kind)}"' for name, kind in self.fields.items())
        per_batch = self.random.randint(1, 3)
        ports = "".join(
            f"  {name}: {{kind: blob, path: '${{landing.shop}}/{name}', maxPerBatch: {per_batch},"
            f" schema: {{{columns}}}}}\n"
            for name in self.inputs
        )
        union = "{kind: union, from: [one, two]}" if "two" in self.inputs else "{sql: 'select * from one'}"
        outputs = "".join(map(self._output, self.outputs))
        return (
            f"inputPorts:\n{ports}transformations:\n  both: {union}\n  kept: {self.steps[1]}\n"
            f"  told: {{kind: derive, from: kept, columns: {{twice: n * 2}}}}\noutputPorts:\n{outputs}"
        )

    def _output(self, mode: str) -> str:
        columns = ", ".join(f'{name}: "{ddl(kind)}"' for name, kind in self.columns.items())
        settled = "    keys: [id]\n    sequenceBy: [seq]\n" if mode != "append" else ""
        deletes = "    deleteWhen: gone\n" if settled and self.deletes else ""
        acts = "drop" if mode == "append" else "quarantine"
        return (
            f"  {mode}:\n    from: told\n    write: {mode}\n{settled}{deletes}    schema: {{{columns}}}\n"
            "    quality:\n      - expect_column_values_to_be_between: {column: n, min_value: 0}\n"
            f"        onFailure: {acts}\n"
        )

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns of each output."""
        return {**self.fields, "twice": "bigint"}

    @cached_property
    def offered(self) -> list[Row]:
        """The rows that come out of the steps."""
        rows = [held for _, held in self.records if held is not None and self.steps[2](held)]
        return [{**row, "twice": None if row["n"] is None else row["n"] * 2} for row in rows]

    def is_delete(self, row: Row) -> bool:
        return self.deletes and bool(row["gone"])

    def is_bad(self, row: Row, mode: str) -> bool:
        """Whether a rule sets the row aside: the spec's, or the one for keys and sequences."""
        negative = row["n"] is not None and row["n"] < 0
        if mode == "append":
            return negative
        return row["id"] is None or row["seq"] is None or (negative and not self.is_delete(row))

    def good(self, mode: str) -> list[Row]:
        return [row for row in self.offered if not self.is_bad(row, mode)]

    def bad(self, mode: str) -> list[Row]:
        return [row for row in self.offered if self.is_bad(row, mode)]

    def rank(self, row: Row) -> tuple[Any, ...]:
        """What decides between two rows of a key."""
        return row["seq"], self.is_delete(row), as_text(self.columns, row).encode()

    def merged(self) -> list[Row]:
        """What a merge leaves: of each key the winner, unless it is a delete."""
        winners: dict[str, Row] = {}
        for row in sorted(self.good("merge"), key=self.rank):
            winners[row["id"]] = row
        return [row for row in winners.values() if not self.is_delete(row)]

    def versions(self) -> list[Row]:
        """What a history leaves: of each key and sequence the winner, until the next one begins."""
        winners: dict[tuple[str, int], Row] = {}
        for row in sorted(self.good("history"), key=self.rank):
            winners[row["id"], row["seq"]] = row
        following = {key: [seq for one, seq in sorted(winners) if one == key] for key, _ in winners}
        return [self._version(row, following[row["id"]]) for row in winners.values()]

    def _version(self, row: Row, sequences: list[int]) -> Row:
        start = row["seq"]
        later = [seq for seq in sequences if seq > start]
        if self.is_delete(row):
            blank = {name: None for name in self.columns if name not in ("id", "seq")}
            return {**row, **blank, "valid_from": start, "valid_to": start, "is_current": False}
        end = later[0] if later else None
        return {**row, "valid_from": start, "valid_to": end, "is_current": end is None}

    def tables(self) -> dict[str, Counter[str]]:
        """What every table holds in the end."""
        made = {"merge": self.merged, "append": lambda: self.good("append"), "history": self.versions}
        wanted = {mode: as_bag(made[mode]()) for mode in self.outputs}
        aside = {f"{mode}__quarantine": as_bag(self.bad(mode)) for mode in self.outputs if mode != "append"}
        return {**wanted, **aside}

    def counts(self) -> dict[str, int]:
        """What the ledger says in the end, summed over inputs, filters and outputs."""
        bad = {mode: len(self.bad(mode)) for mode in self.outputs}
        return {
            "read": len(self.records),
            "rejected": sum(held is None for _, held in self.records),
            "checked": len(self.offered) * len(self.outputs),
            "dropped": bad.pop("append", 0),
            "quarantined": sum(bad.values()),
        }

    def land(self, mini: Any, wave: int, waves: int) -> None:
        """Put a part of the records into files, in any order; a folder may stay empty."""
        for name in self.inputs:
            (mini.root / "data" / name).mkdir(parents=True, exist_ok=True)
        part = self.records[wave::waves]
        self.random.shuffle(part)
        files = self.random.randint(1, 2)
        for at in range(files):
            folder = self.random.choice(self.inputs)
            lines = [line if isinstance(line, bytes) else line.encode() for line, _ in part[at::files]]
            path = mini.write(f"data/{folder}/{wave}-{at}.json", "")
            path.write_bytes(b"\n".join(lines))


def as_bag(rows: Iterable[Row], columns: Iterable[str] | None = None) -> Counter[str]:
    """Rows as text, each as often as it is there."""
    names = None if columns is None else list(columns)
    return Counter(
        json.dumps({name: row[name] for name in names or row}, default=str, sort_keys=True) for row in rows
    )


def left(world: World, mini: Any) -> dict[str, Counter[str]]:
    """What every table holds, without what lakemesh adds to it."""
    added = ("valid_from", "valid_to", "is_current")
    return {
        table: as_bag(mini.rows(f"things/{table}"), [*world.columns, *(added if table == "history" else ())])
        for table in world.tables()
    }


def counted(mini: Any) -> dict[str, int]:
    """The sums of the ledger, the last lines of each batch of the newest generations; all must balance."""
    rows = mini.ops("ledger")
    newest = {row["flow"]: row["generation"] for row in rows}
    last = {
        (row["flow"], row["batch"], row["kind"], row["name"]): row
        for row in rows
        if row["generation"] == newest[row["flow"]]
    }
    entries = [
        Entry(kind=row["kind"], name=row["name"], **{term: row[term] for term in TERMS})
        for row in last.values()
    ]
    assert imbalances(entries) == ()
    terms = ("read", "rejected", "checked", "dropped", "quarantined")
    return {term: sum(getattr(entry, term) or 0 for entry in entries) for term in terms}


def run_stopped(world: World, mini: Any) -> None:
    """Run the product, stopped somewhere: as by a failure that is noticed, or by a kill that is not."""
    left_to_go, killed = world.random.randint(0, 9), world.random.random() < 0.7

    def listen(event: Event) -> None:
        nonlocal left_to_go
        left_to_go -= isinstance(event, BatchEvent)
        if left_to_go < 0 and isinstance(event, BatchEvent):
            raise RuntimeError("stopped here")

    with pytest.MonkeyPatch.context() as patched:
        if killed:
            patched.setattr(batches, "_give_up", lambda batch: None)
        report = mini.run("things", listen)
    assert report.state == "succeeded" or "stopped here" in report.message, report.message


@pytest.mark.slow
@settings(
    max_examples=MORE or 2,
    derandomize=not MORE,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_any_cut_order_dirt_and_stop_gives_what_the_model_says(
    new_mini: Callable[[], Any], seed: int
) -> None:
    world, mini = World(seed), new_mini()
    mini.product("things", world.spec())
    for wave in range(2):
        world.land(mini, wave, 2)
        run_stopped(world, mini)
    mini.ran("things")
    assert left(world, mini) == world.tables()
    assert counted(mini) == world.counts()
    assert (
        sum(len(mini.rows(f"things/{name}__rejected")) for name in world.inputs) == counted(mini)["rejected"]
    )

    mini.ran("things", full=True)
    assert left(world, mini) == world.tables()
    assert counted(mini) == world.counts()


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.xdist_group("connect")
def test_over_connect_a_product_gives_the_same(cold_mini: Any, connect_address: str) -> None:
    worlds = map(World, range(99))
    world = next(one for one in worlds if one.outputs == ("history", "merge") and len(one.inputs) == 2)
    cold_mini.elsewhere(remote=connect_address, settings=FEW)
    cold_mini.product("things", world.spec())
    for wave in range(2):
        world.land(cold_mini, wave, 2)
    done = subprocess.run(
        [sys.executable, str(CHILD), str(cold_mini.root), "shop.things"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout.strip() == "succeeded", done.stdout + done.stderr[-3000:]
    assert left(world, cold_mini) == world.tables()
    assert counted(cold_mini) == world.counts()
