"""A shop's visitors: each journey is one visitor's carts and perhaps an order, the same for the same seed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lakemesh.demo.articles import AGENTS, CITIES, GIVEN_NAMES, STREETS, SURNAMES, TITLES, UNUSUAL_NAMES
from lakemesh.demo.calendar import LAST_BEGIN, OPENING, Span, iso, span_of

Record = dict[str, Any]
STEPS = ("placed", "paid", "shipped", "delivered")
ORDERS_EACH = 3
"""So many journeys in a row are of one customer, who may move or change the e-mail address between them."""
TEST_ORDERS, UNUSUAL, LOWER_SKUS, LOST_CHECKOUTS = 97, 23, 61, 50
"""Every so many-th journey is a test order, has an unusual name, a lower-case article, a lost checkout."""
FORGOTTEN = 5


@dataclass(frozen=True)
class Version:
    """A record as it stood from a moment on."""

    at: dt.datetime
    record: Record


@dataclass
class Journey:
    """What one visitor leaves behind: versions of an order, states of carts, actions on them."""

    number: int
    wave: int
    orders: list[Version] = field(default_factory=list)
    carts: list[Version] = field(default_factory=list)
    actions: list[Version] = field(default_factory=list)


class Dice:
    """A journey's own random numbers."""

    def __init__(self, *seeds: object) -> None:
        self.random = random.Random("/".join(map(str, seeds))).random

    def pick(self, words: Any) -> Any:
        """One of several."""
        return words[int(self.random() * len(words))]

    def number(self, least: int, most: int) -> int:
        """A whole number between two, both included."""
        return least + int(self.random() * (most - least + 1))

    def seconds(self, least: int, most: int) -> dt.timedelta:
        """A time between two numbers of seconds."""
        return dt.timedelta(seconds=self.number(least, most))


def journeys(orders: int, seed: int, waves: int) -> Iterator[Journey]:
    """The journeys of a number of orders as they begin, each with its news of later waves after it."""
    for number in range(orders):
        begin = Span(OPENING, LAST_BEGIN).at(number / orders)
        journey = _travel(number, begin, None, seed, 1)
        yield journey
        for wave in range(2, waves + 1):
            yield _continue(journey, seed, wave)
    for wave in range(2, waves + 1):
        span, fresh = span_of(wave), max(1, orders // 20)
        for index in range(fresh):
            number = orders + (wave - 2) * fresh + index
            yield _travel(number, span.at(index / fresh * 0.5), span.at(0.9), seed, wave)


def _travel(number: int, begin: dt.datetime, end: dt.datetime | None, seed: int, wave: int) -> Journey:
    """A visitor's whole way; nothing is told of what happens after the end."""
    dice, journey = Dice(seed, number), Journey(number, wave)
    customer = _customer(number, seed)
    currency = dice.pick(("EUR", "EUR", "EUR", "USD", "GBP", "CHF", "SEK"))
    shops = dice.random() < 0.9  # noqa: PLR2004  (nine orders of ten come from a cart, the rest from tills and marketplaces)
    cart = _Cart(2 * number, dice, customer, currency, begin)
    if shops:
        cart.fill(journey, dice.number(1, 4))
    lines = cart.lines() or [_line(number, dice)]
    placed = cart.now + dice.seconds(20, 600)
    if shops and number % LOST_CHECKOUTS != LOST_CHECKOUTS - 1:
        cart.check_out(journey, placed)
    channel = cart.channel if shops else dice.pick(("store", "marketplace"))
    order = _order(number, cart.id if shops else None, channel, currency, customer, lines, dice)
    journey.orders.extend(_versions(order, placed, number, dice))
    if dice.random() < 0.5:  # noqa: PLR2004  (every second visitor leaves another cart behind)
        _Cart(2 * number + 1, dice, customer, currency, begin + dice.seconds(0, 3600)).fill(
            journey, dice.number(1, 3)
        )
    if end:
        for versions in (journey.orders, journey.carts, journey.actions):
            versions[:] = [version for version in versions if version.at < end]
    return journey


def _continue(journey: Journey, seed: int, wave: int) -> Journey:
    """The news of a journey in a later wave: one order in ten moves on, one cart in ten is taken up."""
    dice, span, news = Dice(seed, journey.number, wave), span_of(wave), Journey(journey.number, wave)
    if journey.orders and dice.random() < 0.1:  # noqa: PLR2004
        at = span.at(dice.random() * 0.9)
        last = journey.orders[-1].record
        # One in five is not moved on: its customer asked to be forgotten, and is emptied.
        change = (
            {"customer": {**dict.fromkeys(last["customer"]), "customer_id": last["customer"]["customer_id"]}}
            if journey.number % FORGOTTEN == 0
            else {"status": dice.pick(("delivered", "cancelled"))}
        )
        news.orders.append(Version(at, {**last, **change, "updated_at": iso(at)}))
    if journey.carts and dice.random() < 0.1:  # noqa: PLR2004
        at = span.at(dice.random() * 0.9)
        state, action = journey.carts[-1].record, journey.actions[-1].record
        news.carts.append(Version(at, {**state, "updated_at": iso(at)}))
        event = {**action, "event_id": f"{action['event_id']}-w{wave}", "action": "add", "quantity": 1}
        event["cart"] = _as_event_cart(news.carts[-1].record)
        news.actions.append(Version(at, {**event, "occurred_at": iso(at)}))
    return news


def customer_of(number: int) -> int:
    """The number of the customer whose journey it is: that of the first one."""
    return number - number % ORDERS_EACH


def _customer(number: int, seed: int) -> Record:
    """Who orders, as they are on this journey."""
    first = customer_of(number)
    dice, later = Dice(seed, "customer", first), number - first
    name = f"{dice.pick(GIVEN_NAMES)} {dice.pick(SURNAMES)}"
    address, moved = _address(dice), _address(dice)
    moves, renews = dice.random() < 0.3, dice.random() < 0.2  # noqa: PLR2004
    user = f"customer{first}.new" if renews and later else f"customer{first}"
    host = "test.example.com" if number % TEST_ORDERS == TEST_ORDERS - 1 else "example.com"
    return {
        "customer_id": f"u-{first:07d}",
        "name": dice.pick(UNUSUAL_NAMES) if first % UNUSUAL == 0 else name,
        "email": f"{user}@{host}",
        "address": moved if moves and later > 1 else address,
    }


def _address(dice: Dice) -> Record:
    city, country = dice.pick(CITIES)
    return {
        "street": f"{dice.pick(STREETS)} {dice.number(1, 180)}",
        "city": city,
        "postal_code": f"{dice.number(1000, 99999):05d}",
        "country": country,
    }


def _line(number: int, dice: Dice) -> Record:
    index = dice.number(0, len(TITLES) - 1)
    prefix = "ab" if number % LOWER_SKUS == 0 else TITLES[index][:2].upper()
    cents = dice.number(99, 19_999)
    return {
        "sku": f"{prefix}-{index:04d}",
        "title": TITLES[index],
        "quantity": dice.number(1, 4),
        "unit_price": cents / 100,
    }


def _order(
    number: int,
    cart_id: str | None,
    channel: str,
    currency: str,
    customer: Record,
    lines: list[Record],
    dice: Dice,
) -> Record:
    cents = sum(line["quantity"] * round(line["unit_price"] * 100) for line in lines)
    return {
        "order_id": f"o-{number:07d}",
        "cart_id": cart_id,
        "status": "placed",
        "channel": channel,
        "currency": currency,
        "total": f"{cents // 100}.{cents % 100:02d}",
        "customer": customer,
        "payment": {
            "method": dice.pick(("card", "invoice", "wallet", "transfer")),
            "provider": dice.pick(("A", "B")),
        },
        "lines": lines,
    }


def _versions(order: Record, placed: dt.datetime, number: int, dice: Dice) -> Iterator[Version]:
    """The order from placed on, one to four versions within seven hours; some of them with milliseconds."""
    at = placed + dt.timedelta(milliseconds=250 if number % 5 == 0 else 0)
    last = dice.number(1, len(STEPS))
    for step in STEPS[:last]:
        status = "cancelled" if step == "shipped" and number % 16 == 0 else step
        yield Version(at, {**order, "status": status, "placed_at": iso(placed), "updated_at": iso(at)})
        at += dice.seconds(300, 8_000)


class _Cart:
    """A cart while its visitor is busy with it."""

    def __init__(self, number: int, dice: Dice, customer: Record, currency: str, begin: dt.datetime) -> None:
        self.id, self.number, self.dice, self.currency = f"c-{number:07d}", number, dice, currency
        self.customer = customer if dice.random() < 0.7 else None  # noqa: PLR2004  (three of ten shop as guests)
        self.channel, self.agent = dice.pick(("web", "web", "app")), dice.pick(AGENTS)
        self.created = self.now = begin
        self.items: list[Record] = []
        self.events = 0

    def lines(self) -> list[Record]:
        """What lies in it."""
        return list(self.items)

    def fill(self, journey: Journey, adds: int) -> None:
        """Look at things, put some in, sometimes take the last one out again."""
        for _ in range(adds):
            line = _line(self.number, self.dice)
            if self.dice.random() < 0.3:  # noqa: PLR2004
                self._act(journey, "view", line["sku"], 0)
            self.items = [*self.items, line]
            self._act(journey, "add", line["sku"], line["quantity"])
        if self.dice.random() < 0.15:  # noqa: PLR2004
            *self.items, gone = self.items
            self._act(journey, "remove", gone["sku"], gone["quantity"])

    def check_out(self, journey: Journey, at: dt.datetime) -> None:
        """End in an order."""
        self.now = at
        self._tell(journey, "checkout", None, 0, "checked_out")

    def _act(self, journey: Journey, action: str, sku: str, quantity: int) -> None:
        self.now += self.dice.seconds(5, 300)
        self._tell(journey, action, sku, quantity, "open")

    def _tell(self, journey: Journey, action: str, sku: str | None, quantity: int, state: str) -> None:
        record = self._record(state)
        if action != "view":
            journey.carts.append(Version(self.now, record))
        self.events += 1
        event = {
            "event_id": f"e-{self.number:07d}-{self.events:02d}",
            "action": action,
            "sku": sku,
            "quantity": quantity,
            "user_agent": self.agent,
            "cart": _as_event_cart(record),
            "occurred_at": iso(self.now),
        }
        journey.actions.append(Version(self.now, event))

    def _record(self, state: str) -> Record:
        known = self.customer or {}
        return {
            "cart_id": self.id,
            "state": state,
            "channel": self.channel,
            "currency": self.currency,
            "customer": {"id": known.get("customer_id"), "email": known.get("email")},
            "items": [{key: item[key] for key in ("sku", "quantity", "unit_price")} for item in self.items],
            "created_at": iso(self.created),
            "updated_at": iso(self.now),
        }


def _as_event_cart(record: Record) -> Record:
    """The state of a cart as events carry it: number and value instead of the items."""
    items = record["items"]
    return {
        "id": record["cart_id"],
        "customer_id": record["customer"]["id"],
        "channel": record["channel"],
        "currency": record["currency"],
        "status": record["state"],
        "item_count": sum(item["quantity"] for item in items),
        "value": sum(item["quantity"] * round(item["unit_price"] * 100) for item in items) / 100,
        "created_at": record["created_at"],
    }
