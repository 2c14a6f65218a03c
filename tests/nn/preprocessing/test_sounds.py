"""Folders of sounds as data sets; files that are none."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from autograd_nn.nn.utils import audio_dataset_from_directory


def write(path, samples, width=2, rate=8000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


@pytest.fixture
def sounds(tmp_path):
    for name, sign in (("down", -1), ("up", 1)):
        (tmp_path / name).mkdir()
        for i in range(2):
            ramp = sign * 2**14 * np.ones((4 + i, 1), "<i2")
            write(tmp_path / name / f"{i}.wav", ramp)
    return tmp_path


def test_sounds_of_a_folder(sounds):
    data = audio_dataset_from_directory(sounds, shuffle=False, batch_size=2, verbose=False)
    (a, ya), (b, yb) = data[0], data[1]
    assert a.shape == (2, 5, 1) and a.dtype == np.float32 and data.class_names == ["down", "up"]
    np.testing.assert_array_equal(a[:, :, 0], [[-0.5] * 4 + [0], [-0.5] * 5])
    np.testing.assert_array_equal(b, -a)
    assert [*ya, *yb] == [0, 0, 1, 1]
    for length in (3, 7):
        x, _ = audio_dataset_from_directory(
            sounds, shuffle=False, batch_size=4, output_sequence_length=length, verbose=False
        )[0]
        assert x.shape == (4, length, 1) and (x[:, min(length, 4) - 1] != 0).all()


@pytest.mark.parametrize("width, dtype, one, zero", [
    (1, "u1", 128, 128), (2, "<i2", 2**15, 0), (4, "<i4", 2**31, 0),
])  # fmt: skip
def test_samples_of_every_width(width, dtype, one, zero, tmp_path):
    shares = np.array([[-1.0, 0.25], [0.5, -0.5]])
    write(tmp_path / "a.wav", (shares * one + zero).astype(dtype), width)
    (x,) = audio_dataset_from_directory(tmp_path, labels=None, verbose=False)[0]
    np.testing.assert_array_equal(x, shares)


def test_another_rate(tmp_path):
    t = np.arange(800) / 8000
    write(tmp_path / "a.wav", (2**14 * np.sin(2 * np.pi * 100 * t)).astype("<i2")[:, None])
    x = audio_dataset_from_directory(tmp_path, labels=None, sampling_rate=4000, verbose=False)[0]
    assert x.shape == (1, 400, 1)
    wanted = 0.5 * np.sin(2 * np.pi * 100 * t[::2])
    np.testing.assert_allclose(x[0, 20:-20, 0], wanted[20:-20], atol=2e-3)


BAD = {
    "no file of sound": b"MZ" * 40, "nothing": b"", "an end too early": b"RIFF\xff\xff\xff\x7fWAVE",
    "a length that is false": b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0"
    b"\x80>\0\0\2\0\x10\0data\xff\xff\xff\x7f\1\0\2",
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_sound(case, tmp_path):
    (tmp_path / "a.wav").write_bytes(BAD[case])
    data = audio_dataset_from_directory(tmp_path, labels=None, verbose=False)
    with pytest.raises(ValueError, match=r"a\.wav holds no sound"):
        data[0]


def test_options_that_do_not_fit(sounds):
    with pytest.raises(ValueError, match="ragged=True"):
        audio_dataset_from_directory(sounds, ragged=True)
    with pytest.raises(ValueError, match="output_sequence_length"):
        audio_dataset_from_directory(sounds, output_sequence_length=0)
    write(sounds / "up" / "2.wav", np.zeros((3, 2), "<i2"))
    with pytest.raises(ValueError, match="channels"):
        audio_dataset_from_directory(sounds, shuffle=False, verbose=False)[0]
