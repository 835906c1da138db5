"""Names of products, ports and tables: parsed, compared and quoted here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lakemesh.errors import CallError

# Unity Catalog takes no dot, space or slash in an object's name and 255 characters at most; the narrower
# pattern here is what also works unquoted in SQL, as a folder and as a bundle's key.
USABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
METADATA = ("_source", "_rescued_data", "_cast_errors")
# What a change feed says of a row; columns that travel along as metadata does.
CHANGE_TYPE, COMMIT_VERSION = CHANGES = ("_change_type", "_commit_version")
TRAVELLING = (*METADATA, *CHANGES)
# Delta lets no table with a change feed have a column of that very name.
UPSTREAM_VERSION = "_upstream_version"
# Whole microseconds, in one zone: to_json alone leaves out what is behind the milliseconds, and of rows that
# differ there the first to arrive would stay.
EXACT_JSON = {
    "ignoreNullFields": "false",
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
}
# Columns that lakemesh adds while it works, by their exact names: a record may bring others, such as __v.
OWN = frozenset(
    f"__{word}"
    for word in (
        "alive asked best blurred both conflict delete exact extra first followed fresh held kept lost"
        " marked misfit misfits new out rank reason record row said seen text texts there tied torn typed"
        " unknown value"
    ).split()
)
_NUMBERED = re.compile(r"__(?:failed|by)_\d+")
# The table property by which a table tells row by row what changed.
FEED = "delta.enableChangeDataFeed"
# What is told of a row in the table beside its output.
ASIDE = ("_failed_rules", "_failed_values", "_source", "_run", "_flow", "_batch", "_at")
COMPANIONS = ("__quarantine", "__rejected", "__tombstones")
# Words that SQL readers take for themselves as a catalog or schema, and folders of the lakehouse.
RESERVED = frozenset(
    "all and as between by case cast create cross current_date current_timestamp default delete desc describe"
    " distinct drop else end except exists false from full global group having hive_metastore in"
    " information_schema"
    " inner insert intersect into is join lateral left like main memory minus natural not null on or order"
    " outer pg_catalog right samples select set some system table temp then to true union unique update"
    " user using values when where window with".split()
)

# The backslash first, so that no escape is escaped again.
_ESCAPES = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("${", "\\u0024{"))


@dataclass(frozen=True, order=True)
class ProductName:
    """A product's full name: its domain and its own name."""

    domain: str
    name: str

    def __str__(self) -> str:
        """The name as specs write it: domain.name."""
        return f"{self.domain}.{self.name}"


@dataclass(frozen=True, order=True)
class TableName:
    """The name under which SQL sees a table: domain.product.port."""

    domain: str
    product: str
    port: str

    def __str__(self) -> str:
        """The three parts with dots between."""
        return f"{self.domain}.{self.product}.{self.port}"


def parse_product(text: str) -> ProductName:
    """The product name in a text such as checkout.orders.

    Raises CallError where the text is no such name.
    """
    parts = text.split(".")
    if len(parts) != 2 or not all(parts):  # noqa: PLR2004
        raise CallError(f"'{text}' is no product name: write domain.product, such as checkout.orders.")
    return ProductName(*parts)


def why_unusable(name: str) -> str | None:
    """What keeps a name from being a catalog, schema, table and folder name; None where nothing does."""
    if not USABLE.fullmatch(name):
        return (
            f"'{name}' is not usable as a catalog, schema or table name: use a lower-case letter, then"
            " lower-case letters, digits and underscores, 63 at most."
        )
    if name in RESERVED:
        return f"'{name}' is a reserved word of SQL or of Unity Catalog: choose another name."
    return None


def is_own(column: str) -> bool:
    """Whether a column is one of lakemesh's own: metadata of a record, or what is added while it works."""
    name = column.lower()
    return name in TRAVELLING or name in OWN or _NUMBERED.fullmatch(name) is not None


def quote(identifier: str) -> str:
    """The identifier between backticks, so that Spark takes it for one whatever it holds."""
    return "`" + identifier.replace("`", "``") + "`"


def quote_path(path: str) -> str:
    """A dotted path of identifiers, each quoted: a.b gives `a`.`b`."""
    return ".".join(quote(part) for part in path.split("."))


def quote_text(text: str) -> str:
    """The text as a SQL string literal, for Spark's default (escaping) string syntax.

    `${` is escaped, too: Spark fills ${env:NAME} in before it parses, wherever it stands.
    """
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return f"'{text}'"
