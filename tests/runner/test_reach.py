"""Whether somebody answers where an environment says that Spark is."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lakemesh.runner.reach import addresses_of, unreachable
from lakemesh.spec.environment import SparkBlock


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("said", "addresses"),
    [
        ({}, []),
        ({"master": "local[2]"}, []),
        ({"master": "k8s://https://host:443"}, []),
        ({"remote": "local[2]"}, []),
        ({"remote": "sc://host"}, ["sc://host:15002"]),
        ({"remote": "sc://host:99/;use_ssl=true;user_id=ann"}, ["sc://host:99"]),
        ({"remote": "sc://[::1]:99"}, ["sc://[::1]:99"]),
        ({"master": "spark://one,two:8077"}, ["spark://one:7077", "spark://two:8077"]),
    ],
)
def test_where_spark_is(said: dict[str, str], addresses: list[str]) -> None:
    assert [str(one) for one in addresses_of(SparkBlock.model_validate(said))] == addresses


def test_one_of_several_masters_is_enough(taken: int, free: int) -> None:
    block = SparkBlock(master=f"spark://127.0.0.1:{free},127.0.0.1:{taken}")
    assert unreachable(block, "local") is None
    assert unreachable(SparkBlock(), "local") is None


@pytest.mark.parametrize(
    ("key", "scheme", "script"), [("remote", "sc", "connect-server"), ("master", "spark", "master")]
)
def test_who_does_not_answer_and_how_that_is_mended(free: int, key: str, scheme: str, script: str) -> None:
    address = f"{scheme}://127.0.0.1:{free}"
    silent = unreachable(SparkBlock.model_validate({key: address}), "dev")
    assert silent is not None
    assert silent[0] == f"{address} does not answer: connection refused"
    assert f"sbin/start-{script}.sh" in silent[1]
    assert silent[1].endswith(f"or mend spark.{key} in conf/environments/dev.yml")


def test_a_host_that_nobody_knows() -> None:
    silent = unreachable(SparkBlock(remote="sc://nowhere.invalid"), "dev")
    assert silent is not None
    assert silent[0].startswith("sc://nowhere.invalid:15002 does not answer: ")
