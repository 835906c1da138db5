from lakemesh.cli.options import example


def test_an_example_keeps_its_lines() -> None:
    assert example("a", "b") == "\b\nExample:\n  a\n  b"
