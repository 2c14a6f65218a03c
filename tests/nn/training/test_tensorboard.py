"""TensorBoard's event files, read back by a reader of the format that trusts nothing."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.callbacks.event_file import histogram, masked_crc, message, varint


def crc_by_division(data: bytes) -> int:
    """CRC32C as RFC 3720 defines it: the remainder of a division of polynomials, bit by bit."""
    bits: list[int] = []
    for byte in data + bytes(4):
        bits += [byte >> i & 1 for i in range(8)]
    for i in range(32):
        bits[i] ^= 1
    for i in range(len(bits) - 32):
        if bits[i]:
            for j, b in enumerate(f"{0x11EDC6F41:033b}"):
                bits[i + j] ^= int(b)
    rest = [b ^ 1 for b in bits[-32:]]
    return sum(b << i for i, b in enumerate(rest))


def masked(data: bytes) -> int:
    crc = crc_by_division(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) % 2**32


def fields(raw: bytes) -> dict[int, list[Any]]:
    """A message's fields: whole numbers, doubles' eight bytes, bytes."""
    found: dict[int, list[Any]] = {}
    at = 0

    def number() -> int:
        nonlocal at
        n = shift = 0
        while True:
            byte = raw[at]
            at += 1
            n |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return n

    while at < len(raw):
        key = number()
        size = {1: 8, 2: None}.get(key & 7, 0)
        if key & 7 == 0:
            value: Any = number()
        else:
            size = number() if size is None else size
            value, at = raw[at : at + size], at + size
            assert len(value) == size
        found.setdefault(key >> 3, []).append(value)
    return found


def events(folder: Path) -> dict[tuple[str, int], Any]:
    """What the one file of a folder says, by tag and step."""
    (path,) = folder.iterdir()
    assert path.name.startswith("events.out.tfevents.")
    raw, at, found, first = path.read_bytes(), 0, {}, True
    while at < len(raw):
        head, (crc,) = raw[at : at + 8], struct.unpack_from("<I", raw, at + 8)
        assert crc == masked(head)
        (size,) = struct.unpack("<Q", head)
        data, (crc,) = raw[at + 12 : at + 12 + size], struct.unpack_from("<I", raw, at + 12 + size)
        assert crc == masked(data)
        at += size + 16
        event = fields(data)
        assert struct.unpack("<d", event[1][0])[0] > 1e9
        if first:
            assert event[3] == [b"brain.Event:2"]
            first = False
            continue
        step = event.get(2, [0])[0]
        one = fields(fields(event[5][0])[1][0])
        tensor, metadata = fields(one[8][0]), fields(one[9][0])
        plugin = fields(metadata[1][0])[1][0].decode()
        shape = [fields(d)[1][0] for d in fields(tensor[2][0]).get(2, [])]
        kind = {1: "<f4", 2: "<f8"}.get(tensor[1][0])
        value = np.frombuffer(tensor[4][0], kind).reshape(shape) if kind else tensor[8][0].decode()
        key = (one[1][0].decode(), step)
        assert key not in found, "said twice"
        found[key] = (plugin, value)
    assert at == len(raw)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, Any]:
    folder = tmp_path_factory.mktemp("logs")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 3)).astype("float32"), rng.normal(size=(24, 1)).astype("float32")
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2, name="d"), nn.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    board = nn.callbacks.TensorBoard(
        folder, histogram_freq=2, update_freq=2, write_steps_per_second=True
    )
    options: dict[str, Any] = {"batch_size": 8, "epochs": 3, "verbose": 0, "callbacks": [board]}
    history = model.fit(x, y, validation_data=(x, y), **options)
    return folder, model, history.history


def test_a_run_is_written_as_keras_writes_it(run: tuple[Path, Any, Any]) -> None:
    folder, model, history = run
    train, held = events(folder / "train"), events(folder / "validation")
    for epoch in range(3):
        for name in ("loss", "mae"):
            plugin, found = train[f"epoch_{name}", epoch]
            assert plugin == "scalars"
            np.testing.assert_allclose(found, history[name][epoch], rtol=1e-6)
            np.testing.assert_allclose(
                held[f"epoch_{name}", epoch][1], history[f"val_{name}"][epoch], rtol=1e-6
            )
            after = held[f"evaluation_{name}_vs_iterations", 3 * (epoch + 1)][1]
            np.testing.assert_allclose(after, history[f"val_{name}"][epoch], rtol=1e-6)
        np.testing.assert_allclose(train["epoch_learning_rate", epoch][1], 0.001, rtol=1e-6)
        assert train["epoch_steps_per_second", epoch][1] > 0
    assert sorted(step for tag, step in train if tag == "batch_loss") == [2, 4, 6, 8]
    plugin, text = train["model", 0]
    assert plugin == "text" and "d (Dense)" in text
    plugin, told = train["keras", 0]
    assert plugin == "graph_keras_model" and json.loads(told)["class_name"] == "Sequential"


def test_weights_are_counted_into_buckets(run: tuple[Path, Any, Any]) -> None:
    folder, model, _ = run
    train = events(folder / "train")
    kernel = model.layers[0].weights[0]
    plugin, rows = train[f"{kernel.path}/histogram", 2]
    assert plugin == "histograms" and rows.shape == (30, 3)
    assert rows[:, 2].sum() == kernel.shape[0] * kernel.shape[1]
    values = np.asarray(kernel)
    np.testing.assert_allclose([rows[0, 0], rows[-1, 1]], [values.min(), values.max()])
    counted = [np.sum((values >= a) & (values < b)) for a, b in rows[:-1, :2]]
    np.testing.assert_array_equal(rows[:-1, 2], counted)
    assert (f"{kernel.path}/histogram", 1) not in train


def test_entries_that_are_not_finite_are_left_out() -> None:
    raw = histogram("w", np.array([np.nan, np.inf, 1.0, 2.0]))
    tensor = fields(fields(fields(raw)[1][0])[8][0])
    rows = np.frombuffer(tensor[4][0], "<f8").reshape(30, 3)
    assert rows[:, 2].sum() == 2


@pytest.mark.parametrize("data", [b"", b"\0", b"123456789", bytes(range(256))])
def test_checksums_are_castagnoli_s(data: bytes) -> None:
    assert masked_crc(data) == masked(data)


def test_the_checksum_of_the_standard_s_example() -> None:
    assert crc_by_division(b"123456789") == 0xE3069283


@pytest.mark.parametrize("n", [0, 1, 127, 128, 300, 2**63 - 1])
def test_whole_numbers_come_back(n: int) -> None:
    assert fields(message((5, n)))[5] == [n]
    assert len(varint(n)) == max(1, -(-n.bit_length() // 7))


@pytest.mark.parametrize(
    "options",
    [{"histogram_freq": -1}, {"update_freq": 0}, {"update_freq": "step"}],
)
def test_what_cannot_be_meant_is_told(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        nn.callbacks.TensorBoard("logs", **options)


@pytest.mark.parametrize("name", ["write_images", "embeddings_freq"])
def test_what_is_not_written_is_told(name: str) -> None:
    with pytest.warns(UserWarning, match=f"{name}=1"):
        nn.callbacks.TensorBoard("logs", **{name: 1})
