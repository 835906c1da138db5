"""The wrapper in which JSON is parsed: `{"w":{"r":[` and `],"<seal>":[]}}`, the seal being the run's own.

What stands before or after a value, a second value or a torn bracket shows in the one parse that is done
anyway. A text that closes the brackets itself leaves a third key beside the two, or none of the seal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column

    from lakemesh.spec.types import DataType

STRICT = {
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": "_corrupt",
    "allowSingleQuotes": "false",
    "allowNonNumericNumbers": "false",
}
# What JSON takes for blank; Spark's own trims know the space alone.
_BLANKS = " \t\r\n"


def starts_array(text: Column) -> Column:
    """Whether the first sign of a text that is not blank opens an array."""
    return F.ltrim(text, F.lit(_BLANKS)).startswith("[")


def is_blank(text: Column) -> Column:
    """Whether there is nothing in a text but what JSON takes for blank."""
    return F.trim(text, F.lit(_BLANKS)) == ""


@dataclass(frozen=True)
class Seal:
    """The wrapper of a run's records, and what a text in it turned out to be."""

    name: str

    def parsed(self, text: Column, kind: DataType, options: dict[str, str]) -> Column:
        """The wrapped text, its values read as one type: w (a map of arrays) and _corrupt."""
        return self._read(F.concat(F.lit("["), text, F.lit("]")), kind, options)

    def document(self, text: Column, kind: DataType, options: dict[str, str]) -> Column:
        """The same of a document, whose values are the elements where it is an array, else itself."""
        values = F.when(starts_array(text), text).otherwise(F.concat(F.lit("["), text, F.lit("]")))
        return self._read(values, kind, options)

    def _read(self, values: Column, kind: DataType, options: dict[str, str]) -> Column:
        wrapped = F.concat(F.lit('{"w":{"r":'), values, F.lit(f',"{self.name}":[]}}}}'))
        return F.from_json(wrapped, f"w map<string,array<{kind.ddl}>>, _corrupt string", options)

    def rewrapped(self, record: Column, kind: DataType, corrupt: Column) -> Column:
        """A record that was parsed with others, as if it had been parsed alone."""
        nothing = F.array().cast(f"array<{kind.ddl}>")
        keys, values = F.array(F.lit("r"), F.lit(self.name)), F.array(F.array(record), nothing)
        return F.struct(F.map_from_arrays(keys, values).alias("w"), corrupt.alias("_corrupt"))

    def values(self, parsed: Column) -> Column:
        """The values of a wrapped text; NULL where something else stood beside them."""
        found = parsed.getField("w")
        sealed = (F.size(found) == 2) & found.getItem(self.name).isNotNull()  # noqa: PLR2004
        return F.when(sealed, found.getItem("r"))

    def record(self, parsed: Column) -> Column:
        """The first value of a wrapped text."""
        return F.get(parsed.getField("w").getItem("r"), F.lit(0))

    def holds_one(self, parsed: Column) -> Column:
        """Whether the text between the wrapper's brackets was exactly one value."""
        return F.coalesce(F.size(self.values(parsed)) == 1, F.lit(False))

    def is_one(self, parsed: Column) -> Column:
        """Whether it was one value of the type, not null, with nothing amiss."""
        return parsed.getField("_corrupt").isNull() & self.record(parsed).isNotNull() & self.holds_one(parsed)
