"""SQL of a product as trees, read once: Databricks' dialect, every position an offset into the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lakemesh.errors import nearest
from lakemesh.plan.dialect import paths_in_json, refused, repeated_names
from lakemesh.spec.types import PRIMITIVES

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

# A checkout of a thousand products has a few thousand queries; each tree is some tens of kilobytes.
_KEPT = 8192
# Comments and quoted things as wholes; an opener that is left alone is one that nothing closes.
_WHOLE = re.compile(
    r"--[^\n]*|/\*[\s\S]*?\*/|'(?:\\[\s\S]|[^'\\])*'|\"(?:\\[\s\S]|[^\"\\])*\"|`[^`]*`|/\*|[\s\S]"
)
_OPENERS = ("'", '"', "`", "/*")
_CAST_AS = re.compile(r"\bcast\s*\([^;]*\bas\s*$", re.IGNORECASE)
_TOO_MANY = re.compile(r"The number of provided arguments \((\d+)\)")
_OF_CLASS = re.compile(r"^Required .*<class '[\w.]*?(\w+)'>")
_LAST_WORD = re.compile(r"[A-Za-z_]\w*$")
_LEFT_OUT = re.compile(r"Required keyword: '(?:this|expression)' missing")


@dataclass(frozen=True)
class Parsed:
    """A text as a tree; or, where it is none, what is wrong and at which offset."""

    text: str
    tree: exp.Expression | None = None
    problem: str = ""
    offset: int = 0


@lru_cache(maxsize=_KEPT)
def parse_query(text: str) -> Parsed:
    """The one query that a text holds."""
    parsed = _parse(text, None)
    if parsed.problem or parsed.tree is None:
        return parsed
    from sqlglot import exp

    if not isinstance(parsed.tree, exp.Query):
        word = text[_first(text) :].split(None, 1)[0].upper()
        problem = f"a step is a query: it begins with SELECT or WITH, not with {word}"
        return Parsed(text, None, problem, _first(text))
    return parsed


@lru_cache(maxsize=_KEPT)
def parse_expression(text: str) -> Parsed:
    """The one expression that a text holds, such as a condition or `amount * 2 as double`."""
    return _parse(text, "SELECT ")


@lru_cache(maxsize=_KEPT)
def reorders(text: str) -> bool:
    """Whether a query sorts its rows or takes a part of them; so may, for all we know, what is none."""
    tree = parse_query(text).tree
    if tree is None:
        return True
    from sqlglot import exp

    found = tree.find_all(exp.Order, exp.Limit, exp.Fetch, exp.Offset)
    return any(isinstance(one.parent, exp.Query) for one in found)


@lru_cache(maxsize=_KEPT)
def keeps_rows(text: str) -> bool:
    """Whether a query plainly gives one row for each row of the one view that it reads.

    It says so of a bare SELECT of columns and of functions that sqlglot knows to look at one row.
    """
    tree = parse_query(text).tree
    if tree is None:
        return False
    from sqlglot import exp

    if not isinstance(tree, exp.Select) or not _said(tree) <= {"expressions", "from_"}:
        return False
    table = tree.args["from_"].this if tree.args.get("from_") else None
    named = isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier)
    if not named or not _said(table) <= {"this", "alias"}:
        return False
    folds = (exp.AggFunc, exp.UDTF, exp.Window, exp.Query, exp.Anonymous, exp.Any)
    return not any(item.find(*folds) for item in tree.expressions)


def _said(node: Any) -> set[str]:
    return {key for key, value in node.args.items() if value}


@lru_cache(maxsize=_KEPT)
def tables(text: str) -> tuple[str, ...]:
    """The tables that a query reads and that it does not name itself, in the order of the text.

    A text that is no query reads nothing.
    """
    parsed = parse_query(text)
    if parsed.tree is None:
        return ()
    found = sorted(read_tables(parsed.tree), key=lambda table: start_of(table) or 0)
    names = {dotted_name(table).lower(): dotted_name(table) for table in reversed(found)}
    order = dict.fromkeys(dotted_name(table).lower() for table in found)
    return tuple(names[name] for name in order)


def dotted_name(table: exp.Table) -> str:
    """A table's name as it was written, without quotes."""
    return ".".join(part.name for part in table.parts)


def read_tables(tree: Any) -> Iterator[exp.Table]:
    """The tables of a query that no enclosing WITH defines; function calls in FROM are none."""
    from sqlglot import exp

    waiting: list[tuple[Any, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, hidden = waiting.pop()
        with_ = node.args.get("with_")
        if with_ is not None:
            waiting, hidden = _enter(with_, waiting, hidden)
        if isinstance(node, exp.Column | exp.Literal):  # most of a query, and no table is below them
            continue
        named = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
        if named and (node.args.get("db") or node.name.lower() not in hidden):
            yield node
        waiting.extend((child, hidden) for child in node.iter_expressions() if child is not with_)


def _enter(with_: Any, waiting: list[Any], hidden: frozenset[str]) -> tuple[list[Any], frozenset[str]]:
    """What a WITH has to be looked through, and the names that it hides from what follows."""
    if with_.args.get("recursive"):
        hidden |= {cte.alias_or_name.lower() for cte in with_.expressions}
    for cte in with_.expressions:
        waiting.append((cte.this, hidden))
        hidden |= {cte.alias_or_name.lower()}
    return waiting, hidden


def start_of(node: exp.Expression) -> int | None:
    """The offset at which a node's first name, call or literal stands; None where it holds none."""
    return min((part.meta["start"] for part in node.walk() if "start" in part.meta), default=None)


def names_before_brackets(text: str) -> Iterator[tuple[str, int]]:
    """The words of a text that an opening bracket follows, each with its offset; none inside strings."""
    for token, following in pairwise(_tokens(text)):
        if _type(following) == "L_PAREN":
            yield token.text, token.start


def _first(text: str) -> int:
    """The offset of the first token."""
    tokens = _tokens(text)
    return tokens[0].start if tokens else 0


@lru_cache(maxsize=2)
def _dialect() -> Any:
    from sqlglot.dialects import Databricks

    return Databricks()


def _tokens(text: str) -> list[Token]:
    return called_windows(list(_dialect().tokenize(text)))


def called_windows(tokens: list[Token]) -> list[Token]:
    """The tokens, with window( for the function that Spark has, not for a WINDOW clause."""
    for token, following in pairwise(tokens):
        if _type(token) == "WINDOW" and _type(following) == "L_PAREN":
            token.token_type = type(token.token_type).VAR
    return tokens


def _type(token: Token) -> str:
    return str(token.token_type.name)


def _parse(text: str, before: str | None) -> Parsed:
    """The tree of a text; `before` is put in front of an expression to make it a query."""
    from sqlglot.errors import ParseError, TokenError

    whole, shift = (before or "") + text, len(before or "")
    try:
        tokens = _tokens(whole)
        unmatched = _unmatched(tokens)
        if unmatched is not None:
            what = "is never closed" if _type(unmatched) == "L_PAREN" else "closes nothing"
            return Parsed(text, None, f"this {unmatched.text} {what}", max(unmatched.start - shift, 0))
        torn = _stray_comma(tokens)
        if torn is not None:
            return Parsed(text, None, "nothing stands after this comma", max(torn.start - shift, 0))
        foreign = refused(tokens, whole)
        if foreign is not None:
            return Parsed(text, None, foreign[0], max(foreign[1] - shift, 0))
        trees = _dialect().parser().parse(tokens, whole)
    except TokenError:
        return Parsed(text, None, *_unclosed(whole, shift))
    except ParseError as error:
        return Parsed(text, None, *_misplaced(error, whole, shift))
    except RecursionError:
        return Parsed(text, None, "nested too deep to be read: split it into steps", 0)
    trees = [tree for tree in trees if tree is not None]
    if len(trees) > 1:
        semicolon = next(token.start for token in tokens if _type(token) == "SEMICOLON")
        return Parsed(text, None, "one statement only: remove what follows ';'", max(semicolon - shift, 0))
    if not trees or (before is not None and len(tokens) == 1):
        return Parsed(text, None, "the SQL is empty", 0)
    for node, why in _foreign(tokens, trees[0]):
        return Parsed(text, None, why, max((start_of(node) or 0) - shift, 0))
    return Parsed(text, trees[0]) if before is None else _only_expression(text, trees[0])


def _foreign(tokens: list[Token], tree: Any) -> Iterator[tuple[Any, str]]:
    kinds = {_type(token) for token in tokens}
    if "WITH" in kinds:
        yield from repeated_names(tree)
    if "COLON" in kinds:
        yield from paths_in_json(tree)


def _only_expression(text: str, tree: Any) -> Parsed:
    from sqlglot import exp

    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        return Parsed(text, None, "one expression only", 0)
    extra = [key for key, value in tree.args.items() if value and key != "expressions"]
    if extra:
        return Parsed(text, None, "one expression only: no clause may follow it", 0)
    return Parsed(text, tree.expressions[0])


def _unmatched(tokens: list[Token]) -> Token | None:
    """A bracket without its other half; sqlglot reads over some of them."""
    opened: list[Token] = []
    for token in tokens:
        if token.text == "(" and _type(token) == "L_PAREN":
            opened.append(token)
        elif token.text == ")" and _type(token) == "R_PAREN":
            if not opened:
                return token
            opened.pop()
    return opened[-1] if opened else None


def _stray_comma(tokens: list[Token]) -> Token | None:
    """A comma that nothing follows; sqlglot reads over it, Spark does not."""
    # By their types: the text of a string such as ',' is a comma, too.
    for token, following in pairwise(tokens):
        if token.text == "," and _type(token) == "COMMA" and _type(following) in ("COMMA", "R_PAREN", "FROM"):
            return token
    return None


def _unclosed(text: str, shift: int) -> tuple[str, int]:
    """What the tokenizer could not read to its end, and where that begins."""
    opened = next((found for found in _WHOLE.finditer(text) if found.group() in _OPENERS), None)
    if opened is None:
        return "this is no SQL", 0
    what = "comment" if opened.group() == "/*" else f"quote {opened.group()}"
    return f"this {what} is never closed", max(opened.start() - shift, 0)


def _offset(text: str, line: int, column: int) -> int:
    """The offset of a token's first character, from sqlglot's line and (0-based, last) column."""
    before = sum(len(part) for part in text.splitlines(keepends=True)[: line - 1])
    return before + column


def _misplaced(error: Any, text: str, shift: int) -> tuple[str, int]:
    """What the parser says of the first token that it could not place, and where that token begins."""
    first = error.errors[0]
    highlight = first["highlight"] or ""
    offset = _offset(text, first["line"], first["col"]) - len(highlight)
    said = str(first["description"])
    quoted = highlight if highlight.startswith("'") else f"'{highlight}'"
    miscounted = _miscounted(said, text, offset) if highlight == ")" else None
    if miscounted is not None:
        message, offset = miscounted
    elif _LEFT_OUT.match(said):
        message = f"something is missing after {quoted}"
    elif said.startswith("Expecting"):
        message = f"{said[0].lower()}{said[1:]} here, at {quoted}"
    elif _CAST_AS.search(text[:offset]):
        near = nearest(highlight.lower(), PRIMITIVES)
        message = f"{quoted} is no type of Spark" + (f". Did you mean '{near}'?" if near else "")
    else:
        message = f"{quoted} is out of place"
    return f"{message}{_hint(highlight, text)}", max(offset - shift, 0)


def _miscounted(said: str, text: str, end: int) -> tuple[str, int] | None:
    """That a call has too many or too few arguments, and where it begins; None where it is not that.

    `end` is the offset of its closing bracket.
    """
    from sqlglot import exp

    many, few = _TOO_MANY.match(said), _OF_CLASS.search(said)
    kind = getattr(exp, few[1], None) if few else None
    is_call = isinstance(kind, type) and issubclass(kind, exp.Func) and not issubclass(kind, exp.Binary)
    if not (many or is_call):
        return None
    depth, at = 1, end
    while depth and at > 0:
        at -= 1
        depth += {")": 1, "(": -1}.get(text[at], 0)
    name = _LAST_WORD.search(text[:at])
    if name is None:
        return None
    few_or_many = f"fewer arguments than {many[1]}" if many else "more arguments than these"
    return f"{name.group()}() takes {few_or_many}", name.start()


def _hint(highlight: str, text: str) -> str:
    """What to write instead of what other languages have."""
    if "{{" in text or "{%" in text:
        return ": templates are not filled in, name the view itself"
    return {"&&": ": write AND", "!": ": write NOT"}.get(highlight, "")
