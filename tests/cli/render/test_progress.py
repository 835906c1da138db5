import io

import pytest

from lakemesh.cli.render.progress import LiveProgress, PlainProgress, event_words, show_progress
from lakemesh.observe.events import (
    BatchClosed,
    BatchOpened,
    Event,
    FlowEnded,
    FlowStarted,
    LedgerRecorded,
    RunEnded,
    RunStarted,
    TableWritten,
)

RUN = {"product": "a.b", "run_id": "r"}
BATCH = {**RUN, "flow": "f", "batch": 2}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (RunStarted(**RUN), "run r started"),
        (FlowStarted(**RUN, flow="f"), "flow f"),
        (BatchOpened(**BATCH), "flow f, batch 2"),
        (BatchOpened(**BATCH, replayed=True), "flow f, batch 2, again as it was"),
        (TableWritten(**BATCH, table="a.b.c", rows=1200), "flow f, batch 2: 1,200 rows to a.b.c"),
        (LedgerRecorded(**BATCH), "flow f, batch 2: ledger and checks recorded"),
        (
            BatchClosed(**BATCH, read=9, written=7, rejected=1, quarantined=1),
            "flow f, batch 2 done: read 9, written 7, rejected 1, quarantined 1",
        ),
        (FlowEnded(**RUN, flow="f"), "flow f drained"),
        (RunEnded(**RUN, succeeded=True), "succeeded"),
        (RunEnded(**RUN, succeeded=False, message="why"), "FAILED: why"),
        (Event(**RUN), ""),
    ],
)
def test_an_event_in_words(event: Event, words: str) -> None:
    assert event_words(event) == words


def test_a_log_gets_plain_lines_with_their_time(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress() as progress:
        assert isinstance(progress, PlainProgress)
        progress.say("starting Spark")
        progress.hear(BatchOpened(**BATCH))
        progress.hear(BatchOpened(**BATCH, replayed=True))
        progress.hear(FlowStarted(**RUN, flow="f"))
    said = capsys.readouterr()
    assert said.out == ""
    times, texts = zip(*(line.split(" ", 1) for line in said.err.splitlines()), strict=True)
    assert texts == ("starting Spark", "a.b: flow f, batch 2, again as it was", "a.b: flow f")
    assert all(len(time) == len("12:00:00") for time in times)


def test_a_log_that_went_away_stops_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    PlainProgress().hear(RunStarted(**RUN))


def test_a_terminal_gets_a_line_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress() as progress:
        assert isinstance(progress, LiveProgress)
        progress.hear(TableWritten(**BATCH, table="[t]", rows=1))
        progress.hear(RunEnded(**RUN, succeeded=True))
    assert "done" in screen.getvalue()
    assert "a.b" in screen.getvalue()
