"""How the processes of a job find one another, at the first one's address, before JAX knows of any.

JAX ends a process at once, in words of its own, when what introduced the others to it is gone. So
lines between them are drawn first, by which each hears of another's end; and all but the first
reach JAX's service by a relay in their own process, which says nothing of the service's end.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from typing import Any

HEAD = struct.Struct("!I")
HELLO = b"autograd_nn job\n"
Lines = dict[int, socket.socket]


def send(line: socket.socket, message: Any) -> None:
    data = json.dumps(message).encode()
    line.sendall(HEAD.pack(len(data)) + data)


def receive(line: socket.socket, most: int = 1 << 30) -> Any:
    """The next message, of at most so many bytes.

    Raises OSError where the line ends, ValueError where it is none.
    """
    (size,) = HEAD.unpack(_exactly(line, HEAD.size))
    if size > most:
        raise ValueError(f"a message of {size} bytes; expected at most {most}")
    return json.loads(_exactly(line, size))


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = line.recv(size - len(found))
        if not part:
            raise ConnectionError("the line is broken")
        found += part
    return found


def meet(
    address: str, count: int, rank: int, patience: float
) -> tuple[Lines, str, AbstractContextManager[Any]]:
    """(lines of the first to all others, of each other to the first; where JAX's service is to be;
    what keeps that port until the service has it).

    Raises RuntimeError where they do not meet within some seconds, or are not one of each rank.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not (host and port.isdecimal()):
        raise RuntimeError(f"received the address {address!r}; expected 'host:port'.")
    until = time.monotonic() + patience
    if rank:
        line, service = _joined(host, int(port), count, rank, until)
        return {0: line}, f"127.0.0.1:{Relay(host, service).port}", nullcontext()
    lines = _gathered(int(port), count, until)
    service, kept = _kept()
    for line in lines.values():
        with suppress(OSError):  # who is gone again is told when the line is listened to
            send(line, service)
    return lines, f"{address.rpartition(':')[0]}:{service}", kept


def _listening(port: int) -> socket.socket:
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    return socket.create_server(("", port), family=family, dualstack_ipv6=both)


def _kept() -> tuple[int, AbstractContextManager[Any]]:
    """A free port, and what keeps it for who says SO_REUSEPORT too: gRPC, whose service JAX's is.

    A port that is merely found free may be another's before JAX asks for it: a relay's, say, which
    would then pass on what it hears to itself.
    """
    both = socket.has_dualstack_ipv6()
    kept = socket.socket(socket.AF_INET6 if both else socket.AF_INET)
    if both:
        kept.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    shared = hasattr(socket, "SO_REUSEPORT")
    if shared:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    kept.bind(("", 0))
    port = kept.getsockname()[1]
    if not shared:  # JAX could not have it either
        kept.close()
    return port, kept


def _gathered(port: int, count: int, until: float) -> Lines:
    """The lines to all others, who call at this port."""
    lines: Lines = {}
    try:
        server = _listening(port)
    except OSError as error:
        raise RuntimeError(f"process 0 cannot listen at port {port}: {error}.") from error
    try:
        with server:
            while len(lines) < count - 1:
                waits = max(0.0, until - time.monotonic())
                called, *_ = select.select([server, *lines.values()], [], [], waits)
                if not called:
                    missing = ", ".join(str(r) for r in range(1, count) if r not in lines)
                    raise RuntimeError(f"process {missing} of {count} did not come in time.")
                for rank in [r for r, line in lines.items() if line in called]:
                    lines.pop(rank).close()  # it had nothing to say yet: it is gone again
                if server in called:
                    _let_in(server.accept()[0], lines, count)
    except BaseException:
        for line in lines.values():
            line.close()
        raise
    return lines


def _let_in(line: socket.socket, lines: Lines, count: int) -> None:
    """Adds the line of a process that calls; raises RuntimeError where another was expected."""
    with ExitStack() as kept:
        kept.enter_context(line)
        line.settimeout(5)
        try:
            if _exactly(line, len(HELLO)) != HELLO:
                return  # who is not of a job
            said = receive(line, 64)
        except (OSError, ValueError):
            return
        if not isinstance(said, list) or [type(x) for x in said] != [int, int]:
            return
        rank, of = said
        if of != count or not 0 < rank < count or rank in lines:
            text = f"a process came as {rank} of {of}, to {[0, *sorted(lines)]} of {count}."
            for other in (line, *lines.values()):
                with suppress(OSError):
                    send(other, text)
            raise RuntimeError(text)
        line.settimeout(None)
        lines[rank] = line
        kept.pop_all()


def _joined(
    host: str, port: int, count: int, rank: int, until: float
) -> tuple[socket.socket, int]:  # fmt: skip
    """The line to the first, once all are there, and the port of JAX's service."""
    while True:
        waits = max(0.1, until - time.monotonic())
        with ExitStack() as kept:
            try:
                line = socket.create_connection((host, port), timeout=waits)
                kept.enter_context(line)
                line.sendall(HELLO)
                send(line, [rank, count])
                said = receive(line)
            except (OSError, ValueError) as error:
                if time.monotonic() > until:
                    text = f"process 0 of {count} does not answer at {host}:{port} ({error})."
                    raise RuntimeError(text) from error
            else:
                if isinstance(said, str):
                    raise RuntimeError(said)
                kept.pop_all()
                return line, said
        time.sleep(0.1)


class Relay:
    """Passes on what JAX's client and its service say to each other, but not the service's end.

    The client asks the service to tell it of errors, and takes the end of the line for one.
    """

    def __init__(self, host: str, port: int) -> None:
        self._service = host, port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._begin(self._take)

    def _begin(self, f: Any, *args: Any) -> None:
        threading.Thread(target=f, args=args, name="autograd_nn-relay", daemon=True).start()

    def _take(self) -> None:
        while True:
            here, _ = self._server.accept()
            self._begin(self._between, here)

    def _between(self, here: socket.socket) -> None:
        with here:
            try:
                there = socket.create_connection(self._service, timeout=10)
            except OSError:
                return  # the client tries again
            with there:
                there.settimeout(None)
                self._begin(self._passing, there, here)
                self._passing(here, there)

    def _passing(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                with suppress(OSError):  # the other end is gone, of which nothing is said
                    sink.sendall(data)
