"""What a run says of specs that are broken: file, line and what is wrong, before anything is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call

PRODUCT, CODE = "bundles/shop/orders/product.yml", "bundles/shop/orders/transforms/cleaned.sql"
LOCAL = "conf/environments/local.yml"
BROKEN = {
    "broken YAML": (PRODUCT, "domain: shop\n", "domain: [shop\n", "6:8: no valid YAML: a bracket or brace"),
    "a tab": (PRODUCT, "    kind: blob #", "\tkind: blob #", "21:1: a tab: YAML is indented by spaces only"),
    "an unknown key": (PRODUCT, "status: draft", "stauts: draft", "7:1: unknown key 'stauts'. Known: apiV"),
    "an unknown variable": (PRODUCT, "{landing.shop}", "{landing.shp}", "22:11: the environment has no"),
    "one of the shell": (
        LOCAL,
        "shop: data/",
        "shop: ${HOME}/",
        "5:9: nothing fills in ${HOME} in this file",
    ),
    "not UTF-8": (PRODUCT, "latest state", "latest st\udce4te", "1:1: not UTF-8 at byte 241: save the file"),
    "a NUL": (PRODUCT, "latest state", "latest st\0te", "10:1: a character that YAML does not allow"),
    "an odd name": (PRODUCT, "  orders:\n", "  or`der's:\n", "30:3: 'or`der's' is not usable as a catalog"),
    "broken SQL": (CODE, "from files", "form files", "7:6: no valid SQL: 'files' is out of place"),
    "a column that is none": (CODE, "  amount,", "  amont,", "4:3: there is no column 'amont' in 'files'."),
}


def files(folder: Path) -> dict[str, bytes]:
    """All that stands in a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(("file", "said", "instead", "told"), BROKEN.values(), ids=list(BROKEN))
def test_nothing_is_touched(in_mesh: Call, root: Path, file: str, said: str, instead: str, told: str) -> None:
    path, before = root / file, files(root / "lakehouse")
    text = path.read_text(encoding="utf-8")
    assert said in text
    path.write_bytes(text.replace(said, instead).encode("utf-8", "surrogateescape"))
    answer = in_mesh("run", "shop.orders")
    assert (answer.code, answer.out) == (1, "")
    assert f"{file}:{told}" in answer.err
    assert files(root / "lakehouse") == before
