"""The salt of the demo's pseudonyms, kept where the environment looks secrets up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.run import read_variables, variable_of

if TYPE_CHECKING:
    from lakemesh.spec.environment import EnvironmentSpec

SALT = "marketing/email-salt"


def keep_salt(root: Path, environment: EnvironmentSpec, seed: int) -> str:
    """The salt that a run will find: the variable's, that of the environment's file, or one made for it.

    It guards made-up people, so the seed may tell it. It is kept in the file, where there is one.
    """
    variable = variable_of(SALT)
    file = root / environment.secrets.file if environment.secrets.file else None
    said = os.environ.get(variable) or read_variables(str(file)).get(variable)
    if said:
        return said
    made = f"demo-{seed}"
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{variable}={made}\n")
    return made
