"""Errors on stderr: one finding a line, or one JSON object a line."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Sequence

import click

from lakemesh.cli.render.json import to_json
from lakemesh.errors import Finding, LakemeshError, SpecError


def print_error(error: LakemeshError, as_json: bool) -> None:
    """Print an error; a SpecError finding by finding."""
    if isinstance(error, SpecError):
        print_findings(error.findings, as_json)
    elif as_json:
        click.echo(to_json(error.facts()), err=True)
    else:
        click.echo(f"lakemesh: {error}", err=True)


def print_findings(findings: Iterable[Finding], as_json: bool) -> None:
    """Print findings, each on one line of stderr."""
    for finding in findings:
        facts = {"error": "SpecError", **finding.facts()}
        click.echo(to_json(facts) if as_json else str(finding), err=True)


def print_trace(error: BaseException) -> None:
    """Print the stack trace that --debug asks for."""
    traceback.print_exception(error, file=sys.stderr)


def wants_json(words: Sequence[str]) -> bool:
    """Whether a call asks for JSON, told from its bare words: it may be wrong before it is parsed."""
    pairs = zip(words, [*words[1:], ""], strict=False)
    joined = {"-ojson", "-o=json", "--output=json"}
    return any(word in joined or (word in ("-o", "--output") and after == "json") for word, after in pairs)
