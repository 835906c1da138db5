"""Sample records out of a file: JSON lines, a JSON document or array, Avro of Event Hubs Capture."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import itertools
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal, cast

from lakemesh.errors import CallError

Form = Literal["lines", "document", "array", "capture"]
_STDIN = "-"
_LOOKED_THROUGH = 1000
_NAMES = {".json", ".jsonl", ".ndjson", ".avro"}
_BLOCK = 1 << 16
_LONGEST_VALUE = 1 << 26
# Words such as false, and escapes: torn, they are complained of where they begin.
_LONGEST_TOKEN = 16
_AVRO = b"Obj\x01"
_GZIP, _BZIP2 = b"\x1f\x8b", b"BZh"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MARK = "\ufeff"


@dataclass
class Sample:
    """What was looked at in a file: its form, the records taken, those left out, and whether more follow."""

    file: str
    form: Form = "lines"
    records: int = 0
    left_out: int = 0
    reason: str = ""
    """Why the first record that was left out was."""
    more: bool = False

    def skip(self, place: str, reason: str) -> None:
        """Leave a record out."""
        self.left_out += 1
        self.reason = self.reason or f"{place}: {reason}"


def read_sample(file: str, limit: int, sample: Sample) -> Iterator[dict[str, Any]]:
    """The records of a file (`-`: of standard input), at most `limit`; the sample says what became of them.

    Numbers with a point are Decimals. Raises CallError where the file cannot be read as any of the forms.
    """
    try:
        with _opened(file) as stream:
            found = _records(stream, sample)
            for record in itertools.islice(found, limit):
                sample.records += 1
                yield record
            sample.more = next(found, None) is not None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CallError(f"{file} cannot be read: {reason}") from error


@contextmanager
def _opened(file: str) -> Iterator[io.BufferedReader]:
    """The file's bytes, unpacked where they are packed."""
    with _raw(file) as raw:
        head = raw.peek(4)
        if head.startswith(_GZIP):
            with gzip.open(raw) as plain:
                yield io.BufferedReader(plain, _BLOCK)
        elif head.startswith(_BZIP2):
            with bz2.open(raw) as plain:
                yield io.BufferedReader(plain, _BLOCK)
        else:
            yield raw


@contextmanager
def _raw(file: str) -> Iterator[io.BufferedReader]:
    if file == _STDIN:
        yield cast("io.BufferedReader", sys.stdin.buffer)
        return
    path = Path(file)
    if path.is_dir():
        below = sorted(itertools.islice(path.rglob("*"), _LOOKED_THROUGH))
        files = (one for one in below if one.is_file() and not one.name.startswith("."))
        one = min(files, key=lambda one: not _NAMES & set(one.suffixes), default=None)
        raise CallError(f"{file} is a folder: name one of its files{f', such as {one}' if one else ''}.")
    if not path.exists():
        raise CallError(f"there is no file {file}.")
    with path.open("rb") as raw:
        yield raw


def _records(stream: io.BufferedReader, sample: Sample) -> Iterator[dict[str, Any]]:
    head = stream.peek(4)
    if head.startswith(_AVRO):
        sample.form = "capture"
        return _captured(stream, sample)
    if head.startswith(_UTF16):
        raise CallError(f"{sample.file} is UTF-16: JSON is read as UTF-8, so save it as that.")
    lines = _lines(stream)
    first = next((line for line in lines if line.strip(b"\xef\xbb\xbf \t\r\n")), b"")
    start = first.decode(errors="replace").lstrip(_MARK).lstrip()[:1]
    if start == "[":
        sample.form = "array"
        return _values(_text(itertools.chain([first], _blocks(stream)), sample), sample)
    if start == "{" and _is_torn(first):
        sample.form = "document"
        return _values(_text(itertools.chain([first], _blocks(stream)), sample), sample)
    return _by_line(itertools.chain([first], lines), sample)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.readline(_LONGEST_VALUE), b"")


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(_BLOCK), b"")


def _is_torn(line: bytes) -> bool:
    """Whether a first line is a document's beginning and no record."""
    try:
        parse_record(line)
    except json.JSONDecodeError as error:
        return not error.doc[error.pos :].strip()
    except (ValueError, RecursionError):
        return False
    return False


def _by_line(lines: Iterable[bytes], sample: Sample) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = _tried(line, f"line {number}", sample)
        if record is not None:
            yield record


def _captured(stream: IO[bytes], sample: Sample) -> Iterator[dict[str, Any]]:
    """The bodies of captured events: https://learn.microsoft.com/azure/event-hubs/explore-captured-avro-files."""
    for number, event in enumerate(_avro(stream, sample), 1):
        if not isinstance(event, dict) or "Body" not in event:
            raise CallError(
                f"{sample.file} is an Avro file, but not one of Event Hubs Capture: it has no Body."
            )
        record = _tried(event["Body"] or b"", f"event {number}", sample)
        if record is not None:
            yield record


def _avro(stream: IO[bytes], sample: Sample) -> Iterator[Any]:
    try:
        from fastavro import reader  # comes with Spark's extra
    except ImportError:
        raise CallError("reading Avro needs fastavro: pip install 'lakemesh[spark]'.") from None
    try:
        yield from reader(stream)
    except Exception as error:  # whatever its decoder stumbles over
        raise CallError(f"{sample.file} is damaged Avro: {str(error) or type(error).__name__}") from error


def _tried(text: bytes, place: str, sample: Sample) -> dict[str, Any] | None:
    """The record in a text; None, and said in the sample, where there is none."""
    try:
        record = parse_record(text)
    except UnicodeDecodeError:
        sample.skip(place, "not valid UTF-8")
    except RecursionError:
        sample.skip(place, "nested too deep")
    except ValueError:
        sample.skip(place, "not valid JSON")
    else:
        if isinstance(record, dict):
            return record
        sample.skip(place, "not a JSON object")
    return None


def parse_record(text: bytes) -> Any:
    """The JSON value in a text. Raises ValueError where there is none, RecursionError where too deep."""
    return _DECODER.decode(text.decode("utf-8").removeprefix(_MARK))


def _text(blocks: Iterable[bytes], sample: Sample) -> Iterator[str]:
    decode = codecs.getincrementaldecoder("utf-8")().decode
    try:
        for block in blocks:
            yield decode(block)
        decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise CallError(
            f"{sample.file} is not valid UTF-8 (byte {error.object[error.start]:#04x})."
        ) from None


def _values(blocks: Iterator[str], sample: Sample) -> Iterator[dict[str, Any]]:
    """The objects of an array, or of documents one after the other, as far as they are asked for."""
    text, at, opened = "", 0, sample.form != "array"
    while True:
        at = _end_of_space(text, at)
        if at == len(text):
            text, at = next(blocks, ""), 0
            if not text:
                return
        elif not opened:
            at, opened = at + 1, True
        elif sample.form == "array" and text[at] == "]":
            return
        else:
            value, text, at = _value(text[at:], blocks, sample)
            if isinstance(value, dict):
                yield value
            else:
                sample.skip(f"value {sample.records + sample.left_out + 1}", "not a JSON object")


def _end_of_space(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _value(text: str, blocks: Iterator[str], sample: Sample) -> tuple[Any, str, int]:
    """The value at the head of a text, the text with as much more of the file as it took, and its end."""
    while True:
        try:
            value, end = _DECODER.raw_decode(text)
        except RecursionError:
            raise CallError(f"{sample.file} is nested too deep to be read.") from None
        except ValueError as error:
            more = _more(blocks, len(text)) if _may_go_on(text, error) else ""
            if not more:
                what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                message = f"{sample.file} is no valid JSON after {sample.records:,} records: {what}."
                raise CallError(message) from None
            text += more
        else:
            return value, text, end


def _may_go_on(text: str, error: ValueError) -> bool:
    """Whether a text that is no JSON may be the beginning of some."""
    if len(text) > _LONGEST_VALUE or not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos > len(text) - _LONGEST_TOKEN


def _more(blocks: Iterator[str], wanted: int) -> str:
    parts, size = [], 0
    for block in blocks:
        parts.append(block)
        size += len(block)
        if size >= wanted:
            break
    return "".join(parts)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


_BETWEEN = re.compile(rf"[{_MARK} \t\r\n,]*")
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)
