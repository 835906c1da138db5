"""`lakemesh validate`: everything that can be known without Spark."""

from __future__ import annotations

import click

from lakemesh.cli.call import Call, findings_of
from lakemesh.cli.options import changed_option, env_option, example, output_option, select_argument


@click.command(
    "validate",
    epilog=example(
        "lakemesh validate",
        "lakemesh validate 'checkout.*' -o json",
        "lakemesh validate --changed-since main",
    ),
)
@select_argument
@changed_option
@env_option
@output_option
@click.pass_obj
def command(
    call: Call, select: tuple[str, ...], changed_since: str | None, environment: str, output: str
) -> int:
    """Find what is wrong with the specs: language, references, cycles, SQL and the columns that it reads.

    SELECT are products (checkout.orders), whole domains ('checkout.*'), products with all that they read
    (+marketing.conversion) or with all that read them (checkout.orders+); none means all. The exit code is 1
    where anything is found; notes, such as what only a run can know, change nothing.
    """
    from lakemesh.cli.render.findings import print_verdict
    from lakemesh.cli.render.words import unchanged
    from lakemesh.cli.select import select_products
    from lakemesh.plan.validate import NOTE, examine

    loaded = call.load(environment)
    names = select_products(loaded, call.root(), select, changed_since)
    if changed_since is not None and not names and output == "text":
        click.echo(unchanged(changed_since))
        return 0
    narrowed = bool(select) or changed_since is not None
    found = set(findings_of(loaded.findings, names) if narrowed else loaded.findings)
    if loaded.mesh is not None:
        readable = [name for name in names if name in loaded.mesh.products]
        with call.uncollected():
            found.update(examine(loaded.mesh, readable if narrowed else None))
    findings = sorted(finding for finding in found if finding.severity != NOTE)
    print_verdict(len(names), findings, as_json=output == "json", notes=sorted(found.difference(findings)))
    return 1 if findings else 0
