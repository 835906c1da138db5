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
