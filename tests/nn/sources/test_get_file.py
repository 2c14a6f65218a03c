"""get_file: a file is fetched once, compared, and unpacked where it cannot do harm."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from autograd_nn.nn.datasets import DownloadError
from autograd_nn.nn.utils import archives, get_file

TEXT = b"what is in the file"
SHA, MD5 = hashlib.sha256(TEXT).hexdigest(), hashlib.md5(TEXT).hexdigest()


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_NN_HOME", str(tmp_path / "home"))
    (tmp_path / "a.txt").write_bytes(TEXT)
    return tmp_path


def url(path):
    return Path(path).as_uri()


@pytest.mark.parametrize(
    "options", [{}, {"file_hash": SHA}, {"file_hash": MD5}, {"md5_hash": MD5},
                {"file_hash": SHA, "hash_algorithm": "sha256"}]
)  # fmt: skip
def test_a_file_is_fetched_once(shelf, options):
    path = get_file("b.txt", url(shelf / "a.txt"), **options)
    assert path == str(shelf / "home" / "datasets" / "b.txt")
    (shelf / "a.txt").unlink()
    assert Path(get_file("b.txt", url(shelf / "a.txt"), **options)).read_bytes() == TEXT


def test_a_changed_file_is_fetched_again(shelf):
    path = Path(get_file(origin=url(shelf / "a.txt"), file_hash=SHA, cache_subdir="x"))
    assert path == shelf / "home" / "x" / "a.txt"
    path.write_text("changed")
    get_file(origin=url(shelf / "a.txt"), file_hash=SHA, cache_subdir="x")
    assert path.read_bytes() == TEXT
    (shelf / "a.txt").write_text("new")
    get_file(origin=url(shelf / "a.txt"), cache_subdir="x", force_download=True)
    assert path.read_text() == "new"
    with pytest.raises(DownloadError, match="sha256"):
        get_file(origin=url(shelf / "a.txt"), file_hash=SHA, cache_subdir="x")
    assert path.read_text() == "new"


def tar(path, name="in/b.txt", kind=None, link=""):
    with tarfile.open(path, "w:gz") as file:
        info = tarfile.TarInfo(name)
        info.size = len(TEXT)
        if kind:
            info.type, info.linkname, info.size = kind, link, 0
        file.addfile(info, io.BytesIO(TEXT))
    return path


def zipped(path, name="in/b.txt"):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(name, TEXT)
    return path


@pytest.mark.parametrize("make", [tar, zipped])
@pytest.mark.parametrize(
    ("fname", "folder"), [("own", "own"), ("own.bin", "own_extracted"), (None, "a.arc")]
)
def test_archives_are_unpacked(shelf, make, fname, folder):
    archive = make(shelf / "a.arc")
    for options in ({"extract": True}, {"untar": True}):
        path = Path(get_file(fname, url(archive), **options))
        assert path == shelf / "home" / "datasets" / folder
        assert (path / "in" / "b.txt").read_bytes() == TEXT
    assert not list(path.parent.glob(f".{folder}*"))


@pytest.mark.parametrize("name", ["../out.txt", "in/../../out.txt", "..\\out.txt", "C:\\out.txt"])
def test_zips_that_lead_outside_are_refused(shelf, name):
    with pytest.raises(ValueError, match="hostile"):
        get_file("z", url(zipped(shelf / "a.zip", name)), extract=True)
    assert not list(shelf.rglob("out.txt")) and not (shelf / "home" / "datasets" / "z").exists()


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("../out.txt", None, ""), ("l", tarfile.SYMTYPE, "/etc/passwd"),
        ("l", tarfile.SYMTYPE, "../../x"), ("l", tarfile.LNKTYPE, "../../x"),
        ("d", tarfile.CHRTYPE, ""),
    ],
)  # fmt: skip
def test_tars_that_lead_outside_are_refused(shelf, name, kind, link):
    with pytest.raises(ValueError, match="hostile"):
        get_file("z", url(tar(shelf / "a.tgz", name, kind, link)), extract=True)
    assert not list(shelf.rglob("out.txt")) and not (shelf / "home" / "datasets" / "z").exists()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"fname": "a"}, "no origin"), ({"fname": "../a", "origin": "http://x/y"}, "without a"),
        ({"origin": "http://x/.."}, "without a"),
        ({"fname": "..", "origin": "http://x/y"}, "without"),
        ({"fname": "a\0b", "origin": "http://x/y"}, "without"),
        ({"origin": "http://x/"}, "without a"), ({"origin": "ftp://x/y"}, "http, https or file"),
        ({"origin": "http://x/y", "file_hash": "12"}, "64 hex digits"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit(shelf, options, match):
    with pytest.raises(ValueError, match=match):
        get_file(**options)


def test_what_is_no_archive_is_said(shelf):
    with pytest.raises(ValueError, match="no archive"):
        get_file("x", url(shelf / "a.txt"), extract=True)


@pytest.mark.parametrize("kind", ["w:gz", "w:xz", "zip", "sparse"])
def test_archives_that_swell_are_refused(shelf, kind, monkeypatch):
    monkeypatch.setattr("autograd_nn.nn.utils.archives.ROOM", 1 << 16)
    monkeypatch.setattr("autograd_nn.nn.utils.archives.RATIO", 2)
    path = shelf / "a"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("x", bytes(1 << 22))
    else:
        with tarfile.open(path, "w:gz" if kind == "sparse" else kind) as file:
            member = tarfile.TarInfo("x")
            member.size = 1 << (12 if kind == "sparse" else 22)
            if kind == "sparse":
                member.pax_headers = {
                    "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x",
                    "GNU.sparse.realsize": str(1 << 50),
                }  # fmt: skip
            body = b"1\n0\n512\n" if kind == "sparse" else b""
            file.addfile(member, io.BytesIO(body + bytes(member.size - len(body))))
    with pytest.raises(ValueError, match="unpacks to more than"):
        get_file("z", url(path), extract=True)
    assert not (shelf / "home" / "datasets" / "z").exists()


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_archives_that_are_damaged_are_said(shelf, kind):
    path = shelf / "a.zip"
    if kind == "zip":
        zipped(path, "in/b.txt")
        data = bytearray(path.read_bytes())
        data[40] ^= 255
        path.write_bytes(bytes(data))
    else:
        with tarfile.open(path, "w:gz") as file:
            member = tarfile.TarInfo("x")
            member.size = 1 << 20
            file.addfile(member, io.BytesIO(random.Random(0).randbytes(1 << 20)))
        path.write_bytes(path.read_bytes()[: 1 << 18])
    with pytest.raises(ValueError, match="damaged archive"):
        get_file("z", url(path), extract=True)
    assert not (shelf / "home" / "datasets" / "z").exists()


@pytest.mark.parametrize("kind", [b"x", b"L", b"g"])
def test_tars_of_long_headers_are_refused(kind, tmp_path):
    head = tarfile.TarInfo("a")
    head.type, head.size = kind, 64 << 20
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(head.tobuf(tarfile.GNU_FORMAT) + bytes(64 << 20), 1))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"a\.tar\.gz.* a header of 67,108,864 bytes"):
            archives.unpack(path, tmp_path / "a")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_archives_of_too_many_members_are_refused(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MEMBERS", 10)
    path = tmp_path / "a"
    if kind == "tar":
        heads = [tarfile.TarInfo(str(i)).tobuf() for i in range(99)]
        path.write_bytes(gzip.compress(b"".join(heads)))
    else:
        monkeypatch.setattr(archives, "SHARE", 10**6)
        with zipfile.ZipFile(path, "w") as file:
            for i in range(99):
                file.writestr(str(i), b"")
    with pytest.raises(ValueError, match="more than 1. members"):
        archives.unpack(path, tmp_path / "b")
