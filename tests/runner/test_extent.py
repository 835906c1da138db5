import datetime as dt

from lakemesh.runner.extent import NEWS, Extent

DAY = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def test_a_window_has_two_ends() -> None:
    assert NEWS.window is None
    assert Extent(full=True).window is None
    assert Extent(start=DAY, end=DAY + dt.timedelta(1)).window == (DAY, DAY + dt.timedelta(1))
