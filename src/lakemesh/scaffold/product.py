"""A new product with sample data and tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.errors import CallError, did_you_mean, known_words
from lakemesh.plan.places import places_of
from lakemesh.scaffold.made import Made, check_name, template, write_files

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh

_FILES = {
    "product.yml": "product.yml",
    "tests.yml": "tests.yml",
    "transforms/cleaned.sql": "cleaned.sql",
}
_SAMPLE = "sample.jsonl"


def add_product(mesh: Mesh, name: ProductName) -> Made:
    """A product in a domain of the mesh that validates and runs as it is made.

    Sample records go to the domain's landing folder, unless something is there already.
    Raises CallError where the name is not usable or taken, or its domain unknown.
    """
    check_name(name.name, "product")
    _refuse_unknown(mesh, name)
    home = mesh.root / "bundles" / name.domain / name.name
    if home.exists() and any(home.iterdir()):
        raise CallError(f"{home.relative_to(mesh.root).as_posix()} is already there: choose another name.")
    landing = mesh.environment.landing.get(name.domain)
    if landing is None:
        raise CallError(
            f"conf/environments/{mesh.environment_name}.yml has no landing folder for"
            f" '{name.domain}': add landing.{name.domain}, such as data/landing/{name.domain}."
        )
    texts = product_texts(name, None if _is_taken(mesh, landing, name) else landing)
    notes = () if len(texts) > len(_FILES) else (f"No sample data: {landing}/{name.name} is not for it.",)
    return Made(mesh.root, write_files(mesh.root, texts), notes)


def product_texts(name: ProductName, landing: str | None) -> dict[str, str]:
    """The files of a new product by their paths, with sample data where a landing folder is given."""
    values = {"domain": name.domain, "product": name.name}
    home = f"bundles/{name.domain}/{name.name}"
    texts = {f"{home}/{path}": template(file, **values) for path, file in _FILES.items()}
    if landing is not None:
        texts[f"{landing.rstrip('/')}/{name.name}/2026-01-05.jsonl"] = template(_SAMPLE)
    return texts


def _refuse_unknown(mesh: Mesh, name: ProductName) -> None:
    known = list(mesh.spec.domains)
    if name.domain not in known:
        hint = did_you_mean(name.domain, known)
        raise CallError(
            f"there is no domain '{name.domain}'.{known_words(known)}{hint}"
            f" Make it first: lakemesh new domain {name.domain}"
        )


def _is_taken(mesh: Mesh, landing: str, name: ProductName) -> bool:
    """Whether a landing folder is elsewhere, or already holds something for the product."""
    place = places_of(mesh.root, mesh.environment).resolve(landing)
    if "://" in place or Path(landing).is_absolute():
        return True
    folder = Path(place) / name.name
    return folder.exists() and any(folder.iterdir())
