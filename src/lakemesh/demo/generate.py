"""The demo's data, written: source files of one wave, and the truth about every table after it."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from lakemesh.demo.calendar import CLOCK, LAST_BEGIN, OPENING, Span, span_of
from lakemesh.demo.files import need_avro
from lakemesh.demo.manifest import FOLDER, Manifest, read_manifest, write_manifest
from lakemesh.demo.post import Delivery, Post
from lakemesh.demo.salt import keep_salt
from lakemesh.demo.shop import Journey, customer_of, journeys
from lakemesh.demo.sources import Sources, folders_of
from lakemesh.demo.truth.carts import ACTIVITY, CARTS, offer_change, offer_event, offer_export
from lakemesh.demo.truth.customers import CUSTOMERS, history, offer_version
from lakemesh.demo.truth.features import FEATURES, offer_features
from lakemesh.demo.truth.feed import Offer, changes_of
from lakemesh.demo.truth.marketing import ABANDONED, CONVERSION, Conversion, offer_abandoned
from lakemesh.demo.truth.orders import LINES, PRODUCT, offer_lines, offer_order
from lakemesh.demo.truth.rows import Row, winner
from lakemesh.demo.truth.tables import Tables
from lakemesh.demo.truth.tally import Tally
from lakemesh.errors import CallError
from lakemesh.spec.loader import load_mesh

# Beyond so many orders the manifest has rows and digests only: the truth about two millions would be 6 GB.
MOST_KEPT = 200_000
TABLES = {
    PRODUCT: "orders",
    LINES: "order_lines",
    ACTIVITY: "activity",
    CARTS: "carts",
    ABANDONED: "abandoned_carts",
    CONVERSION: "conversion",
    CUSTOMERS: "customers",
    FEATURES: "features",
}


def generate(
    root: Path, *, orders: int = 20_000, seed: int = 7, wave: int = 1, environment: str = "local"
) -> Manifest:
    """The manifest of a wave of source files, written with the truth to where the environment reads.

    Wave 1 is a month of trade and takes the place of what was generated before. Each later wave (to 6) adds
    ten minutes of news: one order in ten moves on, one cart in ten is taken up again, one order in twenty is
    new. Its manifest tells what a run finds that comes after a run of the waves before. The same orders, seed
    and wave give the same bytes. Raises CallError where the environment has no folders for the files, or
    where a wave does not continue what is there.
    """
    if orders < 1:
        raise CallError("--orders must be at least 1.")
    span_of(wave)
    mesh = load_mesh(root, environment).require()
    folders = folders_of(root, mesh.environment)
    need_avro()
    earlier = _earlier(root, orders, seed, wave)
    clock = mesh.environment.clock or CLOCK
    salt = keep_salt(root, mesh.environment, seed)
    with Tables(root / FOLDER / "truth", TABLES, keep=orders <= MOST_KEPT) as tables:
        tale = _Tale(
            orders,
            seed,
            wave,
            clock,
            Sources(folders, wave, lambda row: tables.add(ACTIVITY, row)),
            tables,
            salt,
        )
        tale.tell()
    written = (file.relative_to(root).as_posix() for file in tale.sources.files())
    files = [*earlier, *written]
    manifest = tale.manifest(root, files)
    write_manifest(root, manifest)
    return manifest


@dataclass
class _Known:
    """What is known of one customer while their journeys are told."""

    customer: int = 0
    versions: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    carts: list[Row] = field(default_factory=list)


class _Tale:
    """One telling of the shop's story up to a wave, and the books kept on it."""

    def __init__(
        self,
        orders: int,
        seed: int,
        wave: int,
        clock: dt.datetime,
        sources: Sources,
        tables: Tables,
        salt: str,
    ) -> None:
        self.orders, self.seed, self.wave, self.clock = orders, seed, wave, clock
        self.sources, self.tables, self.post = sources, tables, Post()
        self.tally, self.past = Tally(), Tally()
        self.arrived: Counter[str] = Counter()
        self.conversion = Conversion()
        self.salt, self.known = salt, _Known()

    def tell(self) -> None:
        """Send every delivery, and settle each visitor's rows as soon as all of them are known."""
        for number, parts in groupby(
            journeys(self.orders, self.seed, self.wave), key=lambda part: part.number
        ):
            self.sources.settle(self._begin(number))
            if customer_of(number) != self.known.customer:
                self._settle_customer()
                self.known = _Known(customer_of(number))
            self._settle(*self._offers(number, parts))
        self._settle_customer()
        self.tables.extend(CONVERSION, self.conversion.offer(self.tally))
        self.sources.close()

    def manifest(self, root: Path, files: list[str]) -> Manifest:
        """What this telling has shown."""
        counts, content = self.tally.nested(), self.tables.summary()
        dirt: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (wave, port, kind), count in sorted(self.post.dirt.items()):
            if wave == self.wave:
                dirt[port][kind] = count
        return Manifest(
            orders=self.orders,
            seed=self.seed,
            wave=self.wave,
            clock=self.clock.isoformat(),
            records=dict(sorted(self.arrived.items())),
            dirt=dict(dirt),
            files=files,
            bytes=sum((root / file).stat().st_size for file in files),
            products={name: {**counts.get(name, {}), "tables": content[name]} for name in TABLES},
        )

    def _tally_of(self, wave: int) -> Tally:
        """The books of this wave, or those of the past, which nobody reads."""
        return self.tally if wave == self.wave else self.past

    def _begin(self, number: int) -> dt.datetime:
        """A moment before which no event of this journey or a later one arrives."""
        if number < self.orders:
            return Span(OPENING, LAST_BEGIN).at(number / self.orders)
        return LAST_BEGIN

    def _offers(self, number: int, parts: Iterable[Journey]) -> tuple[list[Offer], list[Row]]:
        """The rows that a visitor's records offer to orders and to carts, of all waves so far."""
        orders: list[Offer] = []
        carts: list[Row | None] = []
        for sent in self._deliveries(parts):
            tally = self._tally_of(sent.wave)
            event = None
            match sent.port:
                case "order_events" | "order_exports":
                    order = offer_order(sent.port, sent.body, tally)
                    orders += [Offer(sent.wave, sent.port, order)] if order else []
                case "cart_exports":
                    carts.append(offer_export(sent.body, tally))
                case _:
                    event = offer_event(sent.body, tally)
                    carts.append(offer_change(event, tally) if event else None)
            self.sources.send(sent, number, event)
        return orders, [row for row in carts if row]

    def _deliveries(self, parts: Iterable[Journey]) -> Iterator[Delivery]:
        for part in parts:
            for sent in self.post.carry(part):
                if sent.wave <= self.wave:
                    self.arrived[sent.port] += sent.wave == self.wave
                    yield sent

    def _settle(self, orders: list[Offer], carts: list[Row]) -> None:
        """Enter a visitor's final rows into every table that they take part in."""
        order = winner([offer.row for offer in orders], "updated_at")
        changes = list(changes_of(orders, self.wave))
        of_cart: defaultdict[str, list[Row]] = defaultdict(list)
        for row in carts:
            of_cart[row["cart_id"]].append(row)
        final = [last for name in sorted(of_cart) if (last := winner(of_cart[name], "updated_at"))]
        found = [order] if order else []
        self.tables.extend(PRODUCT, found)
        self.tables.extend(LINES, offer_lines(changes, self._tally_of))
        self.tables.extend(CARTS, final)
        self.tables.extend(ABANDONED, offer_abandoned(final, found, self.clock, self.tally))
        self.conversion.add(final, found, self.tally)
        self.known.orders += found
        self.known.carts += final
        for change in changes:
            version = offer_version(change, self.salt, self._tally_of(change.wave))
            self.known.versions += [version] if version else []

    def _settle_customer(self) -> None:
        """Enter what is known of a customer, whose journeys have all been told."""
        versions = list(history(self.known.versions))
        self.tables.extend(CUSTOMERS, versions)
        rows = offer_features(versions, self.known.orders, self.known.carts, self.clock, self.tally)
        self.tables.extend(FEATURES, rows)


def _earlier(root: Path, orders: int, seed: int, wave: int) -> list[str]:
    """The files of the waves before this one; a first wave removes what an earlier generation wrote."""
    last = read_manifest(root)
    if wave == 1:
        for file in last.files if last else ():
            (root / file).unlink(missing_ok=True)
        return []
    if last is None or (last.orders, last.seed, last.wave) != (orders, seed, wave - 1):
        raise CallError(
            f"wave {wave} of {orders} orders with seed {seed} continues wave {wave - 1} of the same:"
            " generate that first."
        )
    return last.files
