"""Journeys are the same for the same seed, and make sense."""

from __future__ import annotations

from lakemesh.demo.calendar import FIRST_NEWS, span_of
from lakemesh.demo.shop import STEPS, Dice, journeys


def test_the_same_seed_makes_the_same_journeys() -> None:
    assert list(journeys(20, 3, 2)) == list(journeys(20, 3, 2))
    assert list(journeys(20, 3, 1)) != list(journeys(20, 4, 1))


def test_an_order_moves_on_in_time() -> None:
    for journey in journeys(200, 7, 1):
        assert 1 <= len(journey.orders) <= len(STEPS)
        moments = [version.at for version in journey.orders]
        assert moments == sorted(set(moments))
        assert all(moment < FIRST_NEWS for moment in moments)


def test_a_total_is_the_sum_of_its_lines() -> None:
    for journey in journeys(50, 7, 1):
        order = journey.orders[0].record
        lines = sum(line["quantity"] * round(line["unit_price"] * 100) for line in order["lines"])
        assert order["total"] == f"{lines / 100:.2f}"


def test_an_event_says_what_the_cart_is_like_after_it() -> None:
    for journey in journeys(50, 7, 1):
        states = {(state.record["cart_id"], state.at): state.record for state in journey.carts}
        for action in journey.actions:
            cart = action.record["cart"]
            if action.record["action"] != "view":
                state = states[cart["id"], action.at]
                assert cart["status"] == state["state"]
                assert cart["item_count"] == sum(item["quantity"] for item in state["items"])


def test_later_waves_have_news_of_one_in_ten_and_new_orders() -> None:
    news = [journey for journey in journeys(1000, 7, 2) if journey.wave == 2]
    moved = sum(bool(journey.orders) for journey in news if journey.number < 1000)
    assert 60 <= moved <= 140
    assert sum(journey.number >= 1000 for journey in news) == 50
    span = span_of(2)
    assert all(span.begin <= version.at < span.end for journey in news for version in journey.orders)


def test_dice_stay_within_their_bounds() -> None:
    dice = Dice(1)
    numbers = {dice.number(2, 4) for _ in range(200)}
    assert numbers == {2, 3, 4}
