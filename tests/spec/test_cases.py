from __future__ import annotations

import pytest
from pydantic import ValidationError

from lakemesh.spec.cases import Cases


def test_cases_are_a_list_of_rows_given_and_expected() -> None:
    said = [{"name": "a", "given": {"events": [{"id": 1}, "{broken"]}, "expect": {"orders": []}}]
    (case,) = Cases.model_validate(said).root
    assert case.given["events"] == ({"id": 1}, "{broken")
    assert case.clock is None


@pytest.mark.parametrize(
    "said", [{}, [{"name": "a"}], [{"name": "", "expect": {"a": []}}], [{"name": "a", "expect": {}}]]
)
def test_what_is_no_case(said: object) -> None:
    with pytest.raises(ValidationError):
        Cases.model_validate(said)


def test_a_case_may_expect_that_the_run_fails() -> None:
    (case,) = Cases.model_validate([{"name": "a", "expectFailure": "'known' of output"}]).root
    assert (case.expect_failure, case.expect) == ("'known' of output", {})
    with pytest.raises(ValidationError, match="needs 'expect', 'expectFailure', or both"):
        Cases.model_validate([{"name": "a"}])
