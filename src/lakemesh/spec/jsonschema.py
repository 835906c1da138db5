"""JSON Schema of the language (draft 2020-12), so that an editor completes and checks specs.

Pydantic generates it from the models, in the form that values have once they are read. What follows brings it
back to the form in which specs are said: a word where a list may stand, a rule under its expectation's name,
columns as a short map. What an editor cannot say (references, SQL, flows) is for `lakemesh validate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from pydantic.json_schema import GenerateJsonSchema

from lakemesh.spec.cases import Cases
from lakemesh.spec.environment import EnvironmentSpec
from lakemesh.spec.meanings import meanings
from lakemesh.spec.mesh import MeshSpec
from lakemesh.spec.product import DataProduct

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core.core_schema import ModelSchema

Kind = Literal["product", "mesh", "environment", "tests"]
Schema = dict[str, Any]
_MODELS: dict[str, type[BaseModel]] = {
    "product": DataProduct,
    "mesh": MeshSpec,
    "environment": EnvironmentSpec,
    "tests": Cases,
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COLUMNS = {"type": "array", "items": {"$ref": "#/$defs/Column"}}
_SHORT: Schema = {
    "description": "A short map of column name to Spark type.",
    "type": "object",
    "additionalProperties": {"type": "string"},
    "not": {"required": ["ref"]},
}
_IN_COLUMN = "InColumn"


class _Told(GenerateJsonSchema):
    """Pydantic's JSON Schema with the meaning of each key beside it."""

    def model_schema(self, schema: ModelSchema) -> Schema:
        said = super().model_schema(schema)
        model = schema["cls"]
        for name, meaning in meanings(model).items():
            key = model.model_fields[name].alias or name
            said["properties"][key] = {**said["properties"][key], "description": meaning}
        return said


def json_schema(kind: Kind = "product") -> Schema:
    """The JSON Schema of one kind of file."""
    model = _MODELS[kind]
    said = model.model_json_schema(by_alias=True, mode="validation", schema_generator=_Told)
    schema = _spoken(said)
    _describe_kinds(schema.get("$defs", {}))
    definitions = schema.get("$defs", {})
    if "Rule" in definitions:
        _write_rules(definitions)
    if "Cast" in definitions:
        # YAML takes an unquoted null for no value, and so does the model.
        definitions["Cast"]["properties"]["onError"]["enum"].append(None)
        definitions["Cast"]["properties"]["onError"].pop("type", None)
    if kind == "product":
        _allow_empty_blocks(schema)
    return {"$schema": _DIALECT, "title": f"lakemesh {kind}", **schema}


def _spoken(node: Any) -> Any:
    """The schema in the form in which specs are written, all the way down."""
    if isinstance(node, list):
        return [_spoken(item) for item in node]
    if not isinstance(node, dict):
        return node
    said = {key: _spoken_key(key, value) for key, value in node.items()}
    if isinstance(said.get("title"), str):
        del said["title"]
    said.pop("discriminator", None)
    if "oneOf" in said:  # the forms exclude each other, and anyOf gives better messages
        said["anyOf"] = _flat(said.pop("oneOf"))
    for change in (_sized, _word_or_list, _columns_or_map):
        said = change(said)
    return said


def _spoken_key(key: str, value: Any) -> Any:
    if key in ("properties", "$defs", "patternProperties") and isinstance(value, dict):
        return {name: _spoken(below) for name, below in value.items()}
    return value if key in ("default", "enum", "const", "required") else _spoken(value)


def _flat(forms: list[Schema]) -> list[Schema]:
    """The forms of a union, those of unions inside it among them."""
    flat: list[Schema] = []
    for form in forms:
        flat.extend(form["anyOf"] if set(form) == {"anyOf"} else [form])
    return flat


def _sized(said: Schema) -> Schema:
    """Bounds by JSON Schema's words: behind a validator pydantic takes lists for text, and says ge."""
    words = {
        "array": {"minLength": "minItems", "maxLength": "maxItems"},
        "object": {"minLength": "minProperties"},
    }
    kind = said.get("type")
    own = {"ge": "minimum", "le": "maximum"} | (words.get(kind, {}) if isinstance(kind, str) else {})
    return {own.get(key, key): value for key, value in said.items()}


def _word_or_list(said: Schema) -> Schema:
    """A list of words may be said as one word."""
    if said.get("type") != "array" or said.get("items") != {"type": "string"}:
        return said
    around = {key: value for key, value in said.items() if key in ("default", "description")}
    listed = {key: value for key, value in said.items() if key not in around}
    alone = [{"type": "string", "minLength": 1}] if said.get("minItems", 0) <= 1 else []
    return {**around, "anyOf": [*alone, listed]}


def _columns_or_map(said: Schema) -> Schema:
    """Columns may be said as a short map of names to types."""
    return {"anyOf": [_COLUMNS, _SHORT]} if said == _COLUMNS else said


def _describe_kinds(definitions: dict[str, Schema]) -> None:
    """Say beside each kind what it is, where an editor completes the word."""
    for definition in definitions.values():
        for key in ("kind", "write"):
            word = definition.get("properties", {}).get(key, {})
            if "const" in word and "description" in definition:
                word["description"] = definition["description"]


def _write_rules(definitions: dict[str, Schema]) -> None:
    """Put rules into their written form: the expectation's name as the key, its arguments below."""
    rule = definitions["Rule"]
    rest = {key: value for key, value in rule["properties"].items() if key != "expectation"}
    names = {
        _name_of(definition): name for name, definition in definitions.items() if _is_expectation(definition)
    }
    for name in names.values():
        definition = definitions[name]
        del definition["properties"]["kind"]
        definition["required"] = [key for key in definition.get("required", ()) if key != "kind"]
        definitions[name + _IN_COLUMN] = _in_column(definition)
    definitions["Rule"] = _rule(rule, rest, names, lambda name: {"$ref": f"#/$defs/{name}"})
    definitions["Rule" + _IN_COLUMN] = _rule(
        rule, rest, names, lambda name: {"anyOf": [{"$ref": f"#/$defs/{name}{_IN_COLUMN}"}, {"type": "null"}]}
    )
    definitions["Column"]["properties"]["quality"]["items"] = {"$ref": f"#/$defs/Rule{_IN_COLUMN}"}


def _rule(rule: Schema, rest: Schema, names: dict[str, str], refer: Callable[[str], Schema]) -> Schema:
    return {
        "description": rule["description"],
        "type": "object",
        "properties": {**{kind: refer(name) for kind, name in names.items()}, **rest},
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in names],
    }


def _is_expectation(definition: Schema) -> bool:
    return _name_of(definition).startswith("expect_")


def _name_of(definition: Schema) -> str:
    return str(definition.get("properties", {}).get("kind", {}).get("const", ""))


def _in_column(definition: Schema) -> Schema:
    """The same arguments under a column, which needs no second naming."""
    return {**definition, "required": [key for key in definition["required"] if key != "column"]}


def _allow_empty_blocks(schema: Schema) -> None:
    """A block that is opened and left empty is as good as absent."""
    for name, said in schema["properties"].items():
        if name not in schema["required"]:
            told = {key: said.pop(key) for key in ("description", "default") if key in said}
            schema["properties"][name] = {**told, "anyOf": [said, {"type": "null"}]}
