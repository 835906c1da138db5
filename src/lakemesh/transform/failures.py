"""What Spark or Python says of a failed step, as one sentence with the step and the place of its code."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException, PySparkException

from lakemesh.errors import StepFailed
from lakemesh.spec.steps import Python

if TYPE_CHECKING:
    from lakemesh.plan.stages import Transform

_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
_CLASS = re.compile(r"^\[[A-Z0-9_.]+\]\s*")
_REST = re.compile(r"\s*(SQLSTATE: \w+|\(line \d+, pos \d+\)|; line \d+ pos \d+).*$", re.DOTALL)
_LINE = re.compile(r"\bline (\d+),? pos")
_PYTHON_AT = re.compile(r'File "([^"]+)", line (\d+)')
_RAISED = re.compile(r"^(\w*(?:Error|Exception|Exit|Interrupt|Warning)\b.*)$", re.MULTILINE)


class Unfit(ValueError):
    """What a step cannot do with the columns it gets, in words; `told` adds which step it is."""


@contextmanager
def told(stage: Transform) -> Iterator[None]:
    """Within, a refusal of Spark's analysis or of the step itself becomes StepFailed."""
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    # pyspark logs each refusal with its whole stack trace before it raises it.
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    except Unfit as error:
        raise failed(stage, str(error)) from error
    except AnalysisException as error:
        raise failed(stage, sentence(error), sql_line(error)) from error
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def failed(stage: Transform, message: str, line: int | None = None) -> StepFailed:
    """The failure of a step; `line` counts from 1 within the step's code."""
    return StepFailed(f"{place_of(stage, line)}: {message}", product=stage.product or None)


def place_of(stage: Transform, line: int | None = None) -> str:
    """A step with its file and line; `line` counts from 1 within its code, and is nothing to one without."""
    if stage.code is None and stage.file is None:
        return f"step '{stage.name}'"
    behind = (line or 1) - 1 if stage.code is not None else 0
    return f"{stage.file or 'product.yml'}:{stage.line + behind}: step '{stage.name}'"


def sentence(error: BaseException) -> str:
    """What an error says, without Spark's error class, state, plan and stack trace."""
    text = (error.getMessage() if isinstance(error, PySparkException) else None) or str(error)
    first = _REST.sub("", _CLASS.sub("", text.strip())).split("\n")[0].strip()
    return f"{first.rstrip('.')}." if first else type(error).__name__


def sql_line(error: PySparkException) -> int | None:
    """The line of the SQL text that an error points at; None where it points nowhere."""
    found = _LINE.search(str(error))
    return int(found[1]) if found else None


def line_in(error: BaseException, file: str) -> int | None:
    """The last line of a file that an exception passed through; None where it did not."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == file and frame.lineno]
    return lines[-1] if lines else None


def blame(text: str, stages: Sequence[Transform]) -> StepFailed | None:
    """The failure of the Python step whose code a running query's error text points at; None where none is.

    Spark evaluates lazily: what a UDF raises shows only in the write, far from the step.
    """
    for file, line in reversed(_PYTHON_AT.findall(text)):
        stage = next(
            (s for s in stages if isinstance(s.step, Python) and (s.file or "product.yml") == file), None
        )
        if stage:
            raised = _RAISED.findall(text[text.rindex(f'File "{file}", line {line}') :])
            return failed(stage, raised[0] if raised else "its function failed", int(line) - stage.line + 1)
    return None
