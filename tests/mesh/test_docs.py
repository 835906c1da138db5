"""Every YAML block of the documentation holds, and links lead somewhere.

The word behind ```yaml says what a block is: a whole `product`, a `fragment` of the product that
docs/reference/README.md shows, `keys` of a product's head, `rules` of its output, `mesh`, `environment` or
`tests`. A block of none of these is a failure.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakemesh.plan.validate import validate
from lakemesh.spec.document import read_document
from lakemesh.spec.loader import load_mesh

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^( *)```yaml ?(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# A file that a page shows, its path in the line before it.
FILE = re.compile(r"^`(\S+)`:\n\n```(?!diff)[^\n]+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MESH = """
tenant: example
domains:
  shop: {owner: Shop}
  checkout: {owner: Checkout}
  crm: {owner: CRM}
  sales: {owner: Sales}
  billing: {owner: Billing}
"""
LOCAL = """
platform: local
lakehouse: lakehouse
landing:
  shop: landing/shop
  checkout: landing/checkout
  crm: landing/crm
  sales: landing/sales
  billing: landing/billing
hubs: {shop: {transport: capture, path: capture/shop}}
principals: {analysts: analysts@example.com}
compute: {small: {}}
variables: {currency: EUR}
"""
UPSTREAM = {
    "checkout/orders": """
apiVersion: lakemesh/v1
kind: DataProduct
name: orders
domain: checkout
inputPorts:
  files:
    kind: blob
    path: ${landing.checkout}/orders/
    schema:
      {order_id: string, customer_id: string, status: string, amount: "decimal(12,2)", updated_at: timestamp}
outputPorts:
  orders:
    from: files
    write: merge
    keys: order_id
    sequenceBy: updated_at
    schema:
      {order_id: string, customer_id: string, status: string, amount: "decimal(12,2)", updated_at: timestamp}
""",
    "crm/customers": """
apiVersion: lakemesh/v1
kind: DataProduct
name: customers
domain: crm
inputPorts:
  files:
    kind: blob
    path: ${landing.crm}/customers/
    schema: {customer_id: string, name: string, is_active: boolean, since: timestamp}
outputPorts:
  customers:
    from: files
    write: merge
    keys: customer_id
    sequenceBy: since
    schema: {customer_id: string, name: string, is_active: boolean, since: timestamp}
""",
}


def blocks() -> list[Any]:
    """Each block with its page and line: its word, its text, and the files that the page shows."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        files = dict(FILE.findall(text))
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            name = f"{page.relative_to(ROOT).as_posix()}:{line}"
            inner = re.sub(f"^{block[1]}", "", block[3], flags=re.MULTILINE)
            found.append(pytest.param(block[2], inner, files, id=name))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {"conf/mesh.yml": MESH, "conf/environments/local.yml": LOCAL, "conf/environments/prod.yml": LOCAL},
    )
    write(tmp_path, {f"bundles/{home}/product.yml": text for home, text in UPSTREAM.items()})
    return tmp_path


def write(root: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def setting() -> dict[str, Any]:
    """The product of which fragments are parts."""
    page = (DOCS / "reference" / "README.md").read_text(encoding="utf-8")
    (said,) = [block[3] for block in BLOCK.finditer(page) if block[2] == "product"]
    return dict(read_document("setting", said).value)


def whole(fragment: dict[str, Any]) -> list[dict[str, Any]]:
    """The products that a fragment may be a part of: as its last frame is written in one way or another."""
    base = setting()
    said = {**base, "transformations": {}, **fragment}
    said["inputPorts"] = {**base["inputPorts"], **fragment.get("inputPorts", {})}
    words = set(
        re.findall(r"\w+", yaml.safe_dump({k: said.get(k) for k in ("transformations", "outputPorts")}))
    )
    if "outputPorts" in fragment:
        return [used(said, words)]
    last = next(reversed(said["transformations"] or fragment.get("inputPorts", {"orders": {}})))
    wanted = words | {last} if "transformations" in fragment else {last}
    outputs = [{"from": last, "write": way} for way in ("append", "overwrite")]
    return [used({**said, "outputPorts": {"out": output}}, wanted) for output in outputs]


def used(said: dict[str, Any], words: set[str]) -> dict[str, Any]:
    """The product without the inputs and schemas that nobody in it names."""
    ports = {name: port for name, port in said["inputPorts"].items() if name in words}
    return {**said, "inputPorts": ports}


def findings(root: Path, texts: dict[str, str]) -> list[str]:
    write(root, texts)
    loaded = load_mesh(root)
    found = loaded.findings if loaded.mesh is None else (*loaded.findings, *validate(loaded.mesh))
    return [f"{one.file}:{one.line}: {one.message}" for one in found]


def product(spec: dict[str, Any]) -> dict[str, str]:
    home = f"bundles/{spec['domain']}/{spec['name']}"
    return {f"{home}/product.yml": yaml.safe_dump(spec, sort_keys=False)}


@pytest.mark.parametrize(("word", "text", "files"), blocks())
def test_a_block_has_no_finding(word: str, text: str, files: dict[str, str], folder: Path) -> None:
    write(folder, files)
    said = read_document("block", text).value
    match word:
        case "product":
            home = f"bundles/{said['domain']}/{said['name']}"
            tried = [findings(folder, {f"{home}/product.yml": text})]
        case "mesh":
            others = "".join(f"\n  {name}: {{owner: x}}" for name in ("checkout", "crm"))
            tried = [findings(folder, {"conf/mesh.yml": text.rstrip() + others})]
        case "environment":
            tried = [environment(folder, text)]
        case "fragment":
            tried = [findings(folder, product(spec)) for spec in whole(said)]
        case "keys":
            tried = [findings(folder, product({**setting(), **said}))]
        case "rules":
            port = {"from": "orders", "write": "append", "quality": said}
            tried = [findings(folder, product(one)) for one in whole({"outputPorts": {"out": port}})]
        case "tests" if text in files.values():
            tried = [findings(folder, {})]
        case "tests":
            port = setting()["outputPorts"]["orders"] | {"from": "orders", "schema": {"ref": "order"}}
            spec = whole({"outputPorts": {"orders": port}})[0]
            tried = [findings(folder, {**product(spec), "bundles/shop/example/tests.yml": text})]
        case _:
            pytest.fail("a block of YAML says what it is: product, fragment, keys, rules, mesh, ...")
    if [] not in tried:
        pytest.fail("\n".join(line for one in tried for line in one), pytrace=False)


def environment(folder: Path, text: str) -> list[str]:
    """What is wrong with an environment in itself."""
    return [said for said in findings(folder, {"conf/environments/local.yml": text}) if "conf/" in said]


def test_a_page_that_differs_is_named(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    (tmp_path / "docs/reference/steps.md").write_text("old", encoding="utf-8")
    (tmp_path / "docs/reference/gone.md").write_text("old", encoding="utf-8")
    command = [sys.executable, str(tmp_path / "docs/tooling"), "--check"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    wanted = "docs/reference/{} is not what the models say: run 'make docs' and commit it.\n"
    assert said.stdout == wanted.format("steps.md") + wanted.format("gone.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)", text):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads]
            assert anchor[1:] in anchors, anchor


def test_the_picture_of_the_mesh_has_every_product() -> None:
    page = (DOCS / "reference-mesh.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    products = {path.parent.name for path in ROOT.glob("bundles/*/*/product.yml")}
    assert products == set(re.findall(r'(\w+)\["', picture))
