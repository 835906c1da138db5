"""A plan as a readable tree: its flows, and in each what is read, done, checked and written, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.steps import step_words
from lakemesh.cli.render.words import count
from lakemesh.spec.inputs import Blob, EventHub, InputPort, ProductInput
from lakemesh.spec.outputs import Append, History, Merge, Overwrite

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow, HubSource, Land, Plan, Read, Transform
    from lakemesh.spec.expectations import Rule
    from lakemesh.spec.outputs import DeltaPort

_MARGIN = " " * 9


def plan_lines(plan: Plan) -> Iterator[str]:
    """The plan, line by line."""
    clock = f", clock fixed at {plan.clock}" if plan.clock else ""
    where = f"environment {plan.environment} (time zone {plan.time_zone}{clock})"
    yield f"{plan.product} {plan.version} in {where}"
    for flow in plan.flows:
        yield ""
        yield from _flow_lines(flow, plan)
    if plan.views:
        yield ""
    for view in plan.views:
        reads = ", ".join(place.name for place in view.source.tables.values())
        yield f"view {view.place.name}: SQL over {reads}"
    if plan.secrets:
        yield ""
        yield f"needs the secrets {', '.join(plan.secrets)}"
    for note in plan.notes:
        yield ""
        yield f"note: {note}"


def _flow_lines(flow: Flow, plan: Plan) -> Iterator[str]:
    what = f"each batch of {flow.input}" if flow.input else "one batch of snapshots"
    yield f"flow {flow.name}: {what}"
    for read in flow.reads:
        yield from _stage("read", read.name, _read_words(read, plan), _read_notes(flow, read))
    yield from _work_lines(flow, flow.batched, plan)
    for land, said in flow.recomputed:
        words = f"the groups by {', '.join(said.by)} that the batch touched, of output {said.base}, whole"
        yield from _stage("read", said.view, words, [f"as it stands behind the batch, for {land.name}"])
        yield from _work_lines(flow.behind(land, said), (land,), plan)


def _step_words(step: Transform) -> str:
    words = step_words(step.step, step.reads, step.file)
    return f"{words}: left to the merge" if step.settled else words


def _work_lines(flow: Flow, outputs: Sequence[Land], plan: Plan) -> Iterator[str]:
    for step in flow.steps:
        yield from _stage("step", step.name, _step_words(step), _step_notes(flow, step))
    for land in outputs:
        yield from _check_lines(land, flow)
    for land in outputs:
        yield from _stage(
            "write", land.name, _write_words(land.port, land), [f"into {_place(land.table.location, plan)}"]
        )


def _stage(verb: str, name: str, words: str, notes: Sequence[str]) -> Iterator[str]:
    yield f"  {verb:<6} {name}: {words}"
    for note in notes:
        yield f"{_MARGIN}  {note}"


def _read_words(read: Read, plan: Plan) -> str:
    match read.mode:
        case "empty":
            return "empty here; it has its own flow"
        case "snapshot":
            how = "the whole table, pinned"
        case _:
            how = "changes" if getattr(read.port, "read", "") == "changes" else "new records"
    match read.port:
        case ProductInput(product=product, port=port, where=where):
            kept = f" where {where}" if where else ""
            return f"{how}, of {product}.{port}{kept}"
        case Blob(format=form, pattern=pattern):
            only = f" ({pattern})" if pattern else ""
            source = f"{form} files in {', '.join(_place(p, plan) for p in read.paths)}{only}"
        case EventHub(hub=hub) if read.hub is not None:
            place = read.hub.address or "the namespace of its connection string"
            source = f"Event Hub {hub}, from {place} ({_signing_in(read.hub)})"
        case EventHub(hub=hub):
            source = (
                f"Event Hub {hub}, from {', '.join(_place(p, plan) for p in read.paths) or 'its namespace'}"
            )
    aside = f"; what does not parse goes to {read.rejected.name}" if read.rejected else ""
    return f"{how}, of {source}{aside}"


def _signing_in(hub: HubSource) -> str:
    """By what a hub is signed in to: the reference of a secret, never what it is."""
    said = hub.credential
    if said.entra is not None:
        return f"the application {said.entra.client_id}, secret {said.entra.secret}"
    return f"secret {said.secret}" if said.secret else f"service credential {said.service_credential}"


def _read_notes(flow: Flow, read: Read) -> list[str]:
    if read.mode == "empty":
        return []
    notes = [_rule_words(rule, _INPUT_ENDS.get(rule.on_failure)) for rule in read.rules]
    if read.mode == "batch":
        notes += [f"{key}: {word}" for key, word in _answers(read.port) if word not in _USUAL]
    return [*notes, *_why_staged(flow, read.name, read.staged)]


_INPUT_ENDS = {"drop": "reject", "quarantine": "reject"}
_USUAL = ("ignore", "fail", "earliest")


def _answers(port: InputPort) -> Iterator[tuple[str, str]]:
    """What a port says to what it does not expect, and where it begins."""
    if isinstance(port, Blob | EventHub):
        yield "onSchemaChange", port.on_schema_change
    if isinstance(port, EventHub):
        yield "startFrom", str(port.start_from)
    yield "onDataLoss", port.on_data_loss


def _step_notes(flow: Flow, step: Transform) -> list[str]:
    if step.empty:
        return ["no rows here: all that it reads is empty in this flow"]
    return _why_staged(flow, step.name, step.staged)


def _why_staged(flow: Flow, name: str, staged: bool) -> list[str]:
    if not staged:
        return []
    readers = [step.name for step in flow.steps if name in step.reads]
    readers += [f"output {land.name}" for land in flow.outputs if land.port.from_ == name]
    if len(readers) > 1:
        return [f"staged: {' and '.join(readers)} read it"]
    takers = [step.name for step in flow.steps if step.takes_whole and name in step.reads]
    if takers:
        return [f"staged: computed whole, since {takers[0]} may run it twice or in part"]
    if any(read.name == name for read in flow.reads):
        return ["staged: a rule of its own is decided by all its rows"]
    return ["staged: Python or an expression that is not deterministic, computed once"]


def _check_lines(land: Land, flow: Flow) -> Iterator[str]:
    notes = [_rule_words(rule) for rule in land.rules]
    notes += [f"{step}.{column} could be cast -> {_CAST_ENDS[end]}" for step, column, end in land.cast_rules]
    if land.staged:
        notes.append(f"staged: {_why_kept(flow)}")
    if notes:
        words = count(len(land.rules), "rule") if land.rules else "built-in rules only"
        yield from _stage("check", land.name, words, notes)


def _why_kept(flow: Flow) -> str:
    """Why the checked rows of a flow are computed once and kept; all of its outputs are, together."""
    if flow.gated:
        return "every rule that may fail is decided before anything becomes visible"
    grouped = any(rule.expectation.level == "grouped" for land in flow.outputs for rule in land.rules)
    return "a rule needs the rows grouped" if grouped else "the write reads its rows more than once"


_CAST_ENDS = {"reject": "quarantine", "null": "warn", "fail": "fail"}


def _rule_words(rule: Rule, end: str | None = None) -> str:
    about = rule.expectation.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    said = ", ".join(
        f"{key} {value if isinstance(value, str) else to_json(value)}" for key, value in about.items()
    )
    what = (
        f"{rule.expectation.kind} ({said})"
        if rule.name
        else rule.expectation.kind + (f" ({said})" if said else "")
    )
    named = f"{rule.name}: " if rule.name else ""
    return f"{named}{what} -> {end or rule.on_failure}"


def _write_words(port: DeltaPort, land: Land) -> str:
    words = [f"{port.write} {port.from_}"]
    match port:
        case Merge():
            words.append(f"by {', '.join(port.keys)}")
            words += [f"newest {', '.join(port.sequence_by)} wins"] if port.sequence_by else []
            words += _delete_words(port.delete_when)
            words += _tombstone_words(port, land)
        case History():
            words.append(f"by {', '.join(port.keys)}")
            words.append(_version_words(port))
            words += _delete_words(port.delete_when)
        case Overwrite():
            words += [f"the groups by {', '.join(port.by)}"] if port.by else []
            words += [f"only by a newer {', '.join(port.sequence_by)}"] if port.sequence_by else []
            words += [f"where {port.where}"] if port.where else []
            words += _delete_words(port.delete_when)
            words += _tombstone_words(port, land)
        case Append():
            pass
    words += [f"no other rows of the groups by {', '.join(port.recompute)}"] if port.recompute else []
    words += [f"clustered by {', '.join(port.cluster_by)}"] if port.cluster_by else []
    if any(rule.on_failure == "quarantine" for rule in land.rules):
        words.append(f"bad rows to {land.quarantine.name}")
    return ", ".join(words)


def _delete_words(condition: str | None) -> list[str]:
    return [f"delete when {condition}"] if condition else []


def _tombstone_words(port: Merge | Overwrite, land: Land) -> list[str]:
    known = port.delete_when and port.sequence_by
    return [f"tombstones in {land.tombstones.name}"] if known else []


def _version_words(port: History) -> str:
    if port.source == "changes":
        return f"a version for each {', '.join(port.sequence_by)}"
    limit = f" (up to {port.max_deleted})" if port.max_deleted else ""
    return f"a version where a snapshot differs, absent keys closed{limit}"


def _place(location: str, plan: Plan) -> str:
    """A location as seen from the mesh's root."""
    return location.removeprefix(plan.places.root + "/")
