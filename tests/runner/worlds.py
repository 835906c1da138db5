"""Small random products, and a plain Python model of what the rules make of their records."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from tests.anything import (
    UNKNOWN,
    Kind,
    Number,
    Row,
    as_text,
    as_values,
    ddl,
    ordered,
    read_as,
    some_kind,
    some_value,
    told,
)

REASONS: dict[bytes, str] = {
    b"{torn": "not valid JSON",
    b"[1, 2]": "a JSON array, not a JSON object",
    b"7": "not a JSON object",
    b'"text"': "not a JSON object",
    b'{"id": "a"} {"id": "b"}': "not valid JSON",
    b'{"id": "\xff"}': "not valid UTF-8",
    b"{'id': 'a'}": "not valid JSON",
}
DELETES: dict[str, Callable[[Row], bool]] = {
    "gone": lambda row: bool(row["gone"]),
    "n = 8": lambda row: row["n"] == 8,
    "gone or n > 8": lambda row: bool(row["gone"]) or (row["n"] or 0) > 8,
}
STEPS: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("{kind: filter, from: both, where: 'true'}", lambda row: True),
    ("{kind: filter, from: both, where: n <> 7}", lambda row: row["n"] not in (7, None)),
    ("{sql: 'select * from both where n is null or n < 9'}", lambda row: (row["n"] or 0) < 9),
)
VERSION = ("valid_from", "valid_to", "is_current")
READER = """inputPorts:
  merge: {kind: product, product: shop.things, port: merge, read: changes}
outputPorts:
  copy: {from: merge, write: merge, keys: [id], sequenceBy: [_commit_version]}
"""


@dataclass(frozen=True)
class Said:
    """A record as it is said, and what it is read as: a row, or the reason why it is none."""

    line: bytes
    row: Row | None = None
    reason: str | None = None


@dataclass(frozen=True)
class World:
    """A random product, its records, and what the rules make of them, all from one seed."""

    seed: int

    @cached_property
    def random(self) -> Random:
        """What decides of files and stops, in the order in which they come."""
        return self.chance("files and stops")

    def chance(self, of: str) -> Random:
        """A source of chance for each thing, so that it is the same whatever is looked at first."""
        return Random(f"{self.seed} {of}")

    @cached_property
    def fields(self) -> dict[str, Kind]:
        """The columns of the input."""
        random = self.chance("fields")
        head = {
            "id": random.choice(("string", "bigint")),
            "seq": random.choice(("bigint", "timestamp", "date")),
            "gone": "boolean",
            "n": "bigint",
        }
        return {**head, **{f"f{at}": some_kind(random) for at in range(random.randint(1, 3))}}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        modes, random = ("merge", "append", "history"), self.chance("outputs")
        return tuple(sorted(random.sample(modes, random.choice((1, 2, 2)))))

    @cached_property
    def records(self) -> list[Said]:
        """Every record, in the order in which they arrive."""
        return list(self._records())

    def _records(self) -> Iterator[Said]:
        seen, random = list[Said](), self.chance("records")
        for _ in range(random.randint(12, 40)):
            chance = random.random()
            if chance < 0.1:
                line = random.choice(list(REASONS))
                one = Said(line, reason=REASONS[line])
            elif chance < 0.25 and seen:
                one = random.choice(seen)
            else:
                one = self._record(random)
            seen.append(one)
            yield one

    def _record(self, random: Random) -> Said:
        seq = random.randint(0, 5)
        moment = dt.datetime(2026, 1, 1 + seq, seq, tzinfo=dt.UTC)
        said = {"bigint": Number(seq), "date": f"{moment:%Y-%m-%d}", "timestamp": moment.isoformat()}
        record: Row = {
            "id": random.choice("abcde" if self.fields["id"] == "string" else [Number(n) for n in range(5)]),
            "seq": said[str(self.fields["seq"])],
            "gone": random.choice((True, False, False, None)),
            "n": Number(random.randint(-1, 9)),
        }
        for name in ("id", "seq", "n"):
            if random.random() < 0.05:
                record[name] = random.choice((None, "", [Number("1")]))
        rest = {name: kind for name, kind in self.fields.items() if name not in record}
        record |= {name: some_value(random, kind, 0.05) for name, kind in rest.items()}
        if random.random() < 0.1:
            record[UNKNOWN] = {"this": Number("1.10")}
        kept = {name: value for name, value in record.items() if value is not None or random.random() < 0.5}
        return self._read(kept, told(kept, random.random() < 0.5).encode())

    def _read(self, record: Row, line: bytes) -> Said:
        read = read_as(self.fields, record)
        places = {**read.misfits, **(read.unknown if self.on_change == "discard_value" else {})}
        if self.on_change == "discard_row" and (read.misfits or read.unknown):
            parts = (("wrong type", read.misfits), ("unknown field", read.unknown))
            return Said(line, reason="; ".join(f"{what}: {_named(found)}" for what, found in parts if found))
        return Said(line, {**ordered(self.fields, read.row), "_rescued_data": as_values(places)})

    @cached_property
    def on_change(self) -> str:
        """What the inputs say of fields that nobody declared."""
        return self.chance("change").choice(("ignore", "ignore", "discard_value", "discard_row"))

    @cached_property
    def step(self) -> tuple[str, Callable[[Row], bool]]:
        """A step that leaves rows out, as the spec says it and as Python does."""
        return self.chance("step").choice(STEPS)

    @cached_property
    def delete_when(self) -> str | None:
        return self.chance("delete_when").choice((None, *DELETES))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return ("one", "two")[: self.chance("inputs").randint(1, 2)]

    @cached_property
    def sequence(self) -> tuple[str, ...]:
        """By what a merge tells which row is newer."""
        return self.chance("sequence").choice((("seq",), ("seq",), ("seq", "n")))

    @cached_property
    def followed(self) -> bool:
        """Whether another product follows the changes of the merge."""
        return "merge" in self.outputs and self.chance("followed").random() < 0.4

    @cached_property
    def spec(self) -> str:
        """The product, from its input ports on."""
        columns = ", ".join(f'{name}: "{ddl(kind)}"' for name, kind in self.fields.items())
        says = f"maxPerBatch: {self.chance('batches').randint(1, 3)}, onSchemaChange: {self.on_change}"
        ports = "".join(
            f"  {name}: {{kind: blob, path: '${{landing.shop}}/{name}', {says}, schema: {{{columns}}}}}\n"
            for name in self.inputs
        )
        union = "{kind: union, from: [one, two]}" if "two" in self.inputs else "{sql: 'select * from one'}"
        outputs = "".join(map(self._output, self.outputs))
        return (
            f"inputPorts:\n{ports}transformations:\n  both: {union}\n  kept: {self.step[0]}\n"
            f"  told: {{kind: derive, from: kept, columns: {{twice: n * 2}}}}\noutputPorts:\n{outputs}"
        )

    def _output(self, mode: str) -> str:
        columns = ", ".join(f'{name}: "{ddl(kind)}"' for name, kind in self.columns(mode).items())
        sequence = ", ".join(self.sequence_of(mode))
        settled = f"    keys: [id]\n    sequenceBy: [{sequence}]\n" if mode != "append" else ""
        deletes = f"    deleteWhen: {self.delete_when}\n" if settled and self.delete_when else ""
        acts = "drop" if mode == "append" else "quarantine"
        return (
            f"  {mode}:\n    from: told\n    write: {mode}\n{settled}{deletes}    schema: {{{columns}}}\n"
            "    quality:\n      - expect_column_values_to_be_between: {column: n, min_value: 0}\n"
            f"        name: not_negative\n        onFailure: {acts}\n"
        )

    def sequence_of(self, mode: str) -> tuple[str, ...]:
        return self.sequence if mode == "merge" else ("seq",)

    def columns(self, mode: str) -> dict[str, Kind]:
        """The columns of an output."""
        rescued: dict[str, Kind] = {"_rescued_data": "string"} if mode == "append" else {}
        return {**self.fields, "twice": "bigint", **rescued}

    @cached_property
    def offered(self) -> list[Row]:
        """The rows that come out of the steps."""
        rows = [one.row for one in self.records if one.row is not None and self.step[1](one.row)]
        return [{**row, "twice": None if row["n"] is None else row["n"] * 2} for row in rows]

    def is_delete(self, row: Row) -> bool:
        return self.delete_when is not None and DELETES[self.delete_when](row)

    def broken(self, row: Row, mode: str) -> list[str]:
        """The rules that set a row aside: lakemesh's own for keys and sequences, then the spec's."""
        negative = row["n"] is not None and row["n"] < 0
        if mode == "append":
            return ["not_negative"] if negative else []
        rules = ["key_not_null.id"] if row["id"] is None else []
        rules += [f"sequence_not_null.{name}" for name in self.sequence_of(mode) if row[name] is None]
        return rules + (["not_negative"] if negative and not self.is_delete(row) else [])

    def good(self, mode: str) -> list[Row]:
        rows = [row for row in self.offered if not self.broken(row, mode)]
        return [{name: row[name] for name in self.columns(mode)} for row in rows]

    def bad(self, mode: str) -> list[Row]:
        return [
            {**{name: row[name] for name in self.columns(mode)}, "_failed_rules": self.broken(row, mode)}
            for row in self.offered
            if self.broken(row, mode)
        ]

    def rank(self, row: Row, mode: str) -> tuple[Any, ...]:
        """What decides between two rows of a key; a delete is judged on keys and sequence alone."""
        is_delete = self.is_delete(row)
        text = "" if is_delete else as_text(self.columns(mode), row)
        return *(row[name] for name in self.sequence_of(mode)), is_delete, text.encode()

    def winners(self) -> dict[Any, Row]:
        """The row of each key that a merge goes by."""
        rows = sorted(self.good("merge"), key=lambda row: self.rank(row, "merge"))
        return {row["id"]: row for row in rows}

    def merged(self) -> list[Row]:
        """What a merge leaves: of each key the winner, unless it is a delete."""
        return [row for row in self.winners().values() if not self.is_delete(row)]

    def versions(self) -> list[Row]:
        """What a history leaves: of each key and sequence the winner, until the next one begins."""
        rows = sorted(self.good("history"), key=lambda row: self.rank(row, "history"))
        winners = {(row["id"], row["seq"]): row for row in rows}
        following = {key: sorted(seq for one, seq in winners if one == key) for key, _ in winners}
        return [self._version(row, following[row["id"]]) for row in winners.values()]

    def _version(self, row: Row, sequences: list[Any]) -> Row:
        start = row["seq"]
        later = [seq for seq in sequences if seq > start]
        if self.is_delete(row):
            blank = {name: None for name in row if name not in ("id", "seq")}
            return {**row, **blank, "valid_from": start, "valid_to": start, "is_current": False}
        end = later[0] if later else None
        return {**row, "valid_from": start, "valid_to": end, "is_current": end is None}

    def tables(self) -> dict[str, Counter[str]]:
        """What every table holds in the end."""
        made = {"merge": self.merged, "append": lambda: self.good("append"), "history": self.versions}
        wanted = {mode: as_bag(made[mode]()) for mode in self.outputs}
        wanted |= {f"{mode}__quarantine": as_bag(self.bad(mode)) for mode in self.outputs if mode != "append"}
        torn = [one for one in self.records if one.row is None]
        lines = ({"_raw": one.line.decode(errors="replace"), "_reason": one.reason} for one in torn)
        return {**wanted, "rejected": as_bag(lines)}

    def counts(self) -> dict[str, int]:
        """What the ledger says in the end, summed over inputs, filters and outputs."""
        bad = {mode: len(self.bad(mode)) for mode in self.outputs}
        return {
            "read": len(self.records),
            "rejected": sum(one.row is None for one in self.records),
            "checked": len(self.offered) * len(self.outputs),
            "dropped": bad.pop("append", 0),
            "quarantined": sum(bad.values()),
        }

    def land(self, mini: Any, wave: int, waves: int) -> None:
        """Put a part of the records into files of any age; a folder may stay empty."""
        for name in self.inputs:
            (mini.root / "data" / name).mkdir(parents=True, exist_ok=True)
        part = self.records[wave::waves]
        files = self.random.randint(1, 3)
        for at in range(files):
            end, squeezed = self.random.choice((b"\n", b"\r\n")), self.random.random() < 0.3
            mark = self.random.choice((b"", b"", b"\xef\xbb\xbf"))
            data = mark + end.join(
                [*(one.line for one in part[at::files]), self.random.choice((b"", b"  ", b""))]
            )
            name = f"data/{self.random.choice(self.inputs)}/{wave}-{at}.json{'.gz' if squeezed else ''}"
            path = mini.write(name, "")
            path.write_bytes(gzip.compress(data) if squeezed else data)
            age = self.random.randint(0, 30 * 86400)
            os.utime(path, (1_790_000_000 - age, 1_790_000_000 - age))


def _named(places: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(re.sub(r"\[\d+\]", "[]", path) for path in places))


def as_bag(rows: Iterable[Row]) -> Counter[str]:
    """Rows as text, each as often as it is there."""
    return Counter(json.dumps(row, default=str, sort_keys=True) for row in rows)
