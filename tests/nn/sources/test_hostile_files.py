"""Files that are damaged, or meant to harm: an error that names them, and nothing is run."""

from __future__ import annotations

import gzip
import io
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_nn.nn.datasets import DataError, pickles, readers
from tests.nn.sources import published_files as files

SPARE = 64 << 20


@pytest.fixture
def calm():
    """What is read asks for no more memory than there may be."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < SPARE


def npy(array_or_shape, data=b"", dtype="|u1"):
    """The bytes of a .npy whose header may lie."""
    file = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": array_or_shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + data


def zipped(path, data, name="x.npy"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def ran(folder):
    return (folder / "ran").exists()


ZEROS = bytes(1 << 24)


@pytest.mark.parametrize(
    "data",
    [
        npy((10**12,)), npy((3,), b"ab"), npy((3,), b"abcd"), npy((-3,), b"abc"), b"", b"\x93NUMPY",
        npy((2,), b"ab", "|V1"), npy((1,), b"\x80\x04].", "|O"), npy((1,), b"\x80\x04", "|O"),
        npy((1,), pickle.dumps(np.zeros(3)), "|O"), npy((300 << 20,), ZEROS * 2), b"x" * 500,
        npy((1,), pickle.dumps(print), "|O"), npy((1,), b"\x80\x02" + b"]" * 10**6, "|O"),
        npy((1,), b"\x80\x04" + ZEROS, "|O"), npy((1,), b"\x80\x04(" + b"K\0" * 10**7, "|O"),
    ],
)  # fmt: skip
def test_arrays_that_lie(tmp_path, calm, data):
    with pytest.raises(DataError, match="x.npz"):
        readers.npz(zipped(tmp_path / "x.npz", data), ("x",), 50 << 20)


def test_archives_that_are_cut_lack_a_name_or_are_none(tmp_path):
    x = np.random.default_rng(0).random(999)
    path = files.write_npz(tmp_path / "x.npz", x=x, z=x)
    whole = path.read_bytes()
    with pytest.raises(DataError, match="without the array 'y'"):
        readers.npz(path, ("y",), 10_000)
    with pytest.raises(DataError, match="at most 7000"):
        readers.npz(path, ("x", "z"), 7992 + 7000)
    flipped = bytearray(whole)
    flipped[len(whole) // 4] ^= 255
    for data in (whole[:-30], whole[: len(whole) // 2], b"", b"PK", bytes(flipped)):
        path.write_bytes(data)
        with pytest.raises(DataError, match="damaged"):
            readers.npz(path, ("x",), 10_000)


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(files.idx(np.zeros(9, np.uint8)))[:-9],
        gzip.compress(files.idx(np.zeros(9, np.uint8), (10,))),
        gzip.compress(files.idx(np.zeros(9, np.uint8), (8,))),
        gzip.compress(files.idx(np.zeros(0, np.uint8), (50 << 20,))),
        gzip.compress(files.idx(np.zeros(0, np.uint8), (2**32 - 1,) * 3)),
        gzip.compress(files.idx(np.zeros(100 << 20, np.uint8))),
        gzip.compress(bytes([0, 0, 8, 255])), gzip.compress(bytes([0, 0, 13, 1, 0, 0, 0, 0])),
        b"", b"\x1f\x8b", b"\x1f\x8b\x08" + b"?" * 50, b"<html>not here</html>",
    ],
    ids=[
        "cut", "too few", "too many", "none of many", "beyond all", "a bomb", "no dtype", "short",
        "empty", "a mark", "no gzip", "a page",
    ],
)  # fmt: skip
def test_idx_that_lies(tmp_path, calm, data):
    path = tmp_path / "x.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match="x.gz"):
        readers.idx(path, 55 << 20)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_runs_code(tmp_path, protocol):
    attack = {b"data": files.Runs(tmp_path / "ran")}
    path = files.write_tape(tmp_path / "t.tar.gz", {"a": pickle.dumps(attack, protocol)})
    with pytest.raises(DataError, match="t.tar.gz, a"):
        readers.tape(path, ("a",), 1 << 20)
    x = np.empty(1, dtype=object)
    x[0] = files.Runs(tmp_path / "ran")
    body = npy((1,), pickle.dumps(x, protocol), "|O")
    with pytest.raises(DataError, match="x.npz"):
        readers.npz(zipped(tmp_path / "x.npz", body), ("x",), 1 << 20)
    assert not ran(tmp_path)


def test_tapes_that_are_cut_lack_a_name_or_declare_too_much(tmp_path, calm):
    good = files.batch(2, labels=[1, 2])
    path = files.write_tape(tmp_path / "t.tar.gz", {"a": good})
    whole = path.read_bytes()
    assert readers.tape(path, ("a",), 1 << 20)["a"]["labels"] == [1, 2]
    with pytest.raises(DataError, match=r"without \['b'\]"):
        readers.tape(path, ("a", "b"), 1 << 20)
    with pytest.raises(DataError, match="at most 99"):
        readers.tape(path, ("a",), 99)
    head = bytearray(gzip.decompress(whole)[:512])
    head[124:136] = b"77777777777\0"
    for data in (
        whole[:3000],
        whole[:500],
        b"",
        gzip.compress(bytes(head)),
        gzip.compress(good),
    ):
        path.write_bytes(data)
        with pytest.raises(DataError, match="t.tar.gz"):
            readers.tape(path, ("a",), 1 << 40)
    head[156:157] = b"L"  # a name of 8 GB
    path.write_bytes(gzip.compress(bytes(head) + ZEROS))
    with pytest.raises(DataError, match="t.tar.gz"):
        readers.tape(path, ("a",), 1 << 20)


def described(kind, shape, entries, dtype="u1"):
    """A pickle of an array whose description may lie."""

    class Lies:
        def __reduce__(self):
            return (
                np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b"),
                (1, shape, np.dtype(dtype), False, entries),
            )  # fmt: skip

    return pickle.dumps(Lies(), kind)


@pytest.mark.parametrize(
    "data",
    [
        described(2, (10**15,), b"abc"), described(4, (2**63, 2), b""), described(4, (-1,), b""),
        described(4, ("a",), b"x"), described(4, (3,), [1, 2], "O"), described(4, (1,), [1]),
        described(4, (2,), b"ab", "O"), described(4, (1,), b"ab", "V2"),
        b"\x80\x02]r\xff\xff\xff\xffh\x00.", b"\x80\x04\x8e" + b"\xff" * 8, b"\x80\x04(", b"e.",
        b"\x80\x04]]e.", b"\x80\x04N}s.", b"\x80\x04K\x01K\x02s.", b"\x80\x02cnumpy\nndarray\n.",
        b"\x80\x02cnumpy\nndarray\n)R.", b"\x80\x04(((((t.", b"\x80\x04I1\n.", b"\x80\x04}(NNu.",
        b"\x80\x04](N\x8c\x02\xff\xffe.", b"\x80\x02c" + b"a" * 10**6, b".", b"",
    ],
)  # fmt: skip
def test_pickles_that_lie(calm, data):
    with pytest.raises(DataError, match="here"):
        pickles.read(data, "here")


OFTEN = {
    "lists": b"]", "dicts": b"}", "tuples": b"N\x85", "nothing": b"N", "numbers": b"K\0",
    "large numbers": b"J\0\1\1\1", "bytes": b"U\1a", "texts": b"X\1\0\0\0a",
}  # fmt: skip


@pytest.mark.parametrize("name", [*OFTEN, "what is kept"])
def test_values_of_a_pickle_are_weighed(tmp_path, calm, name):
    chunk = b"(" + OFTEN.get(name, b"") * 1000 + b"e"
    many = chunk * ((15 << 20) // len(chunk)) if name in OFTEN else b"\x94" * (15 << 20)
    path = files.write_tape(tmp_path / "t.tar.gz", {"a": b"\x80\x04]" + many + b"."})
    assert path.stat().st_size < 1 << 20
    with pytest.raises(DataError, match=r"t\.tar\.gz, a: .* whose values would take more than"):
        readers.tape(path, ("a",), 16 << 20)


def test_an_array_of_a_pickle_stays_where_it_was_read():
    raw = bytearray(pickle.dumps(np.arange(1 << 20), 4))
    found = pickles.read(raw, "here")
    assert np.shares_memory(found, np.frombuffer(raw, np.uint8))
    np.testing.assert_array_equal(found, np.arange(1 << 20))


def test_numbers_that_come_often_are_kept_once():
    said = [[*range(1000, 2000)] for _ in range(300)]
    found = pickles.read(pickle.dumps(said, 2), "here")
    assert found == said and len({id(n) for row in found for n in row}) == 1000


@given(
    st.recursive(
        st.integers(-(2**40), 2**40) | st.binary(min_size=1, max_size=5) | st.text(max_size=5)
        | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    st.sampled_from([2, 3, 4]),
)  # fmt: skip
def test_a_pickle_is_read_as_python_reads_it(value, protocol):
    assert pickles.read(pickle.dumps(value, protocol), "here") == value


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3000), st.sampled_from([2, 3, 4]))
@settings(max_examples=20)
def test_texts_are_read_as_python_reads_them(words, protocol):
    x = files.texts([words, words[::-1], [], words])
    found = pickles.read(pickle.dumps(x, protocol), "here")
    assert found.dtype == object and found.tolist() == x.tolist()


@given(st.binary(max_size=60), st.data())
@settings(max_examples=100)
def test_a_changed_pickle_is_read_or_refused(noise, data):
    whole = bytearray(pickle.dumps({"x": [1, 2, 300], "y": np.arange(3)}, 4))
    at = data.draw(st.integers(0, len(whole)))
    whole[at : at + len(noise)] = noise
    try:
        pickles.read(bytes(whole), "here")
    except DataError as error:
        assert "here" in str(error)


@pytest.mark.parametrize("dtype", [">i4", "<f8", "?", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_keep_order_and_dtype(tmp_path, dtype, order):
    x = np.asarray(np.arange(6).reshape(2, 3), dtype, order=order)
    np.testing.assert_array_equal(pickles.read(pickle.dumps(x, 2), "here"), x)
    path = files.write_npz(tmp_path / "x.npz", x=x)
    found = readers.npz(path, ("x",), 48)[0]
    np.testing.assert_array_equal(found, x)
    assert found.dtype == x.dtype
