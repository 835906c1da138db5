"""`lakemesh validate`: everything that can be known without Spark."""

from __future__ import annotations

import click

from lakemesh.cli.call import Call, findings_of
from lakemesh.cli.options import env_option, example, output_option


@click.command("validate", epilog=example("lakemesh validate", "lakemesh validate 'checkout.*' -o json"))
@click.argument("select", nargs=-1)
@click.option("--changed-since", hidden=True)
@env_option
@output_option
@click.pass_obj
def command(
    call: Call, select: tuple[str, ...], changed_since: str | None, environment: str, output: str
) -> int:
    """Find what is wrong with the specs: language, references, cycles, SQL and the columns that it reads.

    SELECT are products (checkout.orders) or whole domains ('checkout.*'); none means all. The exit code is 1
    where anything is found; notes, such as what only a run can know, change nothing.
    """
    from lakemesh.cli.options import refuse_later
    from lakemesh.cli.render.findings import print_verdict
    from lakemesh.cli.select import products_in, select_products
    from lakemesh.plan.validate import NOTE, examine

    refuse_later({"--changed-since": changed_since})
    loaded = call.load(environment)
    names = select_products(products_in(call.root()), select)
    found = set(findings_of(loaded.findings, names) if select else loaded.findings)
    if loaded.mesh is not None:
        readable = [name for name in names if name in loaded.mesh.products]
        found.update(examine(loaded.mesh, readable if select else None))
    findings = sorted(finding for finding in found if finding.severity != NOTE)
    print_verdict(len(names), findings, as_json=output == "json", notes=sorted(found.difference(findings)))
    return 1 if findings else 0
