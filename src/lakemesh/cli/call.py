"""What every command knows of the call it is part of: which mesh, and how much to say."""

from __future__ import annotations

import gc
import os
import shlex
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.errors import CallError, Finding, SpecError

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Loaded, Mesh


@dataclass(frozen=True)
class Call:
    """The options before the command, and whether the whole process is this call's."""

    mesh: Path | None = None
    debug: bool = False
    own_process: bool = False

    def root(self) -> Path:
        """The mesh's folder: --mesh, else the nearest one above with conf/mesh.yml, else LAKEMESH_MESH.

        Raises CallError where there is none, or where what is named is no folder.
        """
        if self.mesh is not None:
            return _folder(self.mesh)
        here = Path.cwd()
        above = next((p for p in (here, *here.parents) if (p / "conf" / "mesh.yml").is_file()), None)
        if above is not None:
            return above
        if os.environ.get("LAKEMESH_MESH"):
            return _folder(Path(os.environ["LAKEMESH_MESH"]))
        raise CallError(
            "there is no mesh here: go into one, name one with --mesh DIR or LAKEMESH_MESH, or make one with"
            " 'lakemesh init DIR'."
        )

    @property
    def prefix(self) -> str:
        """How this user calls lakemesh for this mesh, for commands that we propose."""
        return "lakemesh" if self.mesh is None else f"lakemesh --mesh {shlex.quote(str(self.mesh))}"

    def hurry(self) -> None:
        """Make reading tables quick, where nobody else shares the process."""
        if self.own_process:
            from lakemesh.query.quick import import_datasets

            import_datasets()

    def load(self, environment: str) -> Loaded:
        """The mesh with what is wrong with it."""
        from lakemesh.spec.loader import load_mesh  # pydantic and the language: not for --help

        with self.uncollected():
            return load_mesh(self.root(), environment)

    @contextmanager
    def uncollected(self) -> Iterator[None]:
        """Within, no garbage is looked for; what is there at its end is never looked through.

        Only where the process is this call's: there, a mesh and all that was found of it stay to the end.
        """
        if not self.own_process:
            yield
            return
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            gc.enable()


def _folder(named: Path) -> Path:
    if not named.exists():
        raise CallError(f"there is no folder {named}. Make a mesh there with 'lakemesh init {named}'.")
    if not named.is_dir():
        raise CallError(f"{named} is a file: a mesh is the folder that holds conf/mesh.yml.")
    return named


def sound_mesh(loaded: Loaded, names: Collection[ProductName] | None = None) -> Mesh:
    """The mesh, where nothing is wrong with its conf/ and with the named products (None: with any).

    Raises SpecError.
    """
    findings = loaded.findings if names is None else findings_of(loaded.findings, names)
    if loaded.mesh is None or findings:
        raise SpecError(findings or loaded.findings)
    return loaded.mesh


def findings_of(findings: Sequence[Finding], names: Collection[ProductName]) -> tuple[Finding, ...]:
    """The findings in the folders of the named products, and those in no product's folder."""
    folders = {f"bundles/{name.domain}/{name.name}" for name in names}
    return tuple(f for f in findings if _folder_of(f.file) in ("", *folders))


def _folder_of(file: str) -> str:
    parts = file.split("/")
    return "/".join(parts[:3]) if parts[0] == "bundles" and len(parts) > 3 else ""  # noqa: PLR2004
