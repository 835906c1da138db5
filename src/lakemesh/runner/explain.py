"""Spark's errors in the user's words: which product, flow, batch and step, and the sentence that matters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lakemesh.errors import LakemeshError, ReadFailed, RuleFailed, RunError, StepFailed, decode_error
from lakemesh.read.records import END_OF_FROZEN, FROZEN
from lakemesh.runner.hub_errors import hub_error
from lakemesh.runner.outputs import END_OF_RULES, RULE_FAILED
from lakemesh.spec.steps import Aggregate, Derive, Filter, Join, Select, Sql, Window
from lakemesh.transform.failures import blame, place_of

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow, Transform
    from lakemesh.run import Secrets

# "[ERROR_CLASS.SUB_CLASS] sentence. SQLSTATE: 12345", as Spark prints its conditions.
_CONDITION = re.compile(
    r"\[([A-Z][A-Z0-9_.]+)\] (.*?)(?:\s*SQLSTATE: \w+|\n\s*(?:at |==|Caused by)|\n\n|$)", re.DOTALL
)
# SQLSTATE's class 22: what is wrong with a value.
_DATA = re.compile(r"SQLSTATE: 22\w{3}")
_ASKING = (Sql, Derive, Filter, Select, Aggregate, Window, Join)
_WRAPPERS = ("TASK_WRITE_FAILED", "STREAM_FAILED", "FAILED_EXECUTE_UDF", "DELTA_", "FAILED_READ_FILE.NO_HINT")
# Then the line, cut where it is long, and under it a mark for each character of what failed.
_CONTEXT = re.compile(r"== SQL(?: of [^(]*)? ?\(line (\d+), position \d+\) ==\n(.*)\n( *)(\^+)")
_MISSING = ("FILE_NOT_EXIST", "DELTA_FILE_NOT_FOUND", "FileNotFoundException", "DELTA_TRUNCATED")
_MISSING_VERSIONS = (
    "DELTA_MISSING_FILES_UNEXPECTED_VERSION",
    "DELTA_LOG_FILE_NOT_FOUND_FOR_STREAMING_SOURCE",
)
_REPLACED = (
    "DELTA_SOURCE_IGNORE_DELETE",
    "DELTA_SOURCE_TABLE_IGNORE_CHANGES",
    "DELTA_SCHEMA_CHANGED",
    "DELTA_STREAMING_INCOMPATIBLE_SCHEMA_CHANGE",
)
_OTHER_TABLE = "DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE"
_UNREADABLE = re.compile(r"Encountered error while reading file (\S+?)\.?(?:\s|$)")
_CAUSE = re.compile(r"^Caused by: (?:[\w$]+\.)*([\w$]+)(?:: (.*))?$", re.MULTILINE)
_OUT_OF_DISK = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_NO_ACCESS = re.compile(r"(?:(/[^\n(]*?):? \(?)?(Read-only file system|Permission denied)")
_CALLED = re.compile(r"An error occurred while calling \S+\n: (?:[\w$]+\.)+[\w$]+: ")
_SERVER_IS_GONE = ("StatusCode.UNAVAILABLE", "RETRIES_EXCEEDED")
_CONFLICTS = ("Transaction conflict detected", "DELTA_CONCURRENT_", "DELTA_METADATA_CHANGED")
_OUT_OF_MEMORY = ("OutOfMemoryError", "Java heap space")
# What is seen of a process that the system ended, mostly since it took too much memory.
_ENDED = ("Answer from Java side is empty", "ExecutorLostFailure")


def explain(error: BaseException, flow: Flow | None = None, secrets: Secrets | None = None) -> RunError:
    """The error as lakemesh tells it, without secrets. One of its own, of any process, stays as it was."""
    told = _explain(error, flow)
    hidden = secrets.hide(told.message) if secrets else told.message
    return told if hidden == told.message else type(told)(hidden, told.product, told.flow, told.batch)


def _explain(error: BaseException, flow: Flow | None) -> RunError:
    if isinstance(error, RunError):
        return error
    if isinstance(error, LakemeshError):
        return RunError(str(error))
    text = str(error)
    told = (
        decode_error(text)
        or _rule(text)
        or _frozen(text, flow)
        or _gone(text, flow)
        or _replaced(text, flow)
        or hub_error(f"{text}\n{_trace(error)}", flow)
        or _step(text, flow)  # before what reads the whole text, of which a part may be data
        or _data(text, flow)
        or _machine(text, flow)
        or _conflict(text)
        or _unreadable(text)
    )
    return told or blame(text, flow.all_steps if flow else ()) or RunError(sentence(text))


def _trace(error: BaseException) -> str:
    """Java's stack of an error with its causes, which Spark's own sentence leaves out; empty over Connect."""
    return str(getattr(error, "_stackTrace", None) or "")


def _rule(text: str) -> RunError | None:
    names = _between(text, RULE_FAILED, END_OF_RULES)
    if names is None:
        return None
    return RuleFailed(f"a row broke {names}, and onFailure is fail: nothing of the batch was written.")


def _between(text: str, start: str, end: str) -> str | None:
    """What a raised text says between its marks; in a plan that Spark prints a comma follows the first."""
    found = re.search(f"{re.escape(start)}(?!, )(.*?){re.escape(end)}", text, re.DOTALL)
    return found[1] if found else None


def _frozen(text: str, flow: Flow | None) -> RunError | None:
    """What a port that froze its schema says of the first record that is not as declared."""
    said = _between(text, FROZEN, END_OF_FROZEN)
    if said is None:
        return None
    name = f"input '{flow.input}'" if flow else "an input"
    return ReadFailed(
        f"{name} says onSchemaChange: freeze, and a record is not as its schema says:"
        f" {said}. Nothing of the batch was written. Mend the schema, or say"
        " evolve, discard_row, discard_value or ignore, and run again."
    )


def _gone(text: str, flow: Flow | None) -> RunError | None:
    """A file or a table's version that was there when the batch was listed, and is not when it is read."""
    read = next((read for read in flow.reads if read.name == flow.input), None) if flow else None
    if read is None:
        return None
    places = [read.table.location] if read.table else [path.partition("*")[0] for path in read.paths]
    missing = any(mark in text for mark in _MISSING) and any(place in text for place in places)
    if not missing and not any(mark in text for mark in _MISSING_VERSIONS):
        return None
    ways = ["put it back and run again"]
    ways += ["run this product once with --full-refresh"] if read.table else []
    ways += ["say onDataLoss: continue to go on without it"] if read.port.on_data_loss == "fail" else []
    return ReadFailed(
        f"input '{read.name}' should read what is gone: {sentence(text)} Nothing of the batch was written."
        f" Either {', or '.join(ways)}."
    )


def _replaced(text: str, flow: Flow | None) -> RunError | None:
    """A table that a flow follows, whose old rows are no longer as it read them."""
    read = next((read for read in flow.reads if read.name == flow.input), None) if flow else None
    if read is None or read.table is None:
        return None
    if _OTHER_TABLE in text:
        return ReadFailed(
            f"input '{read.name}' follows another {read.table.name} than before: one of another environment"
            " (readFrom), or one that was made anew. Nothing of the batch was written. Run this product once"
            " with --full-refresh."
        )
    if not any(mark in text for mark in _REPLACED):
        return None
    return ReadFailed(
        f"input '{read.name}' follows {read.table.name}, whose rows were replaced, or whose columns were"
        " renamed or widened, since it was read last. Nothing of the batch was written. Run this product once"
        " with --full-refresh."
    )


def _unreadable(text: str) -> RunError | None:
    """A file that Spark began to read and could not: cut short, or not of the format that its name says."""
    file = _UNREADABLE.search(text)
    if file is None:
        return None
    causes = [" ".join(filter(None, cause)) for cause in _CAUSE.findall(text[file.end() :])]
    why = causes[-1].strip().rstrip(".") if causes else "it may be damaged or cut short"
    return ReadFailed(f"cannot read {file[1]}: {why}. Nothing of the batch was written.")


def _machine(text: str, flow: Flow | None) -> RunError | None:
    if any(mark in text for mark in _SERVER_IS_GONE):
        return RunError("the Spark server went away: see that it is up and reached, then run again.")
    if full := _OUT_OF_DISK.search(text):
        return RunError(
            f"the disk takes no more ({full[0]}): make room, or move the lakehouse; then run again."
        )
    if denied := _NO_ACCESS.search(text):
        where = denied[1] or "a folder of the lakehouse or of an input"
        return RunError(f"{where} cannot be used ({denied[2]}): get access to it, then run again.")
    ended = any(mark in text for mark in _ENDED)
    if ended or any(mark in text for mark in _OUT_OF_MEMORY):
        smaller = f"lower maxPerBatch of input '{flow.input}', or " if flow and flow.input else ""
        return RunError(
            f"{'a process of Spark ended, most likely since it' if ended else 'Spark'} ran out of memory:"
            f" {smaller}raise spark.driver.memory (spark.executor.memory on a cluster) under spark: settings"
            " in the environment; then run again."
        )
    return None


def _conflict(text: str) -> RunError | None:
    """Another writer's commit into a table while a batch was on its way into it."""
    if not any(mark in text for mark in _CONFLICTS):
        return None
    return RunError(
        "another writer changed the table while the batch was written into it, and nothing of the batch was:"
        f" {sentence(text)} Run again."
    )


def _step(text: str, flow: Flow | None) -> RunError | None:
    """An error that Spark places in SQL: the step whose text holds the fragment, and the line."""
    found = _CONTEXT.search(text)
    if found is None:
        return None
    line, start = int(found[1]), len(found[3])
    fragment = found[2][start : start + len(found[4])].strip()
    step = _owner(flow, fragment, line)
    who = f"{place_of(step, line)}: " if step else _port(flow, fragment)
    return StepFailed(f"{who}{sentence(text)} In: {fragment}")


def _port(flow: Flow | None, fragment: str) -> str:
    """The output whose port says the fragment, in deleteWhen or where; nothing where none does."""
    for land in flow.outputs if flow and fragment else ():
        said = (getattr(land.port, key, None) for key in ("delete_when", "where"))
        if any(fragment in text for text in said if text):
            return f"output '{land.name}': "
    return ""


def _data(text: str, flow: Flow | None) -> RunError | None:
    """A value that SQL could not take, where Spark does not say which SQL: the steps that may have asked."""
    steps = [step for step in flow.all_steps if isinstance(step.step, _ASKING)] if flow else []
    if not steps or not _DATA.search(text):
        return None
    if len(steps) == 1:
        return StepFailed(f"{place_of(steps[0])}: {sentence(text)}")
    return StepFailed(f"{sentence(text)} In one of: {'; '.join(map(place_of, steps))}")


def _owner(flow: Flow | None, fragment: str, line: int) -> Transform | None:
    """The step that has the fragment on that very line, or else the first that has it anywhere."""
    steps = flow.all_steps if flow and fragment else ()
    having = [step for step in steps if any(fragment in text for text in _texts(step))]
    exact = (step for step in having if fragment in "".join((step.code or "").splitlines()[line - 1 : line]))
    return next(exact, None) or next(iter(having), None)


def _texts(step: Transform) -> Iterator[str]:
    """The texts in which a step may say SQL: its code, or the values of its keys."""
    waiting: list[Any] = [step.code or step.step.model_dump()]
    while waiting:
        said = waiting.pop()
        if isinstance(said, str):
            yield said
        elif isinstance(said, dict | tuple | list):
            waiting.extend(said.values() if isinstance(said, dict) else said)


def sentence(text: str) -> str:
    """The innermost condition of an error as one sentence, or its first line."""
    text = _CALLED.sub("", text, count=1)
    conditions = [(name, said) for name, said in _CONDITION.findall(text) if not name.startswith(_WRAPPERS)]
    if conditions:
        name, said = conditions[0]
        return f"{' '.join(said.split())} [{name}]"
    wrapped = _CONDITION.search(text)
    return " ".join(
        (wrapped[2] if wrapped else text.strip().splitlines()[0] if text.strip() else "no message").split()
    )
