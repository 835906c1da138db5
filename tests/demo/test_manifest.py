"""A manifest is read as it was written."""

from __future__ import annotations

from pathlib import Path

from lakemesh.demo.manifest import Manifest, read_manifest, write_manifest


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    tables = {"orders": {"rows": 1, "digest": "0", "content": "truth/x.jsonl"}}
    manifest = Manifest(5, 7, 1, "2026-11-01T00:00:00+00:00", {"a": 1}, products={"a.b": {"tables": tables}})
    assert read_manifest(tmp_path) is None
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest
    assert dict(manifest.tables()) == {"a.b.orders": tables["orders"]}
