from __future__ import annotations

import pytest

from lakemesh.spec.quartz import why_no_cron


@pytest.mark.parametrize(
    "text",
    [
        "0 */15 * * * ?",
        "0 0 6 ? * MON-FRI",
        "0 0/5 14,18 * * ?",
        "0 15 10 L * ?",
        "0 15 10 LW * ? 2026-2028",
        "0 15 10 15W jan,JUL ?",
        "0 15 10 ? * 6#3",
        "30 0 0 1-7 * ? *",
        "0 15 10 ? * FRIL",
    ],
)
def test_crons(text: str) -> None:
    assert why_no_cron(text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("*/15 * * * *", "six or seven fields, seconds first"),
        ("0 75 * * * ?", "its minute '75' is none: 0 to 59"),
        ("0 0 6 * * *", "one of day of month and day of week, and one only, must be '?'"),
        ("0 0 6 ? * ?", "one of day of month and day of week"),
        ("0 0 6 ? * MO", "its day of week 'MO' is none"),
        ("0 0 24 * * ?", "its hour '24' is none"),
        ("0 0/0 * * * ?", "its minute '0/0' is none"),
        ("0 0 6 32 * ?", "its day of month '32' is none"),
        ("? 0 6 * * ?", "its second '?' is none"),
        ("0 0 6 * 13 ?", "its month '13' is none"),
        ("0 0 */x * * ?", "its hour '*/x' is none"),
    ],
)
def test_what_is_no_cron(text: str, why: str) -> None:
    assert why_no_cron(text).startswith(why)
