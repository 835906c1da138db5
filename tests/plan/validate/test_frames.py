from __future__ import annotations

from lakemesh.plan.validate.frames import SOURCE, UNKNOWN, Frame, frame_of, put, without_field
from lakemesh.spec.columns import Column
from lakemesh.spec.types import STRING, Array, Primitive, Struct, parse_type

INT = Primitive("int")
FRAME = Frame((("Id", STRING), ("c", Struct((("mail", STRING), ("age", INT)))), ("_source", SOURCE)))


def test_columns_are_found_whatever_their_case() -> None:
    assert FRAME.has("iD")
    assert FRAME.type_of("ID") == STRING
    assert FRAME.type_of("nothing") is None
    assert not FRAME.may_have("nothing")
    assert UNKNOWN.may_have("anything")


def test_metadata_is_set_apart() -> None:
    assert FRAME.names == ("Id", "c")
    assert [name for name, _ in FRAME.metadata] == ["_source"]
    assert [name for name, _ in FRAME.data] == ["Id", "c"]


def test_a_column_is_replaced_where_it_stands() -> None:
    assert FRAME.put("ID", INT).fields[0] == ("ID", INT)
    assert FRAME.put("new", None).fields[-1] == ("new", None)


def test_a_field_is_replaced_added_or_left_out() -> None:
    assert put(FRAME, "c.mail", INT).type_of("c") == parse_type("struct<mail int, age int>")
    assert put(FRAME, "c.new", INT).type_of("c") == parse_type("struct<mail string, age int, new int>")
    assert without_field(FRAME, "c.mail").type_of("c") == parse_type("struct<age int>")
    lines = Frame((("lines", parse_type("array<struct<sku string>>")),))
    assert put(lines, "lines.sku", INT).type_of("lines") == Array(Struct((("sku", INT),)))
    assert put(FRAME, "nothing.here", INT) == FRAME


def test_the_frame_of_a_port() -> None:
    columns = [Column(name="a", physical_type="int"), Column(name="_source", physical_type="string")]
    assert frame_of(columns, [("_source", SOURCE), ("_rescued_data", STRING)]).fields == (
        ("a", INT),
        ("_source", STRING),
        ("_rescued_data", STRING),
    )
    assert len(frame_of([*columns, columns[0]]).fields) == 2
