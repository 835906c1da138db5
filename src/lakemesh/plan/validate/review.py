"""One product under review: its findings so far, the frames of its views, and where its texts stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from lakemesh.errors import Finding
from lakemesh.names import ProductName
from lakemesh.plan.graph import code_of, sorted_steps, step_reads
from lakemesh.plan.validate.frames import UNKNOWN, Frame
from lakemesh.spec.spots import spot, spot_in_scalar
from lakemesh.spec.steps import Sql

if TYPE_CHECKING:
    from lakemesh.plan.validate.scopes import Problem
    from lakemesh.spec.document import Document, Path
    from lakemesh.spec.loader import Mesh, Product

_FIELDS = {
    "inputPorts": "input_ports",
    "transformations": "transformations",
    "outputPorts": "output_ports",
    "schemas": "schemas",
}
PortFrames = Callable[[ProductName, str], Frame]


@dataclass(frozen=True)
class Snippet:
    """A piece of SQL or Python and the place where it stands: a file of its own, or a scalar of the spec."""

    text: str
    document: Document
    path: Path
    file: str | None = None

    def place(self, offset: int) -> tuple[str, int, int]:
        """The file, line and column of an offset."""
        if self.file is not None:
            return (self.file, *spot(self.text, offset))
        return (self.document.file, *spot_in_scalar(self.document, self.path, self.text, offset))


@dataclass
class Review:
    """One product under review. Checks read it and add findings to it."""

    mesh: Mesh
    product: Product
    port_frames: PortFrames
    """The frame of a port of another product."""
    findings: list[Finding] = field(default_factory=list)
    frames: dict[str, Frame] = field(default_factory=dict)
    """The frames of the views that have been studied."""
    _reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _codes: dict[str, Snippet] = field(default_factory=dict)

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """All steps, each after those that it reads."""
        return sorted_steps(self.product)

    def reads(self, step: str) -> tuple[str, ...]:
        """The views that a step reads."""
        if step not in self._reads:
            self._reads[step] = step_reads(self.product, step)
        return self._reads[step]

    @property
    def document(self) -> Document:
        """The product's own file."""
        return self.product.document

    def names(self, block: str) -> tuple[str, ...]:
        """The names that a block of product.yml gives, those of what could not be read included."""
        said = getattr(self.product.spec, _FIELDS[block])
        return (*said, *self.product.lost(block))

    def is_cut(self, *blocks: str) -> bool:
        """Whether a whole block could not be read, so that nobody knows what it names."""
        return any((block,) in self.product.blanks for block in blocks)

    def is_unset(self, key: str) -> bool:
        """Whether a key of the mesh or of its environment could not be read."""
        return any(blank[:1] == (key,) for blank in self.mesh.blanks)

    def is_doubtful(self, *path: str) -> bool:
        """Whether something at or below a path could not be read as it stands."""
        return any(blank[: len(path)] == path for blank in self.product.blanks)

    def frame(self, view: str) -> Frame:
        """The frame of a view; unknown where there is no such view."""
        return self.frames.get(view, UNKNOWN)

    def say(self, path: Path, message: str, code: str, *, key: bool = False, severity: str = "error") -> None:
        """Add a finding at a path of product.yml."""
        finding = self.document.find(path, message, code, key)
        self.findings.append(replace(finding, severity=severity))

    def complain(self, snippet: Snippet, problem: Problem) -> None:
        """Add a finding inside a piece of SQL."""
        self.findings.append(Finding(*snippet.place(problem.offset), problem.message, problem.code))

    def scalar(self, path: Path, text: str) -> Snippet:
        """A text that stands at a path of product.yml."""
        return Snippet(text, self.document, path)

    def code(self, step: str) -> Snippet:
        """The SQL or Python of a step, wherever it stands."""
        if step not in self._codes:
            self._codes[step] = self._code(step)
        return self._codes[step]

    def _code(self, step: str) -> Snippet:
        said = self.product.spec.transformations[step]
        is_sql = isinstance(said, Sql)
        path = getattr(said, "path", None)
        if path is not None:
            beside = self.product.folder / (path if is_sql else path[0])
            file = beside.resolve().relative_to(self.mesh.root.resolve()).as_posix()
        else:
            file = None
        at = ("transformations", step, "sql" if is_sql else "python")
        return Snippet(code_of(self.product, step) or "", self.document, at, file)
