"""Files are fetched from a server of the test's own, which breaks off where it is told to."""

from __future__ import annotations

import hashlib
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
