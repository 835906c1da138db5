"""A run in its own process that waits at a seam to be killed: MESH PRODUCT FLOW BATCH SEAM."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from lakemesh.names import parse_product
from lakemesh.observe.events import BatchEvent, Event, TableWritten
from lakemesh.runner.product import run_product
from lakemesh.runner.session import open_session
from lakemesh.spec.loader import load_mesh


def main() -> None:
    """Run the product; at the seam say so and wait. Without a seam, run to the end."""
    root, product, flow, batch, seam = (*sys.argv[1:], "", "", "")[:5]

    def listen(event: Event) -> None:
        if not isinstance(event, BatchEvent) or (event.flow, str(event.batch)) != (flow, batch):
            return
        if seam == (event.table if isinstance(event, TableWritten) else type(event).__name__):
            print("at the seam", flush=True)
            time.sleep(600)

    mesh = load_mesh(Path(root)).require()
    report = run_product(mesh, parse_product(product), open_session(mesh), listen)
    print(report.state, report.message, flush=True)


main()
