import re
from importlib import resources
from pathlib import Path

import pytest

from lakemesh.errors import CallError
from lakemesh.scaffold.made import check_name, template, write_files

TEMPLATES = [path.name for path in resources.files("lakemesh.scaffold").joinpath("templates").iterdir()]


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_word_of_a_template_is_left_open(name: str) -> None:
    text = template(name, tenant="t", tenant_said="t", domain="d", product="p")
    assert not re.search(r"@\w+@", text)


def test_files_are_written_with_their_folders(tmp_path: Path) -> None:
    assert write_files(tmp_path, {"a/b.txt": "x\r\n"}) == ("a/b.txt",)
    assert (tmp_path / "a/b.txt").read_bytes() == b"x\r\n"


@pytest.mark.parametrize("name", ["Sales", "1a", "a-b", "select", ""])
def test_unusable_names_are_refused(name: str) -> None:
    with pytest.raises(CallError, match="no domain can be called so"):
        check_name(name, "domain")
