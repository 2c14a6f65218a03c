"""How processes meet, and what each is told where they do not: here in threads, without JAX."""

from __future__ import annotations

import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("jax")

from autograd_nn.engine.program.target.xla.job import meet as meeting  # noqa: E402
from autograd_nn.engine.program.target.xla.job.meet import Relay, meet  # noqa: E402
from tests.device.kills import free  # noqa: E402


def together(*calls: tuple[Any, ...]) -> list[Future[Any]]:
    """What `meet` gives to each, or raises."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [pool.submit(meet, *c) for c in calls]


def test_three_meet_and_hear_of_each_other() -> None:
    at = f"127.0.0.1:{free()}"
    first, *others = [f.result() for f in together(*[(at, 3, r, 20.0) for r in range(3)])]
    lines, service, kept = first
    assert sorted(lines) == [1, 2] and service.startswith("127.0.0.1:") and service != at
    for rank, (ends, relay, _) in enumerate(others, 1):
        assert list(ends) == [0] and relay not in (at, service)
        meeting.send(ends[0], {"from": rank})
        assert meeting.receive(lines[rank]) == {"from": rank}
    for line in (*lines.values(), *[ends[0] for ends, *_ in others]):
        line.close()
    with kept:
        port = int(service.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), socket.create_server(("127.0.0.1", port)):
            pass
        with socket.create_server(("127.0.0.1", port), reuse_port=True):
            call(port).close()  # who says so has it


@pytest.mark.parametrize(
    "other, text", [((3, 1), "came as 1 of 3"), ((2, 5), "came as 5 of 2")], ids=["count", "rank"]
)
def test_a_process_of_another_job_is_told_to_both(other: tuple[int, int], text: str) -> None:
    at = f"127.0.0.1:{free()}"
    for end in together((at, 2, 0, 20.0), (at, *other, 20.0)):
        with pytest.raises(RuntimeError, match=text):
            end.result()


def test_two_of_one_rank_are_told_to_all() -> None:
    at = f"127.0.0.1:{free()}"
    for end in together((at, 4, 0, 20.0), (at, 4, 1, 20.0), (at, 4, 1, 20.0)):
        with pytest.raises(RuntimeError, match=r"came as 1 of 4, to \[0, 1\]"):
            end.result()


@pytest.mark.parametrize(
    "said", [b"", b"\xff\xff\xff\xff", b"\0\0\0\x04null", b"\0\0\0\x01[", b"\0\0\0\x08[1, 2.0]"]
)
def test_a_stranger_is_not_let_in(said: bytes) -> None:
    at = f"127.0.0.1:{(port := free())}"
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(meet, at, 2, 0, 20.0)
        while True:
            try:
                stranger = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        with stranger:
            stranger.sendall(meeting.HELLO + said)
            stranger.shutdown(socket.SHUT_WR)
            assert stranger.recv(1) == b""
        other = pool.submit(meet, at, 2, 1, 20.0)
        ends = [first.result()[0], other.result()[0]]
        first.result()[2].close()
    assert sorted(ends[0]) == [1] and sorted(ends[1]) == [0]
    for lines in ends:
        for line in lines.values():
            line.close()


def test_who_is_missing_and_what_is_in_the_way() -> None:
    port = free()
    (alone,) = together((f"127.0.0.1:{port}", 3, 0, 0.2))
    with pytest.raises(RuntimeError, match="process 1, 2 of 3 did not come in time"):
        alone.result()
    (alone,) = together((f"127.0.0.1:{port}", 3, 2, 0.2))
    with pytest.raises(RuntimeError, match=f"process 0 of 3 does not answer at 127.0.0.1:{port}"):
        alone.result()
    with socket.create_server(("", port)):
        (alone,) = together((f"127.0.0.1:{port}", 3, 0, 0.2))
        with pytest.raises(RuntimeError, match=f"cannot listen at port {port}"):
            alone.result()
    with pytest.raises(RuntimeError, match="received the address 'here'; expected 'host:port'"):
        meet("here", 2, 1, 0.1)


def test_strangers_and_those_who_went_again_are_not_waited_for() -> None:
    port = free()
    at = f"127.0.0.1:{port}"
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(meet, at, 3, 0, 20.0)
        for hello in (b"GET / HTTP/1.1\r\nHost: x\r\n", meeting.HELLO):
            line = call(port)
            line.sendall(hello)
            if hello == meeting.HELLO:
                meeting.send(line, [1, 3])  # the first 1, which does not live to see the others
            line.close()
        others = [pool.submit(meet, at, 3, 1, 20.0)]
        lines, *_ = meet(at, 3, 2, 20.0)
    found, _, kept = first.result()
    kept.close()
    assert sorted(found) == [1, 2]
    for line in (*found.values(), *others[0].result()[0].values(), *lines.values()):
        line.close()


def call(port: int) -> socket.socket:
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            time.sleep(0.02)
    raise AssertionError("nobody listens")


def test_a_relay_says_nothing_of_the_service_s_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = Relay("127.0.0.1", server.getsockname()[1])
        here = call(relay.port)
        there, _ = server.accept()
        here.sendall(b"a" * 100_000)
        assert meeting._exactly(there, 100_000) == b"a" * 100_000
        there.sendall(b"bc")
        assert meeting._exactly(here, 2) == b"bc"
        there.close()
    here.settimeout(0.3)
    with pytest.raises(TimeoutError):
        here.recv(1)
    here.sendall(b"still there")
    with pytest.raises(TimeoutError):
        here.recv(1)
    here.close()
    late = call(relay.port)
    assert late.recv(1) == b"", "a service that never was is no secret: the client tries again"
    late.close()
