"""Every error that lakemesh raises.

LakemeshError                 root; exit code 1
├── CallError                 the call was wrong (unknown command, product or option); exit code 2
├── SetupError                the machine lacks something (Java, JARs, an extra)
├── SpecError                 one or more findings in specs, each with file, line and column
├── NotYet                    a word of the language that a later version brings
├── SecretMissing             a secret that is referred to and not to be had
├── Interrupted               a run that Ctrl-C stopped; exit code 130
├── QueryError                SQL that the reader refuses or cannot answer
└── RunError                  a run that stopped: product, flow, batch, stage
    ├── Locked                another run of the same product holds the lock
    ├── ReadFailed            an input that cannot be read as declared
    │   └── EventsLost        events that a hub no longer holds and nobody has read
    ├── StepFailed            SQL or Python of a step that failed on data
    ├── RuleFailed            an expectation with onFailure fail
    ├── SchemaConflict        a table whose columns the contract cannot evolve to
    ├── LedgerUnbalanced      rows that are unaccounted for
    └── ReplayRefused         a batch that can no longer be replayed as it was
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


class LakemeshError(Exception):
    """Something that lakemesh tells its user in one sentence."""

    exit_code = 1

    def facts(self) -> dict[str, Any]:
        """The error as data: its kind and its message."""
        return {"error": type(self).__name__, "message": str(self)}


class CallError(LakemeshError):
    """The call itself was wrong."""

    exit_code = 2


class SetupError(LakemeshError):
    """The machine or the environment lacks something; the message says how to get it."""


class SecretMissing(LakemeshError):
    """A secret that a spec refers to and that the environment does not hold."""


class Interrupted(LakemeshError):
    """A run that its user stopped."""

    exit_code = 130


class QueryError(LakemeshError):
    """SQL that the reader refuses or cannot answer."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong in a file: where (1-based line and column), what, and its severity."""

    file: str
    line: int
    column: int
    message: str
    code: str = field(default="invalid", compare=False)
    severity: str = field(default="error", compare=False)

    def __str__(self) -> str:
        """The finding on one line, the way compilers print."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    def facts(self) -> dict[str, Any]:
        """The finding as data."""
        return asdict(self)


class SpecError(LakemeshError):
    """Findings in specs; all of them, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(map(str, self.findings)))

    def facts(self) -> dict[str, Any]:
        """The findings as data."""
        return {"error": "SpecError", "findings": [finding.facts() for finding in self.findings]}


class NotYet(LakemeshError):
    """A word of the language that this version knows and does not build."""


class RunError(LakemeshError):
    """A run that stopped, with the place where it did: product, flow and batch where known."""

    def __init__(
        self, message: str, product: str | None = None, flow: str | None = None, batch: int | None = None
    ) -> None:
        self.message, self.product, self.flow, self.batch = message, product, flow, batch
        super().__init__(message)

    def __str__(self) -> str:
        """The place and the message on one line."""
        place = self.product or ""
        if self.flow is not None:
            place += f", flow '{self.flow}'"
        if self.batch is not None:
            place += f", batch {self.batch}"
        return f"{place}: {self.message}" if place else self.message

    def at(self, product: str, flow: str | None = None, batch: int | None = None) -> RunError:
        """The same error with its place filled in where it was unknown."""
        return type(self)(
            self.message,
            self.product or product,
            self.flow if self.flow is not None else flow,
            self.batch if self.batch is not None else batch,
        )

    def facts(self) -> dict[str, Any]:
        """The error as data, its place included."""
        return {
            "error": type(self).__name__,
            "message": self.message,
            "product": self.product,
            "flow": self.flow,
            "batch": self.batch,
        }


class Locked(RunError):
    """Another run of the same product is under way."""


class ReadFailed(RunError):
    """An input port that cannot be read as its spec declares it."""


class EventsLost(ReadFailed):
    """Events of a hub that passed out of its retention before they were read."""


class StepFailed(RunError):
    """A step's SQL or Python that failed on the data."""


class RuleFailed(RunError):
    """An expectation with onFailure fail that did not hold."""


class SchemaConflict(RunError):
    """A table whose columns cannot become those of the contract without a rewrite."""


class LedgerUnbalanced(RunError):
    """Rows of a batch that are unaccounted for."""


class ReplayRefused(RunError):
    """A batch that was left open and can no longer be replayed as it was."""


RUN_ERRORS: dict[str, type[RunError]] = {
    kind.__name__: kind
    for kind in (
        RunError,
        Locked,
        ReadFailed,
        EventsLost,
        StepFailed,
        RuleFailed,
        SchemaConflict,
        LedgerUnbalanced,
        ReplayRefused,
    )
}
_MARK = "lakemesh-error:"
_END = ":end-of-lakemesh-error"
_LATEST_RUNS = 10


def encode_error(error: RunError) -> str:
    """The error as text that survives a process which keeps only an exception's message."""
    return f"{_MARK}{json.dumps(error.facts())}{_END}"


def decode_error(text: str) -> RunError | None:
    """The error that `encode_error` put into a text, or None where there is none."""
    start = text.find(_MARK)
    end = text.find(_END, start)
    if start < 0 or end < 0:
        return None
    facts = json.loads(text[start + len(_MARK) : end])
    kind = RUN_ERRORS.get(facts["error"], RunError)
    return kind(facts["message"], facts["product"], facts["flow"], facts["batch"])


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The known word that is most like another, or that has it as a part; None where there is none.

    `alike` is the least that they have in common, from 0 to 1: among hundreds of words some are always a bit
    alike.
    """
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=alike)
    if not near and len(word) > 1:
        near = [one for one in words if word.lower() in one.lower()]
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint such as " Did you mean 'orders'?", or nothing where no known word is near."""
    near = nearest(word, known)
    return f" Did you mean '{near}'?" if near is not None else ""


def no_such_run(product: str, run_id: str, known: list[str]) -> CallError:
    """What to raise where a product had no run of that name; `known` has all of them, the latest first."""
    latest = known[:_LATEST_RUNS]
    return CallError(f"{product} had no run '{run_id}'.{known_words(latest)}{did_you_mean(run_id, latest)}")


def known_words(known: Iterable[str]) -> str:
    """The known words as a sentence, at most twenty of them."""
    words = list(known)
    if not words:
        return " None are known."
    rest = f" and {len(words) - 20} more" if len(words) > 20 else ""  # noqa: PLR2004
    return f" Known: {', '.join(words[:20])}{rest}."
