"""Counting while rows pass, with a way out where Spark never answers.

`Observation.get` never returns after a MERGE that was skipped by its transaction, after a step that prunes
its subtree, and after a join whose other side is empty. So it has a deadline; what does not come by then is
counted by a second pass, never taken as zero. Spark tells of actions in their order: once a beacon that is
sent after them has answered, what is silent stays silent.

Where a plan has an observation twice, it holds what one of the two saw, which may be a part. So each counts
the rows that it sees, and where they are not those that the one before let pass, a second pass counts, too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyspark.sql import Observation
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

SECONDS = 10.0
# How long an answer may take that is on its way, before a beacon is sent after it.
_SOON, _AT_ONCE = 0.3, 0.1
_SEEN = "__seen"


@dataclass(frozen=True)
class _Watched:
    """A frame that is watched, as it was before, and what is counted of it."""

    frame: DataFrame
    metrics: Mapping[str, Column]
    observation: Observation


@dataclass
class Tally:
    """The counts of one batch. Called with a frame it gives the same frame, watched."""

    seconds: float = SECONDS
    watched: dict[str, _Watched] = field(default_factory=dict)
    counted: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    def __call__(self, frame: DataFrame, name: str, metrics: Mapping[str, Column]) -> DataFrame:
        """The frame with aggregates attached under a name."""
        observation = Observation()
        metrics = {**metrics, _SEEN: F.count(F.lit(1))}
        self.watched[name] = _Watched(frame, metrics, observation)
        return frame.observe(observation, *(column.alias(key) for key, column in metrics.items()))

    def get(self, name: str) -> dict[str, Any]:
        """What was counted under a name; a count of nothing is 0."""
        if name not in self.counted:
            found = self._wait(self.watched[name]) or self._count(self.watched[name])
            self.seen[name] = found.pop(_SEEN)
            self.counted[name] = found
        return self.counted[name]

    def lost(self, prefix: str, rows: int, term: str) -> list[dict[str, Any]]:
        """What was counted under names that begin with a prefix, each of the rows that the one before left.

        `rows` is how many came to the first, `term` what each of them lost.
        """
        names = [name for name in self.watched if name.startswith(prefix)]
        for name in names:
            self.get(name)
            if self.seen[name] != rows:
                self.counted[name] = self._count(self.watched[name])
                self.seen[name] = self.counted[name].pop(_SEEN)
            rows -= self.counted[name].get(term) or 0
        return [self.counted[name] for name in names]

    def under(self, prefix: str) -> dict[str, dict[str, Any]]:
        """Everything counted under names that begin with a prefix."""
        return {name: self.get(name) for name in self.watched if name.startswith(prefix)}

    def _wait(self, watched: _Watched) -> dict[str, Any]:
        """What the observation holds, or nothing where it does not answer in time. All share one deadline."""
        started = time.monotonic()
        asked = _Asked(watched.observation)
        if not asked.answers(min(_SOON, self.seconds)) and self.seconds > _SOON:
            _Asked(_send_beacon(watched.frame.sparkSession)).answers(self.seconds)
            asked.answers(_AT_ONCE)
            self.seconds = _AT_ONCE
        self.seconds -= time.monotonic() - started
        return asked.answer

    def _count(self, watched: _Watched) -> dict[str, Any]:
        row = watched.frame.agg(*(column.alias(key) for key, column in watched.metrics.items())).first()
        return row.asDict() if row else {}


class _Asked:
    """An observation that is asked on a thread of its own, since it may never answer."""

    def __init__(self, observation: Observation) -> None:
        self.answer: dict[str, Any] = {}
        self.thread = threading.Thread(target=lambda: self.answer.update(_ask(observation)), daemon=True)
        self.thread.start()

    def answers(self, seconds: float) -> bool:
        """Whether it has answered by then."""
        self.thread.join(max(seconds, 0.05))
        return not self.thread.is_alive()


def _send_beacon(session: SparkSession) -> Observation:
    """The observation of an action that is told of after all that ran before it."""
    observation = Observation()
    frame = session.range(1).observe(observation, F.count(F.lit(1)).alias("rows"))
    frame.write.format("noop").mode("overwrite").save()
    return observation


def _ask(observation: Observation) -> dict[str, Any]:
    try:
        return dict(observation.get)
    except Exception:  # an observation that failed has nothing to say; the second pass says what is wrong
        return {}
