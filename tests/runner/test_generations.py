from lakemesh.runner.generations import REFRESH, WINDOW, is_aside, new_generation


def test_no_name_is_used_twice_and_each_says_what_it_is_for() -> None:
    plain, refresh, window = new_generation(), new_generation(REFRESH), new_generation(WINDOW)
    assert len({plain, refresh, window, new_generation()}) == 4
    assert [is_aside(name) for name in (plain, refresh, window)] == [False, True, True]
