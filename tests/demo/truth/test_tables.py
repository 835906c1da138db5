"""Tables of the truth as files."""

from __future__ import annotations

from pathlib import Path

from lakemesh.demo.truth.rows import digest
from lakemesh.demo.truth.tables import Tables


def test_rows_become_lines_with_a_digest(tmp_path: Path) -> None:
    with Tables(tmp_path, {"a.b": "out"}) as tables:
        tables.add("a.b", {"x": 1})
        tables.extend("a.b", [{"x": 2}])
    said = tables.summary()["a.b"]["out"]
    lines = (tmp_path / "a.b.out.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == ['{"x":1}', '{"x":2}']
    assert said == {"rows": 2, "digest": digest(lines), "content": "truth/a.b.out.jsonl"}


def test_rows_need_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "a.b.out.jsonl").write_text("of an earlier time\n", encoding="utf-8")
    with Tables(tmp_path, {"a.b": "out"}, keep=False) as tables:
        tables.add("a.b", {"x": 1})
    assert tables.summary()["a.b"]["out"] == {"rows": 1, "digest": digest(['{"x":1}']), "content": ""}
    assert not list(tmp_path.iterdir())
