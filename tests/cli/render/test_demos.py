import pytest

from lakemesh.cli.render.demos import print_manifest
from lakemesh.demo.manifest import Manifest


def test_how_much_was_generated(capsys: pytest.CaptureFixture[str]) -> None:
    manifest = Manifest(20, 7, 1, "c", records={"order_events": 1234}, files=["a", "b"], bytes=2_500_000)
    print_manifest(manifest, as_json=False)
    assert (
        capsys.readouterr().out == "20 orders, seed 7, wave 1: 2 files, 2.5 MB\nrecords: order_events 1,234\n"
    )
