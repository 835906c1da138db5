import subprocess
import sys


def test_datasets_come_without_pandas_and_leave_it_to_whoever_asks() -> None:
    code = """
import sys
from lakemesh.query.quick import import_datasets
import_datasets()
assert "pyarrow.dataset" in sys.modules and "pandas" not in sys.modules
import_datasets()
assert not any(type(finder).__name__ == "_NoPandas" for finder in sys.meta_path)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
