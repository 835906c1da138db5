"""Transformation steps: each names a view that later steps and outputs read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from lakemesh.spec.model import Model, Words

Name = Annotated[str, Field(min_length=1)]
GIFTS = ("clock", "spark", "secrets")
"""The arguments of a Python step that are given beside its frames, by their names."""
# Each step's module says what it does to rows; the words are those of Spark SQL where it has one.


class SecretRef(Model):
    """A secret by its scope and key; never its value."""

    secret: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    """`scope/key`; locally the environment variable that `lakemesh doctor` names."""


def _by_reference(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError("a secret is said by reference, never by value: {secret: scope/key}")
    return value


Secret = Annotated[SecretRef, BeforeValidator(_by_reference)]


def _null(value: Any) -> Any:
    """The word null, which YAML takes for no value."""
    return "null" if value is None else value


class _Step(Model):
    description: str = ""
    """What the step is for."""


class _From(_Step):
    """A step that reads one view."""

    from_: Annotated[Name, Field(alias="from")]
    """The input port or step that it reads."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The views that it reads, as far as its keys name them."""
        return (self.from_,)


class Sql(_Step):
    """A query in Databricks SQL: the text itself, or the path of a .sql file in the product's folder."""

    sql: Name
    """One SELECT, or the path of a `.sql` file in the product's folder. It reads input ports and steps by
    their names.
    """

    @property
    def path(self) -> str | None:
        """The file that holds the query; None where the text is the query."""
        one_word = len(self.sql.split()) == 1
        return self.sql if one_word and self.sql.endswith(".sql") else None


class Python(_Step):
    """A function from frames to a frame: `file.py:function`, or the text of a `def` named like the step."""

    python: Name
    """`transforms/file.py:function` in the product's folder, or the text of a `def` that is named like the
    step.
    """
    from_: Annotated[Words, Field(alias="from", min_length=1)]
    """The input ports and steps whose frames it is given, in the order of its arguments. Arguments named
    `clock`, `spark` and `secrets` are given besides.
    """

    @property
    def reads(self) -> tuple[str, ...]:
        """The views that it takes, in the order of its arguments."""
        return self.from_

    @property
    def path(self) -> tuple[str, str] | None:
        """The file and the function; None where the text is the code."""
        file, colon, function = self.python.partition(":")
        return (file, function) if colon and file.endswith(".py") and function.isidentifier() else None


class Select(_From):
    """Keep these columns, in this order; each a column, a nested field or `expression as name`."""

    kind: Literal["select"]
    columns: Annotated[Words, Field(min_length=1)]
    """Each a column, a nested field such as `customer.email`, or `expression as name`."""


class Rename(_From):
    """Give columns other names: `{old: new}`."""

    kind: Literal["rename"]
    columns: Annotated[dict[str, Name], Field(min_length=1)]
    """Old names and the new ones."""


class Cast(_From):
    """Turn columns into other types; what cannot be turned becomes NULL and is said by a built-in rule."""

    kind: Literal["cast"]
    columns: Annotated[dict[str, Name], Field(min_length=1)]
    """Columns and their new types, as Spark DDL."""
    on_error: Annotated[Literal["reject", "null", "fail"], BeforeValidator(_null)] = "reject"
    """What becomes of a row with a value that cannot be turned: quarantined at the outputs (`reject`),
    left with NULL (`null`), or the run fails (`fail`).
    """


class Derive(_From):
    """Add or replace columns by SQL expressions, in order; a later one may read an earlier one."""

    kind: Literal["derive"]
    columns: Annotated[dict[str, Name], Field(min_length=1)]
    """Names and SQL expressions, in order."""


class Drop(_From):
    """Leave columns out."""

    kind: Literal["drop"]
    columns: Annotated[Words, Field(min_length=1)]
    """The columns to leave out."""


class Filter(_From):
    """Keep the rows for which a SQL condition is true; a NULL is not true."""

    kind: Literal["filter"]
    where: Name
    """A SQL condition."""


class Flatten(_From):
    """Turn the fields of structs into columns: customer.email becomes customer_email."""

    kind: Literal["flatten"]
    columns: Words = ()
    """The structs to flatten. Default: all."""
    separator: str = "_"
    """What stands between the names."""


class Explode(_From):
    """One row for each element of an array; the element takes the array's place or the name given by `as`."""

    kind: Literal["explode"]
    column: Name
    """The array."""
    as_: Annotated[str | None, Field(alias="as")] = None
    """The name of the element's column. Default: the array's own."""
    position: str | None = None
    """A column for the element's place, from 0."""
    keep_empty: bool = False
    """Whether a row whose array is empty or NULL stays, with NULL."""


class Deduplicate(_From):
    """Keep the first row of each key, in an order: `updated_at desc`.

    Where it leads to a merge by the same keys, with the same order as its sequenceBy, and the steps between
    leave these columns what they are, all rows of a batch pass: the merge keeps the one with the highest
    sequence of those that break no rule, however records are cut into batches.
    """

    kind: Literal["deduplicate"]
    keys: Annotated[Words, Field(min_length=1)]
    """Rows that agree in these are the same."""
    order_by: Words = ()
    """Which of them is first, such as `updated_at desc`. Without it, any one is kept: the same one each
    time.
    """


class Join(_Step):
    """Two views side by side: `on` names columns of both, `condition` is SQL over `left` and `right`."""

    kind: Literal["join"]
    from_: Annotated[Words, Field(alias="from", min_length=2, max_length=2)]
    """The left view and the right one."""
    on: Words = ()
    """Columns that both have and that must be equal; they come out once."""
    condition: str | None = None
    """A SQL condition over `left` and `right`."""
    how: Literal["inner", "left", "right", "full", "semi", "anti", "cross"] = "inner"
    """Which rows stay."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The left view and the right one."""
        return self.from_

    @model_validator(mode="after")
    def _has_a_condition(self) -> Join:
        if self.how == "cross":
            if self.on or self.condition:
                raise ValueError("a cross join takes neither on nor condition")
        elif bool(self.on) == bool(self.condition):
            raise ValueError(
                "a join takes one of: on (names of columns), condition (SQL over left and right)"
            )
        return self


class Union(_Step):
    """The rows of several views, columns matched by name; with allowMissing an absent column is NULL."""

    kind: Literal["union"]
    from_: Annotated[Words, Field(alias="from", min_length=2)]
    """The views, two or more."""
    allow_missing: bool = False
    """Whether a column that a view lacks is NULL there, instead of a finding."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The views, in order."""
        return self.from_


class Aggregate(_From):
    """One row for each group, with columns by SQL aggregate expressions."""

    kind: Literal["aggregate"]
    by: Words = ()
    """The columns that make a group. Default: one group of all rows."""
    columns: Annotated[dict[str, Name], Field(min_length=1)]
    """Names and SQL aggregate expressions, such as `sum(amount)`."""


class Pseudonymise(_From):
    """Replace values by HMAC-SHA-256 under a secret salt (RFC 2104), as 64 hexadecimal digits; NULL stays."""

    kind: Literal["pseudonymise"]
    columns: Annotated[Words, Field(min_length=1)]
    """The columns to replace; nested ones by their path."""
    salt: Secret
    """The secret under which values are replaced: equal values stay equal, and nobody without it can try
    values out.
    """


class Window(_From):
    """Add columns computed over each row's partition, in an order."""

    kind: Literal["window"]
    partition_by: Annotated[Words, Field(min_length=1)]
    """The columns that make a partition."""
    order_by: Words = ()
    """The order in it."""
    columns: Annotated[dict[str, Name], Field(min_length=1)]
    """Names and SQL window functions without their OVER, such as `row_number()`."""


KindStep = Annotated[
    Select
    | Rename
    | Cast
    | Derive
    | Drop
    | Filter
    | Flatten
    | Explode
    | Deduplicate
    | Join
    | Union
    | Aggregate
    | Pseudonymise
    | Window,
    Field(discriminator="kind"),
]


def _family(value: Any) -> str:
    if isinstance(value, Sql) or (isinstance(value, dict) and "sql" in value):
        return "step-sql"
    if isinstance(value, Python) or (isinstance(value, dict) and "python" in value):
        return "step-python"
    return "step-kind"


Step = Annotated[
    Annotated[Sql, Tag("step-sql")]
    | Annotated[Python, Tag("step-python")]
    | Annotated[KindStep, Tag("step-kind")],
    Discriminator(_family),
]
AnyStep = (
    Sql | Python | Select | Rename | Cast | Derive | Drop | Filter | Flatten | Explode | Deduplicate | Join
    | Union | Aggregate | Pseudonymise | Window
)  # fmt: skip
"""Any step, for annotations: the union without its way of being told apart."""
