"""The properties of an event as JSON text: what its sender set, which a Kafka client calls headers.

A Kafka sender's values are bytes, mostly text. An AMQP or HTTPS sender's arrive in AMQP's own encoding, told
by its first byte; where that could begin a text as well, only a property named AMQPheaders says which it is.
Source: Microsoft's "Exchange events between consumers and producers that use different protocols: AMQP,
Kafka, and HTTPS"; the encodings are those of AMQP 1.0, part 1.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column

_MARKER = "AMQPheaders"
# In what follows @ stands for the bytes of a value.
_REST = "substring(@, 2)"


def _number(size: int) -> str:
    """SQL: the signed number of some bytes behind the first, as text."""
    digits = f"hex({_REST})"
    if size == 8:  # noqa: PLR2004  (conv reads 64 bits as a signed number where its base is negative)
        return f"conv({digits}, 16, -10)"
    whole, half = 1 << (8 * size), 1 << (8 * size - 1)
    unsigned = f"CAST(conv({digits}, 16, 10) AS BIGINT)"
    return f"CAST((({unsigned} + {half}) % {whole}) - {half} AS STRING)"


def _fixed(code: str, size: int, value: str) -> str:
    """SQL: the case of an encoding with a fixed number of bytes behind its first."""
    return f"WHEN substring(@, 1, 1) = X'{code}' AND length(@) = {size + 1} THEN {value}"


def _text(code: str, size: int) -> str:
    """SQL: the case of a text whose length stands in some bytes before it."""
    said = f"CAST(conv(hex(substring(@, 2, {size})), 16, 10) AS BIGINT)"
    body = f"substring(@, {size + 2})"
    return (
        f"WHEN substring(@, 1, 1) = X'{code}' AND length(@) > {size} AND length(@) = {size + 1} + {said}"
        f" AND is_valid_utf8(CAST({body} AS STRING)) THEN CAST({body} AS STRING)"
    )


# First bytes that begin no text in UTF-8.
_ALWAYS = (
    _text("A1", 1),
    _text("B1", 4),
    _fixed("81", 8, _number(8)),
    _fixed("83", 8, _number(8)),
)
_MARKED = (
    _fixed("40", 0, "NULL"),
    _fixed("41", 0, "'true'"),
    _fixed("42", 0, "'false'"),
    _fixed("56", 1, f"IF({_REST} = X'01', 'true', 'false')"),
    _fixed("54", 1, _number(1)),
    _fixed("55", 1, _number(1)),
    _fixed("71", 4, _number(4)),
)
_ELSE = ("WHEN is_valid_utf8(CAST(@ AS STRING)) THEN CAST(@ AS STRING)", "ELSE concat('0x', hex(@))")


def _value(*cases: str) -> str:
    return f"CASE {' '.join(cases)} END".replace("@", "h.value")


def properties_json(headers: str = "headers") -> Column:
    """The JSON text of an event's properties, by name, NULL where it has none; of a name said twice the last.

    Bytes that are no text stand as 0x and their hexadecimal digits.
    """
    last = f"NOT exists(slice({headers}, i + 2, size({headers})), other -> other.key = h.key)"
    kept = f"filter({headers}, (h, i) -> {last})"

    def told(*cases: str) -> str:
        return f"to_json(map_from_entries(transform({kept}, h -> struct(h.key, {_value(*cases)}))))"

    marked = f"exists({headers}, h -> h.key = '{_MARKER}')"
    said = f"IF({marked}, {told(*_ALWAYS, *_MARKED, *_ELSE)}, {told(*_ALWAYS, *_ELSE)})"
    return F.expr(f"CASE WHEN size({headers}) > 0 THEN {said} END")
