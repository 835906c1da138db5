"""Values of a spec as literals of the column that they are compared with."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Protocol

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    FractionalType,
    IntegralType,
    NumericType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from lakemesh.errors import RunError

if TYPE_CHECKING:
    from lakemesh.check.columns import Found

_MOST_DIGITS = 38
_LONG = 2**63


class _Unfit(ValueError):
    """A value that cannot be of the column's type; the text says what would be."""


class Bounds(Protocol):
    """What every expectation has that says between."""

    @property
    def min_value(self) -> Any:
        """The least value, or None."""

    @property
    def max_value(self) -> Any:
        """The greatest value, or None."""

    @property
    def strict_min(self) -> bool:
        """Whether the least value itself is out of bounds."""

    @property
    def strict_max(self) -> bool:
        """Whether the greatest value itself is out of bounds."""


def within(found: Found, bounds: Bounds, label: str) -> Column:
    """Whether a value lies between the bounds of a rule, each compared by the value's own type."""
    parts = []
    if bounds.min_value is not None:
        least = literal(bounds.min_value, found, label)
        parts.append(found.column > least if bounds.strict_min else found.column >= least)
    if bounds.max_value is not None:
        most = literal(bounds.max_value, found, label)
        parts.append(found.column < most if bounds.strict_max else found.column <= most)
    return parts[0] if len(parts) == 1 else parts[0] & parts[1]


def literal(value: Any, found: Found, label: str) -> Column:
    """The value as a literal that compares with the column by the column's own type.

    Raises RunError, naming rule, column and value, where it cannot be of that type.
    """
    try:
        return _literal(value, found.kind)
    except _Unfit as unfit:
        raise RunError(
            f"rule '{label}' compares column '{found.path}' ({found.kind.simpleString()}) with {value!r}:"
            f" {unfit}."
        ) from None


def _literal(value: Any, kind: DataType) -> Column:
    if value is None:
        return F.lit(None).cast(kind)
    match kind:
        case StringType():
            return F.lit(_text(value))
        case BooleanType():
            return F.lit(_boolean(value))
        case NumericType():
            return _number(value, kind)
        case DateType():
            return F.lit(_date(value).isoformat()).cast(kind)
        case TimestampType() | TimestampNTZType():
            return F.lit(_moment(value, kind)).cast(kind)
        case _:
            raise _Unfit("values of this type cannot be compared")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit("it is no text; put it in quotes if it is meant as one")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit("it is neither true nor false")
    return value


def _number(value: Any, kind: DataType) -> Column:
    """The number, exact beside integers and decimals, a double beside floats and doubles."""
    exact = _decimal(value)
    if not exact.is_finite() or (isinstance(kind, FractionalType) and not isinstance(kind, DecimalType)):
        return F.lit(float(value))
    if exact == exact.to_integral_value() and -_LONG <= exact < _LONG and isinstance(kind, IntegralType):
        return F.lit(int(exact)).cast("bigint")
    return _exactly(exact)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise _Unfit("it is no number")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise _Unfit("it is no number") from None


def _exactly(value: Decimal) -> Column:
    """The decimal with just the digits that it has; a double where Spark's decimals hold fewer."""
    _, digits, exponent = value.as_tuple()
    scale = max(0, -int(exponent))
    precision = max(len(digits) + max(0, int(exponent)), scale, 1)
    if precision > _MOST_DIGITS:
        return F.lit(float(value))
    # As text and cast, because Spark Connect's decimal literals lose their scale.
    return F.lit(f"{value:f}").cast(DecimalType(precision, scale))


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Unfit("it is no date; write it as 2026-01-31") from None


def _moment(value: Any, kind: DataType) -> str:
    """The moment as Spark's cast reads it; without a zone it is meant in the session's."""
    moment = _datetime(value)
    if moment.tzinfo is not None and isinstance(kind, TimestampNTZType):
        raise _Unfit("the column knows no time zone, so write it without one")
    return moment.isoformat(sep=" ")


def _datetime(value: Any) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    try:
        return dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Unfit("it is no timestamp; write it as 2026-01-31T12:00:00Z") from None


def whole_number(value: Any, label: str) -> int | None:
    """The bound of a length as an integer, or None where there is no bound.

    Raises RunError where it is no whole number.
    """
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not number.is_integer():
        raise RunError(f"rule '{label}': a length is a whole number, and {value!r} is none.")
    return int(number)
