"""Which products changed since a commit: git knows the files, committed, uncommitted and untracked."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lakemesh.errors import CallError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from lakemesh.names import ProductName


def changed_products(root: Path, since: str, names: Iterable[ProductName]) -> tuple[ProductName, ...]:
    """Those of the products whose folder has a changed file; all of them where conf/ has one.

    A branch is compared with the commit at which this one left it, as `git diff main...` does.
    Raises CallError where the mesh is in no git checkout, the commit is unknown, or git is missing.
    """
    paths = _changed_paths(root, _starting_point(root, since))
    if any(path == "conf" or path.startswith("conf/") for path in paths):
        return tuple(names)
    return tuple(name for name in names if _is_touched(f"bundles/{name.domain}/{name.name}", paths))


def _is_touched(folder: str, paths: Iterable[str]) -> bool:
    # A domain may be a submodule, of which git tells nothing but its own path.
    return any(path.startswith(f"{folder}/") or f"{folder}/".startswith(f"{path}/") for path in paths)


def _changed_paths(root: Path, commit: str) -> frozenset[str]:
    """The paths below the mesh's folder that differ from a commit, or that git does not track yet."""
    diff = ("diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z", commit, "--", ".")
    untracked = ("ls-files", "--others", "--exclude-standard", "-z")
    listed = b"\0".join(_require(root, words) for words in (diff, untracked))
    return frozenset(os.fsdecode(path) for path in listed.split(b"\0") if path)


def _starting_point(root: Path, since: str) -> str:
    if _git(root, "rev-parse", "--is-inside-work-tree").returncode:
        raise CallError(
            f"--changed-since asks git, and {root} is in no git checkout: name the products instead."
        )
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
    if found.returncode:
        raise CallError(_unknown(root, since))
    commit = _text(found)
    left = _git(root, "merge-base", "HEAD", commit)
    return commit if left.returncode else _text(left)


def _unknown(root: Path, since: str) -> str:
    listed = _git(
        root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags"
    )
    hint = did_you_mean(since, _text(listed).split())
    return (
        f"--changed-since: git knows no commit '{since}'.{hint} It takes a branch, a tag or a commit, such as"
        " main or HEAD~1; a shallow clone has to fetch it first."
    )


def _require(root: Path, words: Sequence[str]) -> bytes:
    said = _git(root, *words)
    if said.returncode:
        reason = said.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise CallError(f"--changed-since: git {words[0]} failed: {reason}")
    return said.stdout


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None:
        raise CallError("--changed-since asks git, which is not installed: get it, or name the products.")
    return subprocess.run(
        [git, "-C", str(root), *words], capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )


def _text(said: subprocess.CompletedProcess[bytes]) -> str:
    return said.stdout.decode(errors="replace").strip()
