import subprocess
import sys


def test_datasets_come_without_numpy_and_pandas_and_leave_them_to_whoever_asks() -> None:
    code = """
import sys
from lakemesh.query.quick import import_datasets
import_datasets()
assert "pyarrow.dataset" in sys.modules
assert not {"numpy", "pandas"} & set(sys.modules)
import_datasets()
assert not any(type(finder).__name__ == "_Without" for finder in sys.meta_path)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
