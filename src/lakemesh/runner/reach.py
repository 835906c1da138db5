"""Whether the Spark that an environment names can be reached, asked without starting one."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from lakemesh.spec.environment import SparkBlock

_PORTS = {"sc": 15002, "spark": 7077}
_HOW = {
    "sc": "start the server there (Spark's sbin/start-connect-server.sh), or mend spark.remote",
    "spark": "start the master there (Spark's sbin/start-master.sh), or mend spark.master",
}
SECONDS = 2.0


@dataclass(frozen=True)
class Address:
    """A server that Spark is asked for at: `sc` is Spark Connect, `spark` a cluster's master."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def silence(self, seconds: float = SECONDS) -> str:
        """Why nobody answers there; empty where somebody listens."""
        try:
            socket.create_connection((self.host, self.port), seconds).close()
        except OSError as error:
            return (getattr(error, "strerror", None) or str(error)).lower()
        return ""


def addresses_of(block: SparkBlock) -> tuple[Address, ...]:
    """The servers that a `spark:` block names, any of which will do; none where Spark is started here.

    What stands behind a port is left out.
    """
    scheme, mark, rest = (block.remote or block.master or "").partition("://")
    if not mark or scheme not in _PORTS:
        return ()
    parts = [urlsplit(f"//{one}") for one in rest.partition("/")[0].split(",")]
    return tuple(Address(scheme, one.hostname or "", one.port or _PORTS[scheme]) for one in parts)


def unreachable(block: SparkBlock, environment: str) -> tuple[str, str] | None:
    """What of the block does not answer, and how that is mended; None where one of its servers listens."""
    silent = {}
    for address in addresses_of(block):
        silent[address] = address.silence()
        if not silent[address]:
            return None
    if not silent:
        return None
    found = "; ".join(f"{address} does not answer: {reason}" for address, reason in silent.items())
    return found, f"{_HOW[next(iter(silent)).scheme]} in conf/environments/{environment}.yml"
