import pytest

from lakemesh.errors import QueryError
from lakemesh.query.translate.patterns import groups_of, printed, read, regex, replacement, searched


def test_a_pattern_that_prints() -> None:
    assert (
        printed("t", "yyyy-'Q'S") == "(strftime(t, '%Y') || '-' || 'Q' || substring(strftime(t, '%f'), 1, 1))"
    )


def test_a_pattern_that_reads() -> None:
    assert read("dd.MM.yyyy") == (r"^[0-9]{2}\.[0-9]{2}\.[0-9]{4}$", "%d.%m.%Y")


@pytest.mark.parametrize("pattern", ["VV", "yyyy 'open", "SSSSSSSSS"])
def test_letters_that_are_not_known_are_refused(pattern: str) -> None:
    with pytest.raises(QueryError, match="date pattern"):
        printed("t", pattern)


@pytest.mark.parametrize("pattern", ["(?=a)", "[a-z&&[b]]", "a++", r"(a)\1", r"\R"])
def test_a_regular_expression_that_only_java_reads_is_refused(pattern: str) -> None:
    with pytest.raises(QueryError, match="is Java's alone"):
        regex(pattern)


def test_a_replacement_s_groups() -> None:
    assert replacement(r"$1-\$") == r"'\1-$'"
    with pytest.raises(QueryError, match="names no group"):
        replacement("$x")


def test_a_search_s_end_stands_before_a_last_line_break() -> None:
    assert searched("a$") == r"'a(?:(?:\r?\n|\r)?\z)'"
    assert searched(r"a\$") == r"'a\$'"


def test_groups() -> None:
    assert groups_of("(a)(b)?") == (2, False)
    assert groups_of("x*") == (0, True)
