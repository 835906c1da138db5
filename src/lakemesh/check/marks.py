"""Marking: every row gets a bit for each rule that it breaks, and the counts are taken while it passes.

A mask holds 16 rules at most and is observed at once: one expression of 48 rules is too big for the JIT and
takes three times as long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakemesh.check.builtin import AnyRule, BuiltIn
from lakemesh.check.grouped import groupable
from lakemesh.check.rows import Domain, Judged, domain_of, judge
from lakemesh.check.tables import aggregates, judge_schema
from lakemesh.spec.expectations import OnFailure, Rule

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from lakemesh.run import Observe

CHUNK = 16
_LONGEST = 200


@dataclass(frozen=True)
class Slot:
    """Where a row rule has its bit: which rule, in which mask."""

    index: int
    """The rule's place among all rules."""
    label: str
    rule: AnyRule
    mask: str
    bit: int


@dataclass(frozen=True)
class Marked:
    """A frame whose rows carry the rules that they break.

    `masks` are int columns of `frame`, one bit for each row rule, 16 in each; they are never NULL.
    """

    frame: DataFrame
    rules: tuple[AnyRule, ...]
    masks: tuple[str, ...]

    def acts(self, *on_failures: OnFailure, outright: bool = False) -> Column:
        """True where a row breaks a row rule with one of these onFailure.

        `outright` leaves out the rules with mostly below 1, which no single row can break.
        """
        chosen = self.slots(*on_failures, outright=outright)
        parts = [
            F.col(mask).bitwiseAND(sum(1 << slot.bit for slot in chosen if slot.mask == mask)) != 0
            for mask in dict.fromkeys(slot.mask for slot in chosen)
        ]
        return reduce(or_, parts) if parts else F.lit(False)

    def slots(self, *on_failures: str, outright: bool = False) -> list[Slot]:
        """The places of the row rules with one of these onFailure."""
        return [
            slot
            for slot in slots(self.rules)
            if slot.rule.on_failure in on_failures and not (outright and mostly_of(slot.rule) < 1)
        ]


def mark(
    frame: DataFrame,
    rules: Sequence[AnyRule],
    observe: Observe,
    name: str,
    exempt: Column | None = None,
) -> Marked:
    """The frame with its rows marked, all counts attached as observations `name.0`, `name.1`, ...

    The last of them counts what becomes of the rows: `quarantined` and `dropped`.
    `exempt` says which rows (deletes) only the rules on keys and sequences judge. Rules that need grouping
    are not judged here (see `grouped`); rules on the schema are looked over here and judged by `verdicts`.
    Raises RunError where a rule cannot be judged on frames of this schema.
    """
    schema = frame.schema
    spared = None if exempt is None else F.coalesce(exempt, F.lit(False))
    metrics = {"rows": F.count(F.lit(1)), **dict(_table_metrics(rules, schema, spared))}
    placed = chunks(rules) or ((),)
    masks = tuple(chunk[0].mask for chunk in placed if chunk)
    for number, chunk in enumerate(placed):
        judged = [_spare(judge(slot.rule, schema), slot.rule, spared) for slot in chunk]
        if chunk:
            frame = frame.withColumn(chunk[0].mask, _mask(chunk, judged))
        metrics |= dict(_row_metrics(chunk, judged))
        if chunk and chunk is placed[-1]:
            metrics |= _acts(Marked(frame, tuple(rules), masks))
        frame = observe(frame, f"{name}.{number}", metrics)
        metrics = {}
    return Marked(frame, tuple(rules), masks)


def _acts(marked: Marked) -> dict[str, Column]:
    """How many rows are set aside, and how many are left out without a trace."""
    aside, out = marked.acts("quarantine"), marked.acts("drop")
    return {"quarantined": F.sum(aside.cast("bigint")), "dropped": F.sum((out & ~aside).cast("bigint"))}


def slots(rules: Sequence[AnyRule]) -> tuple[Slot, ...]:
    """The place of each row rule among the masks, in the order of the rules."""
    rows = [(index, rule) for index, rule in enumerate(rules) if level_of(rule) == "row"]
    labels = labels_of(rules)
    return tuple(
        Slot(index, labels[index], rule, f"__failed_{place // CHUNK}", place % CHUNK)
        for place, (index, rule) in enumerate(rows)
    )


def chunks(rules: Sequence[AnyRule]) -> tuple[tuple[Slot, ...], ...]:
    """The row rules, those of one mask together."""
    placed = slots(rules)
    return tuple(placed[start : start + CHUNK] for start in range(0, len(placed), CHUNK))


def judged_by(chunk: Sequence[Slot]) -> dict[Domain, int]:
    """For each domain that has to be counted, the rule that its count is named after."""
    named: dict[Domain, int] = {}
    for slot in chunk:
        named.setdefault(domain_of(slot.rule), slot.index)
    return named


def level_of(rule: AnyRule) -> str:
    """Where a rule is decided: row, aggregate, grouped or schema."""
    return rule.level if isinstance(rule, BuiltIn) else rule.expectation.level


def mostly_of(rule: AnyRule) -> float:
    """The share of judged rows that have to be as expected."""
    return float(getattr(rule.expectation, "mostly", 1)) if isinstance(rule, Rule) else 1.0


def labels_of(rules: Sequence[AnyRule]) -> tuple[str, ...]:
    """The rules' labels; where two rules have the same, the second is called "... (2)"."""
    seen: Counter[str] = Counter()
    found = []
    for rule in rules:
        seen[rule.label] += 1
        found.append(rule.label if seen[rule.label] == 1 else f"{rule.label} ({seen[rule.label]})")
    return tuple(found)


def _spare(judged: Judged, rule: AnyRule, spared: Column | None) -> Judged:
    """The same rule, judging no row that is exempt from it."""
    if spared is None or (isinstance(rule, BuiltIn) and rule.always):
        return judged
    return replace(judged, domain=judged.domain & ~spared)


def _mask(chunk: Sequence[Slot], judged: Sequence[Judged]) -> Column:
    bits = [
        F.when(one.unexpected, 1 << slot.bit).otherwise(0) for slot, one in zip(chunk, judged, strict=True)
    ]
    return reduce(Column.bitwiseOR, bits).cast("int")


def _row_metrics(chunk: Sequence[Slot], judged: Sequence[Judged]) -> Iterator[tuple[str, Column]]:
    """For each rule its unexpected rows, taken from the mask; for each domain the rows that it judges."""
    counted = judged_by(chunk).values()
    for slot, one in zip(chunk, judged, strict=True):
        yield f"unexpected_{slot.index}", F.sum(_failed(slot).cast("int"))
        if slot.index in counted:
            yield f"judged_{slot.index}", F.sum(one.domain.cast("int"))


def _table_metrics(
    rules: Sequence[AnyRule], schema: StructType, spared: Column | None
) -> Iterator[tuple[str, Column]]:
    """The aggregates of the table rules, and how many rows only keys and sequences are judged of."""
    if spared is not None:
        yield "exempt", F.sum(spared.cast("int"))
    for index, rule in enumerate(rules):
        if isinstance(rule, BuiltIn):
            continue
        if rule.expectation.level == "schema":
            judge_schema(rule, schema)
        if rule.expectation.level == "grouped":
            groupable(schema, rule.expectation.columns[0], rule.label)
        if rule.expectation.level == "aggregate":
            for what, metric in aggregates(rule, schema, None if spared is None else ~spared).items():
                yield f"{what}_{index}", metric


def failed_names(marked: Marked, chosen: Sequence[Slot] | None = None) -> Column:
    """The labels of the (chosen) row rules that a row breaks, as array<string> in the order of the rules."""
    placed = slots(marked.rules) if chosen is None else chosen
    names = [F.when(_failed(slot), F.lit(slot.label)) for slot in placed]
    return F.array_compact(F.array(*names).cast("array<string>"))


def failed_values(marked: Marked) -> Column:
    """For each row rule that a row breaks, its label and the offending value as text, as map<string,string>.

    Values are shortened to 200 characters; a pair is "a=..., b=...". Meant for the rows that failed alone.
    """
    schema, placed = marked.frame.schema, slots(marked.rules)
    if not placed:
        return F.lit(None).cast("map<string,string>")
    values = [_shorten(judge(slot.rule, schema).value).alias("value") for slot in placed]
    entries = [
        F.when(_failed(slot), F.struct(F.lit(slot.label).alias("key"), value))
        for slot, value in zip(placed, values, strict=True)
    ]
    return F.map_from_entries(F.array_compact(F.array(*entries)))


def _failed(slot: Slot) -> Column:
    return F.col(slot.mask).bitwiseAND(1 << slot.bit) != 0


def _shorten(value: Column) -> Column:
    short = F.concat(F.substring(value, 1, _LONGEST - 1), F.lit("…"))
    return F.when(F.length(value) > _LONGEST, short).otherwise(value)
