from __future__ import annotations

from pathlib import Path

import pytest

from lakemesh.names import ProductName
from lakemesh.plan.classified import classified_columns, classified_views
from lakemesh.spec.columns import Column
from lakemesh.spec.loader import Mesh, load_mesh

PRODUCT = """
apiVersion: lakemesh/v1
kind: DataProduct
name: {name}
domain: shop
inputPorts:
{inputs}
transformations:
{steps}
outputPorts:
  out: {{kind: delta, from: {out}, write: append}}
"""
FILES = """
  files:
    kind: blob
    path: data/
    schema:
      - {name: id, logicalType: string, classification: internal}
      - {name: mail, logicalType: string, tags: [PII]}
      - name: person
        logicalType: object
        properties:
          - {name: town, logicalType: string}
          - {name: name, logicalType: string, classification: confidential}
      - name: visits
        logicalType: array
        items: {logicalType: object, properties: [{name: ip, logicalType: time, classification: restricted}]}
"""
STEPS = """
  same: {kind: filter, from: files, where: mail is not null}
  cast: {kind: cast, from: files, columns: {id: int}}
  selected: {kind: select, from: files, columns: [id, person.name as who, person, upper(mail) as m]}
  renamed: {kind: rename, from: files, columns: {person: human, id: mail_id}}
  derived: {kind: derive, from: files, columns: {domain: "split_part(mail, '@', 2)", mail: "'none'", n: mail}}
  flat: {kind: flatten, from: files, columns: [person]}
  visit: {kind: explode, from: files, column: visits, as: visit}
  hidden: {kind: pseudonymise, from: files, columns: [mail, person.name], salt: {secret: a/b}}
  counted: {kind: aggregate, from: files, by: [id], columns: {n: count(*), last: max(mail)}}
  both: {kind: union, from: [hidden, renamed], allowMissing: true}
  joined: {kind: join, from: [hidden, flat], on: [id]}
  queried: {sql: "select id, person.name as who from Files"}
  code: {python: "def code(frame): return frame", from: [files]}
"""


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")

    write("conf/mesh.yml", "tenant: t\ndomains: {shop: {owner: o}}\n")
    write("conf/environments/local.yml", "platform: local\nlakehouse: lakehouse\n")
    write(
        "bundles/shop/first/product.yml",
        PRODUCT.format(name="first", inputs=FILES, steps=STEPS, out="selected"),
    )
    inputs = "  before: {kind: product, product: shop.first, port: out, read: appends}\n"
    steps = "  after: {sql: select who as w from before}\n"
    write(
        "bundles/shop/second/product.yml",
        PRODUCT.format(name="second", inputs=inputs, steps=steps, out="after"),
    )
    return load_mesh(tmp_path).require()


def said(paths: frozenset[tuple[str, ...]]) -> str:
    return " ".join(sorted(".".join(path) or "*" for path in paths if path[:1] != ("_rescued_data",)))


ALL = "mail person.name visits.ip"


@pytest.mark.parametrize(
    ("view", "classified"),
    [
        ("files", ALL),
        ("same", ALL),
        ("cast", f"_cast_errors {ALL}"),
        ("selected", "m person.name who"),
        ("renamed", "human.name mail visits.ip"),
        ("derived", "domain person.name visits.ip"),
        ("flat", "mail person.name person_name visits.ip visits_ip"),
        ("visit", f"{ALL[:16]} visit.ip visit.value.ip visits.ip"),
        ("hidden", "visits.ip"),
        ("counted", "last"),
        ("both", "human.name mail visits.ip"),
        ("joined", "mail person.name person_name visits.ip visits_ip"),
        ("queried", "who"),
        ("code", "*"),
    ],
)
def test_what_is_classified_after_a_step(mesh: Mesh, view: str, classified: str) -> None:
    assert said(classified_views(mesh, ProductName("shop", "first"))[view]) == classified


def test_raw_values_travel_with_what_could_not_be_parsed(mesh: Mesh) -> None:
    found = classified_views(mesh, ProductName("shop", "first"))
    assert ("_rescued_data",) in found["files"] & found["selected"] & found["flat"]


def test_what_python_passes_on_is_told_from_what_it_makes(mesh: Mesh) -> None:
    columns = {"files": ["id", "mail", "person", "visits"], "code": ["id", "mail", "score"]}
    found = classified_views(mesh, ProductName("shop", "first"), columns)["code"]
    assert said(found) == "mail person.name score visits.ip"


def test_it_goes_on_through_a_port_without_a_contract(mesh: Mesh) -> None:
    found = classified_views(mesh, ProductName("shop", "second"))
    assert said(found["before"]) == "m person.name who"
    assert said(found["after"]) == "w"


def test_a_contract_has_the_last_word(mesh: Mesh) -> None:
    columns = [
        Column(name="a", logical_type="string"),
        Column(name="b.c", logical_type="string", classification="restricted"),
        Column(name="d", logical_type="string", classification="public", tags=("other",)),
    ]
    assert classified_columns(columns) == {("b", "c")}
