import subprocess
import sys

import pytest


@pytest.mark.process
@pytest.mark.parametrize(("keep", "wanted"), [("False", "ours\nafter\n"), ("True", "noise\nours\nafter\n")])
def test_only_what_others_say_is_kept_away(keep: str, wanted: str) -> None:
    code = f"""
import subprocess, sys
from lakemesh.cli.render.noise import without_noise
with without_noise({keep}):
    subprocess.run([sys.executable, "-c", "import sys; print('noise', file=sys.stderr)"])
    print("ours", file=sys.stderr)
print("after", file=sys.stderr)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stderr == wanted


@pytest.mark.process
def test_a_line_that_moves_stays_in_sight() -> None:
    code = """
import subprocess, sys
from rich.console import Console
from lakemesh.cli.render.noise import without_noise
console = Console(stderr=True, force_terminal=True)
with console.status("starting") as status, without_noise():
    subprocess.run([sys.executable, "-c", "import sys; print('noise', file=sys.stderr)"])
    console.print("in sight")
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "in sight" in said.stderr
    assert "noise" not in said.stderr
