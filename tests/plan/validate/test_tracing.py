from __future__ import annotations

import pytest

from lakemesh.plan.queries import parse_query
from lakemesh.plan.validate.tracing import NOWHERE, Trace, join_of, listed, may_fold, why_not_kept

EVENTS, FILES = frozenset(["events"]), frozenset(["files"])
VIEWS = {"e": EVENTS, "again": EVENTS, "f": FILES, "s": NOWHERE, "t": NOWHERE}


def trace(query: str) -> Trace:
    parsed = parse_query(query)
    assert parsed.tree is not None, parsed.problem
    traced = Trace(VIEWS)
    traced.query(parsed.tree, VIEWS)
    return traced


@pytest.mark.parametrize(
    ("query", "at", "says"),
    [
        ("select * from e join f on true", "f on", "this joins the incremental inputs 'events' and 'files'"),
        ("select * from e, f", "f", "this joins"),
        ("with a as (select * from f) select * from e join a using (id)", "a using", "this joins"),
        (
            "select count(*) from e",
            "count",
            "an aggregate over the incremental input 'events' sees one batch",
        ),
        ("select try_sum(x) from e", "try_sum", "an aggregate"),
        ("select any(x) from e", "x)", "an aggregate"),
        ("select id from e group by id", "id", "an aggregate"),
        ("select rank() over (order by id) from e", "rank", "a window function"),
        ("select * from (select * from e) pivot (sum(x) for y in ('a'))", "* from e", "a PIVOT"),
        ("select * from e limit 3", "3", "a LIMIT over the incremental input 'events' takes a part of each"),
        ("select * from e offset 3", "3", "an OFFSET"),
        ("select * from s where id in (select id from e limit 1)", "1", "a LIMIT"),
        ("(select * from e) union all (select * from s) limit 3", "3", "a LIMIT"),
        ("select * from e tablesample (10 percent)", "e table", "a sample of the incremental input 'events'"),
        (
            "select * from s except select * from e",
            "* from e",
            "this EXCEPT asks what is not in the incremental",
        ),
        ("select * from e except select * from again", "* from again", "this EXCEPT asks"),
        (
            "select * from e except all select * from s",
            "* from s",
            "EXCEPT ALL over the incremental input 'events'",
        ),
        ("select * from e intersect select * from f", "* from f", "this joins"),
        ("select * from e intersect select * from again", "* from again", "this INTERSECT asks"),
        (
            "select * from s left join e on true",
            "e on",
            "this LEFT JOIN keeps every row of a snapshot in each",
        ),
        ("select * from e right join s on true", "s on", "this RIGHT JOIN keeps"),
        ("select * from e full join s on true", "s on", "this FULL JOIN keeps"),
        ("select * from s full join e on true", "e on", "this FULL JOIN keeps"),
        ("select * from s left anti join e on true", "e on", "this ANTI JOIN asks what is not in"),
        ("select * from s join t on true left join e on true", "e on", "this LEFT JOIN keeps"),
        (
            "select * from s where id not in (select id from e)",
            "id from e",
            "this NOT IN asks what is not in",
        ),
        ("select * from s where not (exists (select 1 from e))", "1 from", "this NOT EXISTS asks"),
        ("select (select id from e) from s", "id from", "this subquery looks into the incremental input"),
        ("select * from s where id = (select id from e)", "id from", "this subquery looks into"),
        ("select * from e where id in (select id from f)", "id from f", "this joins"),
        ("select * from e left join again using (id)", "again using", "this join meets rows of"),
        ("with a as (select * from e) select * from a join again b on true", "again b", "this join meets"),
        ("select * from e where not exists (select 1 from again a)", "1 from again", "this subquery meets"),
        ("select * from e where id in (select id from again)", "id from again", "this subquery meets rows"),
    ],
)
def test_what_a_batch_cannot_answer_is_found_where_it_stands(query: str, at: str, says: str) -> None:
    (problem,) = trace(query).problems.values()
    assert query[problem.offset :].startswith(at)
    assert problem.message.startswith(says)


@pytest.mark.parametrize(
    "query",
    [
        "select * from e union all select * from f",
        "select upper(x) from e where y > 1 order by z",
        "select * from e join s on true left join t on true",
        "select * from s right join e on true",
        "select * from s join e on true",
        "select * from e left anti join s on true left semi join t on true",
        "select * from e where id in (select id from s) and not exists (select 1 from t limit 1)",
        "select e.*, (select max(x) from s) from e",
        "select * from (select count(*) as n from s) cross join e",
        "select transform(xs, x -> x + 1), aggregate(xs, 0, (a, x) -> a + x) from e lateral view explode(xs)",
        "select * from (select count(*) from s limit 3) t, s tablesample (10 percent)",
        "select * from e unpivot (x for y in (a, b))",
    ],
)
def test_what_a_batch_can_answer(query: str) -> None:
    traced = trace(query)
    assert (list(traced.problems.values()), traced.is_distinct) == ([], False)


@pytest.mark.parametrize(
    ("query", "is_distinct"),
    [
        ("select distinct id from e", True),
        ("select * from e union select * from s", True),
        ("select * from e except select * from s", True),
        ("select * from e intersect select * from s", True),
        ("select * from s where id in (select id from e)", True),
        ("select * from s left semi join e on true", True),
        ("select * from e join (select distinct id from s) using (id)", False),
        ("select * from e left semi join s on true", False),
    ],
)
def test_what_makes_one_row_of_equal_ones_of_a_batch(query: str, is_distinct: bool) -> None:
    traced = trace(query)
    assert (list(traced.problems.values()), traced.is_distinct) == ([], is_distinct)


def test_joins_of_one_incremental_side() -> None:
    hows = ("inner", "left", "right", "full", "semi", "anti", "cross")
    assert [how for how in hows if why_not_kept("it", how, EVENTS, NOWHERE)] == ["right", "full"]
    assert [how for how in hows if why_not_kept("it", how, NOWHERE, EVENTS)] == ["left", "full", "anti"]
    assert [how for how in hows if why_not_kept("it", how, EVENTS, EVENTS)] == []


def test_sentences_name_the_inputs() -> None:
    assert listed(EVENTS | FILES) == "'events' and 'files'"
    assert "'events' and 'files'" in join_of(EVENTS | FILES)


AGGREGATES = (
    "any any_value approx_count_distinct approx_percentile array_agg avg bit_and bit_or bit_xor"
    " bitmap_construct_agg bitmap_or_agg bool_and bool_or collect_list collect_set corr count count_if"
    " count_min_sketch covar_pop covar_samp every first first_value grouping grouping_id histogram_numeric"
    " hll_sketch_agg hll_union_agg kurtosis last last_value listagg max max_by mean median min min_by mode"
    " percentile percentile_approx percentile_cont percentile_disc regr_avgx regr_avgy regr_count"
    " regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy schema_of_variant_agg skewness some std"
    " stddev stddev_pop stddev_samp string_agg sum try_avg try_sum var_pop var_samp variance"
).split()


@pytest.mark.parametrize("name", AGGREGATES)
def test_every_aggregate_of_spark_is_one(name: str) -> None:
    two = name in ("corr", "max_by", "min_by") or name.startswith(("regr_", "covar_", "approx_perc"))
    query = f"select {name}({'x, y' if two else 'x'}) from e"
    assert may_fold(query)
    assert len(trace(query).problems) == 1


def test_a_query_of_rows_folds_nothing() -> None:
    assert not may_fold(
        "with a as (select upper(x) as y from e where z > 1) select * from a where y is not null"
    )
    assert may_fold("select\nDISTINCT x from e")
