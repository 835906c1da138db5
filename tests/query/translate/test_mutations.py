"""Whatever is asked is translated or refused: there is no other exception."""

from __future__ import annotations

import random
import re

import pytest

from lakemesh.errors import QueryError
from lakemesh.query.statement import read_statement
from lakemesh.query.translate import translate

SOUND = (
    "select x, count(*) as n, avg(x) over (order by x) from values (1, 'a'), (2.5, null) as t(x, y)"
    " group by all",
    "with w(a) as (select explode(array(1, 2))) select a, lag(a, 1, 0) over (order by a desc) from w"
    " qualify a > 1",
    "select transform(array('a', 'b'), (s, i) -> concat(s, i)), named_struct('k', map('a', 1)).k['a'] as v",
    "select date_format(now(), 'yyyy') || cast(1.50 as decimal(5,2)) / 3, 1 in (select id from range(3))",
    "select * except (b) from (select 'x' as c, 1 as v, 2 as b) pivot (sum(v) for c in ('x', 'y' as z))",
    "select regexp_extract(s, '(a)', 1), s:a.b[0], get(split(s, ','), 0) from values ('a,b') as t(s)"
    " where s like 'a%'",
    "select from_json('{}', 'a int').a, case when true then interval 1 day + now() end, try_cast('x' as int)",
)
TOKEN = re.compile(r"'[^']*'|\w+|\S")
TOKENS = [token for sql in SOUND for token in TOKEN.findall(sql)]


def mutated(sql: str, chance: random.Random) -> str:
    """The query with up to three tokens lost, added or changed."""
    tokens = TOKEN.findall(sql)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(tokens))
        tokens[at : at + chance.randint(0, 1)] = chance.choice(([], [chance.choice(TOKENS)]))
    return " ".join(tokens)


@pytest.mark.parametrize("sql", SOUND)
def test_a_mutated_query_is_read_or_refused(sql: str) -> None:
    translate(read_statement(sql).tree, {}, "UTC")
    chance = random.Random(7)
    refused = 0
    for _ in range(60):
        try:
            translate(read_statement(mutated(sql, chance)).tree, {}, "UTC")
        except QueryError:
            refused += 1
    assert refused > 10
