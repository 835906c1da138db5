"""Steps that a product writes itself: SQL, and functions in Python."""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pyspark import cloudpickle
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from lakemesh.errors import LakemeshError, did_you_mean
from lakemesh.plan.clock import pin_clock
from lakemesh.plan.composing import query_over
from lakemesh.spec.steps import GIFTS, Python
from lakemesh.transform.failures import Unfit, failed, line_in, sentence

if TYPE_CHECKING:
    from lakemesh.plan.stages import Transform
    from lakemesh.run import Run


def query(stage: Transform, reads: Sequence[DataFrame], run: Run) -> DataFrame:
    """The view that a SQL text makes of the views it reads; its present is the run's clock.

    The text stands in parentheses behind a WITH that holds the views: it can only be a query, its own CTEs
    may bear the views' names, and nothing that others registered in the session is touched. A temporary view
    under the view's name would not do: over Spark Connect a query is analysed again whenever it is used.
    """
    text = pin_clock(stage.code or "", run.clock, run.time_zone)
    views: dict[str, Any] = {f"view{number}": frame for number, frame in enumerate(reads)}
    return run.session.sql(query_over(text, stage.reads), **views)


def call(stage: Transform, reads: Sequence[DataFrame], run: Run) -> DataFrame:
    """The view that a function of the product makes of the views it reads, given in their order.

    Parameters named `clock`, `spark` and `secrets` get the run's clock, its session, and a function from
    scope/key to the secret. Raises StepFailed, at the line of the product's file, for what the code raises.
    """
    try:
        made = _function(stage)(reads, run)
    except (LakemeshError, Unfit):
        raise
    except SyntaxError as error:
        raise _broken(stage, f"no valid Python: {error.msg}", error.lineno) from error
    except (Exception, SystemExit) as error:  # which would end the thread that Spark waits for
        message = (
            sentence(error) if isinstance(error, AnalysisException) else f"{type(error).__name__}: {error}"
        )
        raise _broken(stage, message, line_in(error, _file(stage))) from error
    if not isinstance(made, DataFrame):
        what = "None: a return is missing" if made is None else f"{type(made).__name__}"
        raise Unfit(f"its function must return a DataFrame and returned {what}")
    return made


def _function(stage: Transform) -> Callable[[Sequence[DataFrame], Run], Any]:
    name = _name(stage)
    module = _module(stage)
    function = getattr(module, name, None)
    if not callable(function):
        known = [word for word, value in vars(module).items() if inspect.isfunction(value)]
        raise Unfit(f"{_file(stage)} has no function '{name}'.{did_you_mean(name, known)}")
    return lambda reads, run: _bound(function, reads, run)()


def _bound(function: Callable[..., Any], reads: Sequence[DataFrame], run: Run) -> Callable[[], Any]:
    """The call of a function with its frames and with what else it asks for by name."""
    signature = inspect.signature(function)
    gifts = dict(zip(GIFTS, (run.clock, run.session, run.secrets.get), strict=True))
    waiting = list(reads)
    given: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        if name in gifts:
            given[name] = gifts[name]
        elif parameter.kind is parameter.VAR_POSITIONAL:
            given[name], waiting = tuple(waiting), []
        elif waiting and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            given[name] = waiting.pop(0)
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            raise Unfit(f"its function asks for '{name}', and `from` names only {len(reads)}")
    if waiting:
        takes = len(reads) - len(waiting)
        raise Unfit(f"its function takes {takes} view{'s' * (takes != 1)}, and `from` names {len(reads)}")
    bound = inspect.BoundArguments(signature, given)
    return lambda: function(*bound.args, **bound.kwargs)


def _module(stage: Transform) -> ModuleType:
    """The product's code as a module of its own, whose functions travel to executors by value.

    Two products may both have transforms/enrich.py: the module's name holds the product, the file and the
    text.
    """
    code = textwrap.dedent(stage.code or "")
    digest = hashlib.sha256("\0".join((stage.product, _file(stage), code)).encode()).hexdigest()[:12]
    stem = re.sub(r"\W", "_", f"{stage.product}_{stage.name}")
    module = ModuleType(f"lakemesh_code_{stem}_{digest}")
    module.__file__ = _file(stage)
    # Empty lines before it give each line of inline code the number that it has in product.yml.
    lines = "\n" * (stage.line - 1) + code
    sys.modules[module.__name__] = module
    # The open door of the language: a product's own code, as trusted as the checkout that it stands in.
    exec(compile(lines, _file(stage), "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call]
    return module


def _name(stage: Transform) -> str:
    path = stage.step.path if isinstance(stage.step, Python) else None
    return path[1] if path else stage.name


def _file(stage: Transform) -> str:
    return stage.file or "product.yml"


def _broken(stage: Transform, message: str, line: int | None) -> Exception:
    return failed(stage, message.partition("\n")[0], None if line is None else line - stage.line + 1)
