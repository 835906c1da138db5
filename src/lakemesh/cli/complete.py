"""What a shell completes: products, selectors, steps, environments; silent where a mesh is broken."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.cli.call import Call
from lakemesh.cli.select import products_in

if TYPE_CHECKING:
    import click

    from lakemesh.names import ProductName

_KEYS = ("inputPorts", "transformations")
# More products than these are not opened to complete a word.
_FEW = 20


def complete_selection(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The products and domains that a word may become; with + before it, that stays."""
    before = "+" if incomplete.startswith("+") else ""
    names = products_in(root) if (root := _root(ctx)) else ()
    domains = sorted({f"{name.domain}.*" for name in names})
    return _fitting([*map(str, names), *domains], incomplete.removeprefix("+"), before)


def complete_product(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The products that a word may become."""
    root = _root(ctx)
    return _fitting(map(str, products_in(root)) if root else (), incomplete)


def complete_view(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The steps and input ports that a word may become; of many products only the names."""
    root = _root(ctx)
    names = products_in(root) if root else ()
    fitting = [one for one in names if str(one).startswith(incomplete) or incomplete.startswith(f"{one}.")]
    if root is None or len(fitting) > _FEW:
        return [f"{name}." for name in fitting]
    return _fitting((f"{name}.{view}" for name in fitting for view in _views(root, name)), incomplete)


def complete_environment(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The environments that a word may become."""
    root = _root(ctx)
    files = (root / "conf" / "environments").glob("*.yml") if root else ()
    return _fitting(sorted(file.stem for file in files), incomplete)


def _fitting(words: Iterable[str], incomplete: str, before: str = "") -> list[str]:
    return [f"{before}{word}" for word in words if word.startswith(incomplete)]


def _root(ctx: click.Context) -> Path | None:
    """The mesh that the words before name; None where there is none."""
    said = ctx.find_root().params.get("mesh")
    with suppress(Exception):
        return Call(Path(said) if said else None).root()
    return None


def _views(root: Path, name: ProductName) -> list[str]:
    import yaml

    with suppress(Exception):  # whatever is wrong with a spec is no matter here
        text = (root / "bundles" / name.domain / name.name / "product.yml").read_text(encoding="utf-8")
        said = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506  (plain text)
        return [str(view) for key in _KEYS for view in said.get(key) or ()]
    return []
