import json

import pytest

from lakemesh.cli.render.previews import print_preview
from lakemesh.runner.preview import Looked, Preview

FOUND = Preview(
    product="shop.orders",
    view="cleaned",
    columns=("id", "customer"),
    rows=(("a", {"email": "***"}), ("b", None)),
    more=True,
    masked=("customer.email",),
    inputs=(
        Looked("files", files=2, of=2000),
        Looked("events", files=1, of=1),
        Looked("rates", version=3),
        Looked("hub"),
    ),
)


def test_rows_and_what_is_to_be_known(capsys: pytest.CaptureFixture[str]) -> None:
    print_preview(FOUND, as_json=False)
    said = capsys.readouterr()
    assert said.out.splitlines()[2:] == ['a   {"email": "***"}', "b   NULL"]
    assert said.err == (
        "The first 2 rows; --limit N shows more.\n"
        "Masked as classified: customer.email.\n"
        "Looked at: files (the newest 2 of 2,000 files), events (1 file), rates (version 3), hub.\n"
    )


def test_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    rejected = {"files": {"not valid JSON": 2}, "events": {}}
    print_preview(Preview("shop.orders", "cleaned", ("id",), (), rejected=rejected), as_json=False)
    said = capsys.readouterr().err
    assert "No row.\nRejected of files: 2 records not valid JSON.\nNothing of events was rejected.\n" in said


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_preview(FOUND, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["rows"] == [{"id": "a", "customer": {"email": "***"}}, {"id": "b", "customer": None}]
    assert said["inputs"][2] == {"name": "rates", "version": 3}
    assert (said["more"], said["masked"]) == (True, ["customer.email"])
