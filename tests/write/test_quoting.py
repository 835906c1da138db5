"""Names, texts and folders from specs: whatever they hold, the SQL around them stays as it is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lakemesh.plan.composing import query_over
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land, Read
from lakemesh.runner.window import window_sql
from lakemesh.spec.columns import struct_of
from lakemesh.spec.inputs import Blob
from lakemesh.spec.types import Struct
from lakemesh.write.content import content_sql, match_sql, sequence_sql
from lakemesh.write.tables import Found, changes, create_table_sql

NASTY = (
    *(
        "`",
        "``",
        "'",
        "\\",
        "\\'",
        '"',
        ";",
        "--",
        "/*",
        "*/",
        ")",
        "}",
        "${env:HOME}",
        "{x}",
        "\n",
        "\r",
        ".",
    ),
    *("x", " ", "@x", "' OR '1' = '1", "`; DROP TABLE t; --", "\u2019", "\u0000"),
)
TEXTS = st.lists(st.sampled_from(NASTY), min_size=1, max_size=6).map("".join) | st.text(min_size=1)
QUOTED = re.compile(r"`(?:[^`]|``)*`|'(?:\\.|[^'\\])*'", re.DOTALL)
Lands = Callable[..., Land]


def skeleton(sql: str) -> str:
    """A statement without what stands between quotes; a path of names is one name."""
    return re.sub(r"_(?:\._)+", "_", QUOTED.sub("_", sql))


def statements(land: Lands, name: str, text: str) -> Iterator[str]:
    """Every kind of statement in which words of a spec stand, with one word for names and one for texts."""
    column: dict[str, Any] = {
        "name": name,
        "description": text,
        "properties": [{"name": name, "logicalType": "string", "description": text}],
    }
    table = Place(name="shop.orders.out", location=f"/lake/{name}")
    about = {"table": table, "comment": text, "properties": {text: text}}
    stage = land([column], None, clusterBy=[name]).model_copy(update=about)
    shape = struct_of(stage.columns or ())
    yield create_table_sql(stage, shape)
    yield from changes(stage, shape, Found(Struct(()), {}, True, "other", (), {}))
    yield content_sql([name], "s")
    yield sequence_sql([name], "s")
    yield match_sql([name], "s", table.sql)
    yield shape.ddl
    yield query_over("select 1", [name])
    port = Blob.model_validate({"kind": "blob", "path": text, "schema": {}})
    hour = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    yield window_sql(Read(name=text, mode="batch", port=port), (hour, hour))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TEXTS, TEXTS)
@example("`", "'")
@example("a`b`` -- ;", "\\' ; DROP TABLE t -- \\")
@example("a.b", "${spark.app.name}")
def test_no_word_of_a_spec_breaks_out_of_its_quotes(land: Lands, name: str, text: str) -> None:
    found = [skeleton(one) for one in statements(land, name, text)]
    plain = [skeleton(one) for one in statements(land, "n", "t")]
    # A name with an odd sign is one more property of a new table.
    mapped = found[0].replace("TBLPROPERTIES (_ = _, _ = _)", "TBLPROPERTIES (_ = _)")
    assert [mapped, *found[1:]] == plain
    assert all(";" not in one and "--" not in one and "${" not in one for one in found)
