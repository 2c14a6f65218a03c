"""What TensorFlow's scripts ask besides: Python's functions, characters, parts of shapes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn
from autograd_nn.compat import tensorflow as tf


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with compat.install_as("tf.keras"):
        yield


def test_a_python_function_gives_what_it_is_told() -> None:
    def halves(x: Any) -> Any:
        assert x.numpy().dtype == np.int32
        return x / 2

    one = tf.py_function(halves, [np.int32([1, 2])], tf.float32)
    assert one.dtype == np.float32 and one.tolist() == [0.5, 1.0]
    [listed] = tf.py_function(halves, [np.int32([1])], [tf.float64])
    assert listed.dtype == np.float64
    assert tf.py_function(lambda x: None, [1.0], []) == []

    @tf.py_function(Tout=tf.float32)
    def more(x: Any) -> Any:
        return x + 1

    assert more(2).tolist() == 3.0

    @tf.numpy_function(Tout=[tf.int64, tf.float32])
    def counted(x: Any) -> Any:
        assert type(x) is np.ndarray
        return len(x), x.sum()

    n, total = counted(tf.constant([1.5, 2.5]))
    assert (n.tolist(), n.dtype, total.tolist()) == (2, np.int64, 4.0)
    assert tf.numpy_function(lambda t: t.decode() + "!", ["a"], tf.string).numpy() == b"a!"


def test_characters_are_numbers_and_back() -> None:
    from tensorflow import strings  # type: ignore[import-untyped]

    assert strings.unicode_decode("aé", "UTF-8").tolist() == [97, 233]
    several = strings.unicode_decode(tf.constant(["ab", "c"]), "UTF-8")
    assert [row.tolist() for row in several] == [[97, 98], [99]]
    assert strings.unicode_encode(several, "UTF-8").tolist() == ["ab", "c"]
    assert strings.unicode_encode([97, 233], output_encoding="UTF-8").numpy() == "aé".encode()
    even = strings.unicode_decode(["ab", "cd"], "UTF-8")
    assert even.shape == (2, 2) and strings.unicode_encode(even, "UTF-8").tolist() == ["ab", "cd"]


def test_parts_of_shapes_are_shapes() -> None:
    x = nn.Input((4, 3))
    assert x.shape[1:].as_list() == [4, 3] and x.shape[-1] == 3
    assert ((None,) + x.shape[2:]).as_list() == [None, 3]
    listed = [1]
    listed += x.shape[1:]
    assert listed == [1, 4, 3] and type(listed) is list
    assert (x.shape[:1] + [7]).as_list() == x.shape[:1].concatenate([7]).as_list() == [None, 7]


def test_what_a_tape_read_is_trained() -> None:
    w, b, other = nn.Variable(2.0), nn.Variable(1.0), nn.Variable(5.0)
    with tf.GradientTape() as tape:
        y = w * w + b
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slopes = tape.gradient(y, tape.watched_variables())
        assert [(float(g), v) for g, v in zip(slopes, tape.watched_variables(), strict=True)] == [
            (4.0, w), (1.0, b),
        ]  # fmt: skip
    assert all(v is not other for v in tape.watched_variables())
    with tf.GradientTape() as tape:
        w * w
    with pytest.warns(UserWarning, match="before a gradient was asked for"):
        assert list(tape.watched_variables()) == []
