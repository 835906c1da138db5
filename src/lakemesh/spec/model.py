"""What every part of the language is: a frozen, closed value in camelCase."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """A part of a spec: frozen, with no keys beside its own."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        strict=True,
    )


M = TypeVar("M", bound=BaseModel)


def validate_value(model: type[M], value: Any) -> M:
    """A value from YAML as a model, by the keys of the language alone; Python's names are none of them."""
    return model.model_validate(value, by_alias=True, by_name=False)


def _listed(value: Any) -> Any:
    """A lone word as a list of one; a YAML list as the tuple that a frozen value keeps."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One word or a list of words."""


Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], BeforeValidator(_tupled)]
"""A list in YAML, a tuple in the value: `Many[Column]`."""
