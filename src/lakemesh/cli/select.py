"""Which products a call means: names, `domain.*`, and with `+` what they read or what reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lakemesh.cli.call import findings_of
from lakemesh.errors import CallError, SpecError, did_you_mean, known_words
from lakemesh.names import ProductName

if TYPE_CHECKING:
    from pathlib import Path

    from lakemesh.spec.loader import Loaded, Mesh


def products_in(root: Path) -> tuple[ProductName, ...]:
    """The products that a mesh's folders hold, sorted, whether they can be read or not."""
    files = root.glob("bundles/*/*/product.yml")
    return tuple(sorted(ProductName(file.parts[-3], file.parts[-2]) for file in files))


def select_products(
    loaded: Loaded, root: Path, words: Iterable[str], since: str | None = None
) -> tuple[ProductName, ...]:
    """The products that the words name, each once, in the order of the mesh; all where there is no word.

    With `since`, of those the ones that changed since that commit. Raises CallError where a word names no
    product or git cannot tell, SpecError where what a product reads cannot be known.
    """
    known, wanted = products_in(root), list(words)
    chosen = {name for word in wanted for name in _matches(loaded, known, word)} if wanted else set(known)
    names = tuple(name for name in known if name in chosen)
    if since is None:
        return names
    from lakemesh.cli.changes import changed_products  # only this option needs git

    return changed_products(root, since, names)


def one_product(root: Path, word: str) -> ProductName:
    """The one product that a word names. Raises CallError where it names none, or may name several."""
    if "*" in word or "+" in word:
        raise CallError(f"'{word}' may be several products: name one, such as checkout.orders.")
    return _named(products_in(root), word)[0]


def _matches(loaded: Loaded, known: Sequence[ProductName], word: str) -> set[ProductName]:
    bare = word.removeprefix("+").removesuffix("+")
    found = set(_named(known, bare))
    if bare == word:
        return found
    mesh = _readable(loaded, found)
    above = _above(mesh, known, found) if word.startswith("+") else set()
    return found | above | (_below(mesh, found) if word.endswith("+") else set())


def _named(known: Sequence[ProductName], word: str) -> list[ProductName]:
    domain, _, rest = word.partition(".")
    if rest == "*":
        found = [name for name in known if name.domain == domain]
        return found or _refuse_domain(known, domain)
    found = [name for name in known if str(name) == word]
    return found or _refuse(known, word)


def _readable(loaded: Loaded, names: Iterable[ProductName]) -> Mesh:
    if loaded.mesh is None:
        raise SpecError(loaded.findings)
    broken = [name for name in names if name not in loaded.mesh.products]
    if broken:
        raise SpecError(findings_of(loaded.findings, broken))
    return loaded.mesh


def _above(mesh: Mesh, known: Sequence[ProductName], names: set[ProductName]) -> set[ProductName]:
    """What the products read, through others too; one that cannot be read itself is among them."""
    from lakemesh.plan.graph import dependencies, upstreams

    found = names.union(*(upstreams(mesh, name) for name in names))
    return found | {read for name in found for read in dependencies(mesh, name) if read in known}


def _below(mesh: Mesh, names: set[ProductName]) -> set[ProductName]:
    from lakemesh.plan.graph import downstreams

    return names.union(*(downstreams(mesh, name) for name in names))


def _refuse_domain(known: Sequence[ProductName], domain: str) -> list[ProductName]:
    domains = sorted({name.domain for name in known})
    hint = did_you_mean(f"{domain}.*", [f"{name}.*" for name in domains])
    raise CallError(f"there is no product in a domain '{domain}'.{known_words(domains)}{hint}")


def _refuse(known: Sequence[ProductName], word: str) -> list[ProductName]:
    words = [str(name) for name in known]
    if word == "*":
        hint = " All products are meant where none is selected; with run, by --all."
    elif any(name.domain == word for name in known):
        hint = f" Did you mean '{word}.*'?"
    else:
        namesake = next((str(name) for name in known if name.name == word), None)
        hint = f" Did you mean '{namesake}'?" if namesake else did_you_mean(word, words)
    raise CallError(f"there is no product '{word}'.{known_words(words)}{hint}")
