from typing import Any

from lakemesh.cli.render.verdicts import sum_verdicts, verdict_line
from lakemesh.observe.checks import CheckResult


def check(rule: str, success: bool, **more: Any) -> CheckResult:
    told = {"output": "orders", "expectation": "e", "columns": (), "arguments": "{}", "severity": "warning"}
    return CheckResult(
        rule=rule, success=success, **{**told, "on_failure": "warn", "element_count": 10, **more}
    )


def test_batches_are_added_up_and_critical_rules_come_first() -> None:
    light, heavy = sum_verdicts(
        [
            check("a", success=False, unexpected_count=2),
            check("a", success=True, unexpected_count=1),
            check("b", success=True, severity="critical", unexpected_count=0),
        ]
    )[::-1]
    assert (heavy.rule, heavy.held, heavy.unexpected) == ("b", True, 0)
    assert (light.rule, light.held, light.unexpected, light.rows) == ("a", False, 3, 20)
    assert verdict_line(light) == "a on orders failed, 3 of 20 rows (warning, warn)"


def test_an_aggregate_tells_what_it_found() -> None:
    (verdict,) = sum_verdicts([check("sum", success=False, observed_value="-5"), check("sum", success=True)])
    assert verdict_line(verdict) == "sum on orders failed, found -5 (warning, warn)"


def test_a_rule_that_held_and_acted_is_told_as_such() -> None:
    (verdict,) = sum_verdicts([check("a", success=True, unexpected_count=1, on_failure="drop")])
    assert (verdict.held, verdict.acted) == (True, True)
    assert verdict_line(verdict) == "a on orders held, 1 of 10 rows (warning, drop)"
    (quiet,) = sum_verdicts([check("a", success=True, unexpected_count=1)])
    assert not quiet.acted


def test_a_rule_that_tells_nothing_of_itself() -> None:
    (verdict,) = sum_verdicts([check("exists", success=False)])
    assert verdict_line(verdict) == "exists on orders failed (warning, warn)"
