"""Which products a call means: names and `domain.*`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lakemesh.errors import CallError, did_you_mean, known_words
from lakemesh.names import ProductName

if TYPE_CHECKING:
    from pathlib import Path


def products_in(root: Path) -> tuple[ProductName, ...]:
    """The products that a mesh's folders hold, sorted, whether they can be read or not."""
    files = root.glob("bundles/*/*/product.yml")
    return tuple(sorted(ProductName(file.parts[-3], file.parts[-2]) for file in files))


def select_products(known: Sequence[ProductName], words: Iterable[str]) -> tuple[ProductName, ...]:
    """The products that the words name, each once, in the order of the mesh; all where there is no word.

    Raises CallError where a word names none.
    """
    wanted = list(words)
    if not wanted:
        return tuple(known)
    chosen = {name for word in wanted for name in _matches(known, word)}
    return tuple(name for name in known if name in chosen)


def _matches(known: Sequence[ProductName], word: str) -> list[ProductName]:
    if word.startswith("+") or word.endswith("+"):
        raise CallError(
            f"'{word}': selecting upstreams and downstreams with '+' is not built yet: name the products, or"
            " write domain.*"
        )
    domain, _, rest = word.partition(".")
    if rest == "*":
        found = [name for name in known if name.domain == domain]
        return found or _refuse_domain(known, domain)
    found = [name for name in known if str(name) == word]
    return found or _refuse(known, word)


def _refuse_domain(known: Sequence[ProductName], domain: str) -> list[ProductName]:
    domains = sorted({name.domain for name in known})
    hint = did_you_mean(f"{domain}.*", [f"{name}.*" for name in domains])
    raise CallError(f"there is no product in a domain '{domain}'.{known_words(domains)}{hint}")


def _refuse(known: Sequence[ProductName], word: str) -> list[ProductName]:
    words = [str(name) for name in known]
    if any(name.domain == word for name in known):
        hint = f" Did you mean '{word}.*'?"
    else:
        namesake = next((str(name) for name in known if name.name == word), None)
        hint = f" Did you mean '{namesake}'?" if namesake else did_you_mean(word, words)
    raise CallError(f"there is no product '{word}'.{known_words(words)}{hint}")


def one_product(root: Path, word: str) -> ProductName:
    """The one product that a word names. Raises CallError where it names none, or may name several."""
    if "*" in word or "+" in word:
        raise CallError(f"'{word}' may be several products: name one, such as checkout.orders.")
    return select_products(products_in(root), [word])[0]
