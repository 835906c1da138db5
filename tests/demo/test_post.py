"""What is sent arrives once, twice, late, spoiled, in the next wave, or not."""

from __future__ import annotations

from collections import Counter

from lakemesh.demo.dirt import KINDS, amount
from lakemesh.demo.post import PORTS, Delivery, Post
from lakemesh.demo.shop import journeys


def carry(orders: int, waves: int = 1) -> tuple[Post, list[Delivery]]:
    post = Post()
    return post, [sent for journey in journeys(orders, 7, waves) for sent in post.carry(journey)]


def test_dirt_is_counted_as_it_is_dealt() -> None:
    post, _ = carry(600)
    for port in PORTS:
        for kind in KINDS[port]:
            assert post.dirt[1, port, kind] == amount(port, kind, post.sent[1, port])
            assert post.dirt[1, port, kind] > 0


def test_what_is_sent_arrives_but_for_duplicates_and_ties() -> None:
    post, deliveries = carry(600)
    arrived = Counter(sent.port for sent in deliveries)
    for port in PORTS:
        extra = sum(post.dirt[1, port, kind] for kind in ("duplicate", "tie"))
        assert arrived[port] == post.sent[1, port] + extra


def test_withheld_records_come_with_the_next_wave() -> None:
    post, deliveries = carry(600)
    late = Counter(sent.port for sent in deliveries if sent.wave == 2)
    assert late == {port: post.dirt[1, port, "withheld"] for port in PORTS}


def test_only_events_lack_a_body() -> None:
    _, deliveries = carry(600)
    assert {sent.port for sent in deliveries if not sent.body} == {"order_events", "cart_events"}


def test_no_record_breaks_its_line() -> None:
    _, deliveries = carry(300)
    assert not any(b"\n" in (sent.body or b"") or b"\r" in (sent.body or b"") for sent in deliveries)
