"""What columns of a step are called in the views that it reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lakemesh.names import parse_product
from lakemesh.plan.passing import above
from lakemesh.spec.loader import Mesh

BODY = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, seq: bigint, s: "struct<v:string>"}}
  kinds: {kind: blob, path: "${landing.shop}/kinds", schema: {kind: bigint, label: string}}
transformations:
  step: STEP
outputPorts:
  out: {from: step, write: append}
"""
ALL = {"id": "id", "seq": "seq"}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("{kind: filter, from: in, where: id > 1}", {"in": ALL}),
        ("{kind: drop, from: in, columns: s}", {"in": ALL}),
        ("{kind: flatten, from: in}", {"in": ALL}),
        ("{kind: rename, from: in, columns: {ID: seq, Seq: id}}", {"in": {"id": "seq", "seq": "id"}}),
        ("{kind: rename, from: in, columns: {id: other}}", {"in": {"seq": "seq"}}),
        ("{kind: select, from: in, columns: [seq as ID, id as seq]}", {"in": {"id": "seq", "seq": "id"}}),
        ("{kind: select, from: in, columns: [id, s.v as seq]}", {"in": {"id": "id"}}),
        ("{kind: select, from: in, columns: [id + 1 as id, Seq]}", {"in": {"seq": "seq"}}),
        ("{kind: derive, from: in, columns: {ID: seq}}", {"in": {"seq": "seq"}}),
        ("{kind: cast, from: in, columns: {seq: int}}", {"in": {"id": "id"}}),
        ("{kind: explode, from: in, column: s, as: id}", {"in": {"seq": "seq"}}),
        ("{kind: pseudonymise, from: in, columns: [id], salt: {secret: a/b}}", {"in": {"seq": "seq"}}),
        ("{kind: aggregate, from: in, by: id, columns: {seq: max(seq)}}", {"in": {}}),
        ("{kind: join, from: [in, kinds], condition: left.id = right.kind}", {"in": ALL, "kinds": ALL}),
        ("{kind: union, from: [in, kinds], allowMissing: true}", {"in": ALL, "kinds": ALL}),
        ("{python: 'def step(rows): return rows', from: in}", {"in": ALL}),
        ("{sql: select * from in}", {"in": ALL}),
        ("{sql: 'select * except (id) from in'}", {"in": {}}),
        ("{sql: 'select id + 1 as id, i.* except (id) from in i'}", {"in": {}}),
        ("{sql: 'select i.id, I.seq from IN i where id > 1'}", {"in": ALL}),
        ("{sql: 'select *, id + 1 as seq from in'}", {"in": {"id": "id"}}),
        ("{sql: 'select seq as id, id as seq from in'}", {"in": {"id": "seq", "seq": "id"}}),
        ("{sql: 'select s.v as id, seq from in'}", {"in": {"seq": "seq"}}),
        (
            "{sql: 'select i.id, k.kind as seq from in i join kinds k on i.id = k.kind'}",
            {"in": {"id": "id"}, "kinds": {"seq": "kind"}},
        ),
        ("{sql: 'select i.*, k.label from in i, kinds k'}", {"in": ALL, "kinds": {}}),
        ("{sql: 'with a as (select * from in) select * from a'}", {"in": {}}),
        ("{sql: 'select id, seq from (select id + 1 as id, seq from in)'}", {"in": {}}),
        ("{sql: 'select id, seq from in union all select kind, kind from kinds'}", {"in": {}, "kinds": {}}),
        ("{sql: 'select e.id, f.seq from in e join in f on e.id = f.seq'}", {"in": {}}),
        ("{sql: 'select id, seq from in lateral view explode(array(s)) t as seq'}", {"in": {}}),
        ("{sql: 'select max(id) as id, seq from in group by seq'}", {"in": {}}),
    ],
)
def test_names_in_the_views_above(
    loaded: Callable[..., Mesh], said: str, found: dict[str, dict[str, str]]
) -> None:
    product = loaded(BODY.replace("STEP", said)).get(parse_product("shop.orders"))
    assert {view: dict(names) for view, names in above(product, "step", ALL)} == found
