"""An environment of a mesh: its JARs, its folders, secrets, time zones, and where its Spark is."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lakemesh.doctor.checkup import Checkup, missing, note, ok
from lakemesh.doctor.machine import room, standing
from lakemesh.errors import LakemeshError
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.hubs import address_of
from lakemesh.plan.places import places_of
from lakemesh.run import read_variables, variable_of
from lakemesh.runner.archive import archive_of
from lakemesh.runner.jars import find_jars, jars_folder, wanted_jars
from lakemesh.runner.reach import Address, addresses_of, unreachable

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.plan.stages import Plan
    from lakemesh.spec.hubs import HubPlace
    from lakemesh.spec.loader import Mesh

_MAKE = "python -m lakemesh.runner.rehearsal"


def look_at_environment(mesh: Mesh) -> Iterator[Checkup]:
    """What the mesh's environment has of what its products need."""
    if mesh.environment.platform != "local":
        yield note(
            "platform",
            f"'{mesh.environment_name}' is on Databricks",
            "what is there is not looked at by this version; runs there come with a later one",
        )
        return
    plans = tuple(_plans(mesh))
    yield from _jars(mesh)
    yield from _lakehouse(mesh)
    yield from _borrowed(mesh)
    yield from _sources(plans)
    yield from _hubs(mesh)
    yield from _secrets(plans, mesh)
    yield from _zones(mesh)
    yield from _spark(mesh)
    if len(plans) < len(mesh.products):
        unread = ", ".join(
            str(name) for name in mesh.names if str(name) not in {plan.product for plan in plans}
        )
        yield note("products", f"{unread} cannot be planned", "run 'lakemesh validate' to see why")


def _plans(mesh: Mesh) -> Iterator[Plan]:
    for name in mesh.names:
        plan = _plan(mesh, name)
        if plan is not None:
            yield plan


def _plan(mesh: Mesh, name: ProductName) -> Plan | None:
    """A product's plan; None where its spec makes none, which is validate's to explain."""
    try:
        return compile_plan(mesh, name)
    except (LakemeshError, LookupError, ValueError, AttributeError, TypeError):
        return None


def _jars(mesh: Mesh) -> Iterator[Checkup]:
    folder = jars_folder(mesh.root)
    try:
        jars = find_jars(folder, wanted_jars(kafka=bool(_kafka_hubs(mesh))))
        archived = jars is not None and archive_of(folder).is_file()
    except LakemeshError as error:
        yield note("JARs", str(error))
        return
    if jars is None:
        yield note("JARs", f"not in {folder}", "the first run fetches them, which needs a network")
        return
    yield ok("JARs", f"{len(jars)} in {folder}")
    if archived:
        yield ok("class archive", f"Spark's classes, loaded and verified, are in {folder}")
    else:
        yield note(
            "class archive",
            "Java loads and verifies Spark's classes anew at each start",
            f"to halve that time, run once (a minute, 200 MB): {_MAKE} {shlex.quote(str(folder))}",
        )


def _lakehouse(mesh: Mesh) -> Iterator[Checkup]:
    lakehouse = places_of(mesh.root, mesh.environment).lakehouse
    if "://" in lakehouse:
        yield note("lakehouse", f"{lakehouse} is not looked at from here")
        return
    yield _writable("lakehouse", Path(lakehouse))
    yield _writable("checkpoints", Path(lakehouse) / "_checkpoints")
    yield room("lakehouse space", Path(lakehouse))


def _borrowed(mesh: Mesh) -> Iterator[Checkup]:
    """The lakehouse of the environment that products are read from which have not run in this one."""
    if mesh.fallback is None:
        return
    what, lakehouse = (
        f"tables of '{mesh.environment.read_from}'",
        places_of(mesh.root, mesh.fallback).lakehouse,
    )
    if "://" in lakehouse:
        yield note(what, f"{lakehouse} is not looked at from here")
    elif not _is_there(lakehouse):
        remedy = "get read access, run that environment once, or mend readFrom"
        yield missing(what, f"{lakehouse} cannot be read", remedy)
    else:
        yield ok(what, lakehouse)


def _writable(what: str, folder: Path) -> Checkup:
    there = standing(folder)
    if not there.is_dir():
        return missing(
            what, f"{there} is a file", "move it away, or say another lakehouse in the environment"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        return missing(what, f"{there} cannot be written", "get write access, or say another lakehouse")
    made = "can be written" if there == folder.absolute() else "will be made by the first run"
    return ok(what, f"{folder} {made}")


def _sources(plans: tuple[Plan, ...]) -> Iterator[Checkup]:
    """The folders that inputs read, each once."""
    readers: dict[str, list[str]] = {}
    for plan in plans:
        for read in plan.flows[0].reads:
            for path in read.paths:
                readers.setdefault(path, []).append(f"{plan.product}.{read.name}")
    for path, names in sorted(readers.items()):
        what = f"source of {', '.join(names)}"
        if "://" in path:
            yield note(what, f"{path} is not looked at from here")
        elif not _is_there(path):
            yield missing(
                what, f"there is no folder {path}", "create it, or mend it in the environment or spec"
            )
        else:
            yield ok(what, path)


def _kafka_hubs(mesh: Mesh) -> dict[str, HubPlace]:
    """The domains whose hubs are read themselves."""
    return {domain: hub for domain, hub in mesh.environment.hubs.items() if hub.transport == "kafka"}


def _hubs(mesh: Mesh) -> Iterator[Checkup]:
    """Whether somebody listens at the namespaces whose hubs are read themselves."""
    for domain, hub in _kafka_hubs(mesh).items():
        what = f"hubs of {domain}"
        if hub.namespace is None:
            yield note(what, "their namespace is that of the connection string")
            continue
        host, _, port = address_of(hub.namespace).rpartition(":")
        silence = Address("sb", host.strip("[]"), int(port)).silence()
        if silence:
            remedy = f"mend namespace, or open port {port} towards it (firewall, proxy, private endpoint)"
            yield missing(what, f"{host}:{port} does not answer: {silence}", remedy)
        else:
            yield ok(what, f"{host}:{port} answers")


def _is_there(path: str) -> bool:
    """Whether a folder, or one that a pattern names, can be read."""
    head, star, _ = path.partition("*")
    if not star:
        return os.access(path, os.R_OK | os.X_OK) and Path(path).is_dir()
    anchor = Path(head if head.endswith("/") else os.path.dirname(head))
    return anchor.is_dir() and any(one.is_dir() for one in anchor.glob(str(Path(path).relative_to(anchor))))


def _secrets(plans: tuple[Plan, ...], mesh: Mesh) -> Iterator[Checkup]:
    """The secrets that steps and hubs refer to: set or not, never what they are."""
    users: dict[str, list[str]] = {}
    for plan in plans:
        for reference in plan.secrets:
            users.setdefault(reference, []).append(plan.product)
    for domain, hub in _kafka_hubs(mesh).items():
        for reference in hub.credential.references if hub.credential else ():
            users.setdefault(reference, []).append(f"the hub of {domain}")
    file = mesh.environment.secrets.file
    kept = read_variables(places_of(mesh.root, mesh.environment).resolve(file) if file else None)
    for reference, products in sorted(users.items()):
        variable, what = variable_of(reference), f"secret {reference}"
        if os.environ.get(variable) or kept.get(variable):
            yield ok(what, f"{variable} is set")
        else:
            yield missing(
                what, f"{variable} is not set, and {', '.join(products)} needs it", f"export {variable}=..."
            )


def _zones(mesh: Mesh) -> Iterator[Checkup]:
    zones = {mesh.spec.time_zone, *(mesh.time_zone(product) for product in mesh.products.values())}
    for zone in sorted(zones):
        try:
            ZoneInfo(zone)
        except (KeyError, OSError, ValueError):
            remedy = "mend the name, or get the time zone database: pip install tzdata"
            yield missing("time zone", f"'{zone}' is not known here", remedy)
        else:
            yield ok("time zone", zone)


def _spark(mesh: Mesh) -> Iterator[Checkup]:
    """Whether somebody listens where the environment says that Spark is; nothing where it starts its own."""
    block = mesh.environment.spark
    silent = unreachable(block, mesh.environment_name)
    if silent is not None:
        yield missing("Spark", *silent)
        return
    named = ", ".join(map(str, addresses_of(block)))
    if named:
        yield ok("Spark", f"{named} answers")
