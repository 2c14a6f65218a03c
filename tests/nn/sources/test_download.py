"""Files are fetched from a server of the test's own, which breaks off where it is told to."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from autograd_nn.nn.utils import download

DATA = np.random.default_rng(0).bytes(3 << 20)
SHA = {"sha256": hashlib.sha256(DATA).hexdigest()}


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        shelf = self.server
        shelf.asked.append(self.headers.get("Range"))
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1]) if shelf.resumes else 0
        if start >= len(shelf.data):
            self.send_error(416)
            return
        rest = shelf.data[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        breaks = shelf.breaks.pop(0) if shelf.breaks else len(rest)
        self.wfile.write(rest[:breaks])

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as shelf:
        shelf.data, shelf.breaks, shelf.asked, shelf.resumes = DATA, [], [], True
        thread = threading.Thread(target=shelf.serve_forever, args=(0.01,))
        thread.start()
        shelf.url = f"http://127.0.0.1:{shelf.server_port}/file.bin"
        yield shelf
        shelf.shutdown()
        thread.join()


def left(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_file_is_fetched(server, tmp_path):
    path = download.fetch(server.url, tmp_path / "a" / "file.bin", SHA)
    assert path.read_bytes() == DATA and left(path.parent) == ["file.bin"]


@pytest.mark.parametrize("resumes", [True, False])
def test_a_connection_that_breaks_is_gone_on_from(server, tmp_path, resumes):
    server.breaks, server.resumes = [1 << 20, 1 << 20], resumes
    path = download.fetch(server.url, tmp_path / "file.bin", SHA)
    assert path.read_bytes() == DATA
    assert server.asked == [None, f"bytes={1 << 20}-", f"bytes={(2 if resumes else 1) << 20}-"]


def test_what_came_stays_for_the_next_call(server, tmp_path):
    server.breaks = [1 << 20, 0, 0]
    with pytest.raises(download.DownloadError, match=f"file.bin.*{tmp_path}"):
        download.fetch(server.url, tmp_path / "file.bin", SHA)
    assert left(tmp_path) == [".file.bin.download"]
    server.asked.clear()
    download.fetch(server.url, tmp_path / "file.bin", SHA)
    assert server.asked == [f"bytes={1 << 20}-"] and left(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("part", [b"another file", DATA + b"more", DATA])
def test_a_part_of_another_file_is_fetched_anew(server, tmp_path, part):
    (tmp_path / ".file.bin.download").write_bytes(part)
    download.fetch(server.url, tmp_path / "file.bin", SHA)
    assert (tmp_path / "file.bin").read_bytes() == DATA


def test_another_file_than_was_meant_is_not_kept(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"before")
    server.data = b"hostile"
    with pytest.raises(download.DownloadError, match="sha256.*nothing was kept"):
        download.fetch(server.url, tmp_path / "file.bin", SHA)
    assert (tmp_path / "file.bin").read_bytes() == b"before"


def test_without_a_hash_nothing_is_gone_on_from(server, tmp_path):
    (tmp_path / ".file.bin.download").write_bytes(DATA[:1000])
    download.fetch(server.url, tmp_path / "file.bin", {})
    assert server.asked == [None] and (tmp_path / "file.bin").read_bytes() == DATA


@pytest.mark.parametrize("url", ["ftp://x/y", "data:,x", "x", "javascript:1"])
def test_other_schemes_are_refused(tmp_path, url):
    with pytest.raises(ValueError, match="http, https or file"):
        download.fetch(url, tmp_path / "x", {})


def answering(*answers: bytes):
    """A server that says these bytes to one caller after the other, the last to all others."""
    shelf = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        left = list(answers)
        while True:
            try:
                caller, _ = shelf.accept()
            except OSError:
                return
            with caller:
                caller.recv(1 << 16)
                caller.sendall(left.pop(0) if len(left) > 1 else left[0])

    threading.Thread(target=serve, daemon=True).start()
    return shelf, f"http://127.0.0.1:{shelf.getsockname()[1]}/file.bin"


def said(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


LIES = {
    "no http": b"\0garbage\r\n\r\n",
    "no status": b"HTTP/1.1 abc\r\n\r\n",
    "a length that is none": said(Content_Length="abc", body=b"abc"),
    "a length below 0": said(Content_Length="-5", body=b"abc"),
    "a length too great": said(Content_Length="9" * 30, body=b"abc"),
    "hundreds of headers": said(**{f"A{i}": "1" for i in range(200)}),
    "a header without end": said(A="x" * 70_000),
    "chunks below 0": said(Transfer_Encoding="chunked", body=b"-5\r\nabc\r\n0\r\n\r\n"),
    "chunks of no size": said(Transfer_Encoding="chunked", body=b"zz\r\nabc\r\n"),
    "to a file": said("302 Found", Location="file:///etc/passwd", Content_Length="0"),
    "to ftp": said("302 Found", Location="ftp://127.0.0.1/x", Content_Length="0"),
    "to data": said("302 Found", Location="data:text/plain,a", Content_Length="0"),
    "to nowhere": said("302 Found", Location="http://[::bad/", Content_Length="0"),
    "round and round": said("302 Found", Location="/file.bin", Content_Length="0"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_server_that_lies_leaves_nothing(tmp_path, name):
    shelf, url = answering(LIES[name])
    with shelf, pytest.raises(download.DownloadError, match="put it into the folder"):
        download.fetch(url, tmp_path / "file.bin", {})
    assert not (tmp_path / "file.bin").exists()


def test_a_server_that_gives_another_part_than_asked_is_asked_again(tmp_path):
    whole = said(Content_Length=str(len(DATA)), body=DATA)
    half = said(Content_Length=str(len(DATA)), body=DATA[:1000])
    other = said("206 Partial Content", Content_Length=str(len(DATA)), body=DATA)
    shelf, url = answering(half, other, whole)
    with shelf:
        found = download.fetch(url, tmp_path / "file.bin", SHA)
    assert found.read_bytes() == DATA


def test_a_server_may_lead_to_another(server, tmp_path):
    shelf, url = answering(said("302 Found", Location=server.url, Content_Length="0"))
    with shelf:
        assert download.fetch(url, tmp_path / "file.bin", SHA).read_bytes() == DATA


def test_a_file_of_this_machine(tmp_path):
    (tmp_path / "there it is").write_bytes(DATA)
    url = (tmp_path / "there it is").as_uri()
    assert download.fetch(url, tmp_path / "file.bin", SHA).read_bytes() == DATA
    (tmp_path / ".half.bin.download").write_bytes(DATA[:1000])  # of an earlier time
    assert download.fetch(url, tmp_path / "half.bin", SHA).read_bytes() == DATA


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
def test_what_is_no_file_of_this_machine_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for url, said_ in (
        ((tmp_path / "pipe").as_uri(), "a pipe or a device"), (tmp_path.as_uri(), "directory"),
        ("file:///dev/zero", "a pipe or a device"), ("file://there/a", "it is on 'there'"),
        ((tmp_path / "none").as_uri(), "No such file"),
    ):  # fmt: skip
        with pytest.raises(download.DownloadError, match=said_):
            download.fetch(url, tmp_path / "file.bin", {})
