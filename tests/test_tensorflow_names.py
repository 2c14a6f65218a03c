"""What stands for TensorFlow's functions: values as TensorFlow's documentation tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn

with compat.install_as("tf.keras"):
    import tensorflow as tf  # type: ignore[import-not-found]

data = tf.data.Dataset


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with compat.install_as("tf.keras"):
        yield


PICTURE = np.arange(24, dtype="uint8").reshape(2, 4, 3)

VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "range": (lambda: tf.range(1, limit=7, delta=3), [1, 4]),
    "one_hot": (lambda: tf.one_hot([1, 0], depth=2, on_value=3), [[0, 3], [3, 0]]),
    "clip_by_value": (lambda: tf.clip_by_value([1.0, 5.0], clip_value_min=2, clip_value_max=4),
                      [2, 4]),
    "clip_by_norm of short": (lambda: tf.clip_by_norm([3.0, 4.0], 7.0), [3, 4]),
    "clip_by_norm of long": (lambda: tf.clip_by_norm([3.0, 4.0], 2.5), [1.5, 2]),
    "clip_by_global_norm": (lambda: tf.clip_by_global_norm([[3.0], [4.0]], 2.5)[0], [[1.5], [2]]),
    "l2_normalize": (lambda: tf.math.l2_normalize([[3.0, 4.0]], axis=1), [[0.6, 0.8]]),
    "add_n": (lambda: tf.add_n([[1, 2], [3, 4], [5, 6]]), [9, 12]),
    "fill": (lambda: tf.fill([1, 2], 7), [[7, 7]]),
    "gather": (lambda: tf.gather([[1, 2], [3, 4]], [1]), [[3, 4]]),
    "gather of each": (lambda: tf.gather([[1, 2], [3, 4]], [[1], [0]], batch_dims=1), [[2], [3]]),
    "split in sizes": (lambda: tf.split([1, 2, 3], [1, 2])[1], [2, 3]),
    "split in parts": (lambda: tf.split([[1, 2]], 2, axis=1)[1], [[2]]),
    "pad": (lambda: tf.pad([[1]], [[0, 1], [1, 0]]), [[0, 1], [0, 0]]),
    "tile": (lambda: tf.tile([[1]], multiples=[1, 2]), [[1, 1]]),
    "places": (lambda: tf.where([[True, False], [False, True]]), [[0, 0], [1, 1]]),
    "where": (lambda: tf.where([True, False], [1, 2], [3, 4]), [1, 4]),
    "slice": (lambda: tf.slice([[1, 2, 3], [4, 5, 6]], [1, 0], [1, -1]), [[4, 5, 6]]),
    "cumsum": (lambda: tf.cumsum([1, 2, 3], exclusive=True), [0, 1, 3]),
    "saturate_cast": (lambda: tf.saturate_cast([300.0, -2.0], "uint8"), [255, 0]),
    "reduce_sum": (lambda: tf.reduce_sum([[1, 2]], reduction_indices=[1], keep_dims=True), [[3]]),
    "numpy_function": (lambda: tf.numpy_function(np.flip, [[1, 2]], tf.int64), [2, 1]),
    "as one": (lambda: tf.nn.compute_average_loss([2.0, 4.0], global_batch_size=4), 1.5),
    "array": (lambda: tf.TensorArray(tf.int64, 0, True).write(1, 5).write(0, 4).stack(), [4, 5]),
    "lower": (lambda: tf.strings.lower(tf.constant(["AB", "c"])), ["ab", "c"]),
    "regex_replace": (lambda: tf.strings.regex_replace("a,b!", "[,!]", " "), "a b "),
    "split of words": (lambda: tf.strings.split("a b c"), ["a", "b", "c"]),
    "length": (lambda: tf.strings.length(["é"]), [2]),
    "join of rows": (lambda: tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=-1),
                     ["ab", "cd"]),
    "to_number": (lambda: tf.strings.to_number(["1.5"]), [1.5]),
    "concatenated": (lambda: list(data.range(1).concatenate(data.range(2))), [0, 0, 1]),
    "enumerated": (lambda: list(data.range(5, 6).enumerate(3)), [(3, 5)]),
    "interleaved": (
        lambda: list(data.range(3).interleave(lambda i: data.range(int(i) + 1), cycle_length=2)),
        [0, 0, 0, 1, 1, 2],
    ),
    "unbatched": (lambda: list(data.range(3).batch(2).unbatch()), [0, 1, 2]),
    "windows": (
        lambda: list(data.range(5).window(3, shift=1, drop_remainder=True)
                     .flat_map(lambda w: w.batch(3))),
        [[0, 1, 2], [1, 2, 3], [2, 3, 4]],
    ),
    "last windows": (lambda: [len(w) for w in data.range(5).window(2)], [2, 2, 1]),
    "padded": (
        lambda: next(iter(data.range(1, 3).map(lambda n: tf.range(int(n))).padded_batch(2))),
        [[0, 0], [0, 1]],
    ),
    "padded numbers": (lambda: list(data.range(3).padded_batch(2)), [[0, 1], [2]]),
    "of a generator": (lambda: list(data.from_generator(range, tf.int64, args=[2])), [0, 1]),
    "reduced": (lambda: data.range(4).reduce(0, lambda a, b: a + b), 6),
    "sharded": (lambda: list(data.range(5).shard(2, 1)), [1, 3]),
    "counted": (lambda: data.range(5).batch(2).cardinality(), 3),
    "rot90": (lambda: tf.image.rot90(PICTURE)[0], PICTURE[:, 3]),
    "cropped": (lambda: tf.image.central_crop(PICTURE, 0.5), PICTURE[:, 1:3]),
    "brighter": (lambda: tf.image.adjust_brightness(PICTURE, 1.0), np.full((2, 4, 3), 255)),
    "flat": (lambda: tf.image.adjust_contrast(tf.ones((2, 2, 3)), 3.0), np.ones((2, 2, 3))),
    "as saturated": (lambda: tf.image.adjust_saturation(PICTURE, 1.0), PICTURE),
    "standard": (lambda: tf.image.per_image_standardization(np.ones((1, 2, 1))), [[[0], [0]]]),
    "variation": (lambda: tf.image.total_variation(np.array([[[1.0], [3.0]], [[0.0], [0.0]]])), 6),
    "of a size": (lambda: tf.image.resize(PICTURE, (4, 8), "nearest")[::2, ::2], PICTURE),
    "wide": (lambda: tf.image.resize(PICTURE, (1, 9), preserve_aspect_ratio=True).shape, (1, 2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    call, expected = VALUES[name]
    found = call()
    if isinstance(found, list) and len({np.shape(x) for x in found}) > 1:
        assert [np.asarray(x).tolist() for x in found] == expected
    elif isinstance(found, str):
        assert found == expected
    elif np.asarray(expected).dtype.kind in "US":
        assert np.asarray(found).tolist() == expected
    else:
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), atol=1.01 * 255e-6)


def test_draws() -> None:
    drawn = tf.random.categorical(tf.constant([[0.0, -1e9]]), num_samples=5)
    assert np.asarray(drawn).tolist() == [[0] * 5]
    block = np.asarray(tf.image.random_crop(PICTURE, [1, 2, 3], seed=1))
    assert any(np.array_equal(block, PICTURE[i : i + 1, j : j + 2])
               for i in range(2) for j in range(3))  # fmt: skip


def test_derivatives_of_several_targets_and_of_what_is_not_trained() -> None:
    x, still = tf.Variable(3.0), tf.Variable(2.0, trainable=False)
    with tf.GradientTape(persistent=True) as tape:
        a, b = x * x * still, x * 5.0
        with tape.stop_recording():
            c = x * 7.0
    assert tape.watched_variables() == () and c.node is None
    slope, none = tape.gradient({"a": a, "b": [b]}, [x, still])
    assert float(slope) == 17.0 and none is None
    y = tf.Variable([1.0, 2.0])
    found = tf.GradientTape().jacobian(y[:, None] * y, [y, x])
    assert found[0].shape == (2, 2, 2) and found[1] is None
    assert np.asarray(found[0])[0, 1].tolist() == [2.0, 1.0]


def test_what_is_watched_is_so_within_the_tape_and_tapes_nest() -> None:
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(x**3)
        slope = inner.gradient(y, x)
        still = x * 2.0
    assert still.node is not None and (x * 2.0).node is None
    assert np.asarray(slope.detach()).tolist() == [3.0, 12.0]
    assert np.asarray(outer.gradient(slope, x)).tolist() == [6.0, 12.0]
    with pytest.warns(UserWarning, match="is not watched"):
        assert tf.GradientTape().gradient(y, tf.constant(1.0)) is None


def test_a_session_gives_values_and_a_strategy_runs() -> None:
    with tf.Session() as session:
        assert session.run([tf.constant(2.0) * 3, None]) == [6.0, None]
        with pytest.raises(TypeError, match="nothing to feed"):
            session.run(tf.constant(2.0), feed_dict={1: 2})
    strategy = tf.distribute.MirroredStrategy()
    assert strategy.run(lambda a, b: a - b, (3,), {"b": 1}) == 2
    assert float(strategy.reduce(tf.distribute.ReduceOp.MEAN, [2.0, 4.0], axis=0)) == 3.0
    assert strategy.reduce("SUM", 4, axis=None) == 4


class Scaled(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = tf.Variable([2.0])
        self.count = tf.Variable(1)
        self.inner = [nn.Dense(1, input_shape=(2,))]


def test_a_module_finds_its_variables() -> None:
    module = Scaled()
    module.inner[0].build((None, 2))
    assert len(module.variables) == 4
    assert {id(v) for v in module.trainable_variables} == {
        id(v) for v in (module.scale, *module.inner[0].weights)
    }


def test_checkpoints(tmp_path: Path) -> None:
    model = nn.Sequential([nn.Dense(1, input_shape=(2,))])
    checkpoint = tf.train.Checkpoint(model=model, step=tf.Variable(3), optimizer=nn.Adam())
    manager = tf.train.CheckpointManager(checkpoint, tmp_path, max_to_keep=2)
    assert manager.latest_checkpoint is None
    before = model.get_weights()
    for _ in range(11):
        manager.save()
    model.set_weights([0 * w for w in before])
    checkpoint.step.assign(0)
    assert Path(tf.train.latest_checkpoint(tmp_path)).name == "ckpt-11"
    assert len(list(tmp_path.iterdir())) == 2
    checkpoint.restore(manager.latest_checkpoint).assert_consumed()
    assert np.array_equal(model.get_weights()[0], before[0]) and int(checkpoint.step) == 3
    checkpoint.restore(None)
    other = tf.train.Checkpoint(model=nn.Sequential([nn.Dense(3, input_shape=(2,))]))
    with pytest.raises(ValueError, match="others than"):
        other.restore(manager.latest_checkpoint)
    with pytest.raises(TypeError, match="holds variables"):
        tf.train.Checkpoint(a=3).save(tmp_path / "x")


@pytest.mark.parametrize(("old", "today"), [
    (lambda t: t.AdamOptimizer(0.1, beta1=0.5), nn.Adam(0.1, 0.5, epsilon=1e-8)),
    (lambda t: t.RMSPropOptimizer(0.1, decay=0.5), nn.RMSprop(0.1, 0.5, epsilon=1e-10)),
    (lambda t: t.GradientDescentOptimizer(0.5), nn.SGD(0.5)),
    (lambda t: t.MomentumOptimizer(0.5, 0.9, use_nesterov=True), nn.SGD(0.5, 0.9, True)),
    (lambda t: t.AdagradOptimizer(0.5), nn.optimizers.Adagrad(0.5)),
], ids=["Adam", "RMSProp", "GradientDescent", "Momentum", "Adagrad"])  # fmt: skip
def test_optimizers_of_sessions(old: Callable[[Any], Any], today: Any) -> None:
    found, expected = old(tf.train).get_config(), today.get_config()
    assert {**found, "name": ""} == {**expected, "name": ""}


def test_initializations_of_keras_1() -> None:
    with compat.install_as("keras"):
        from keras import initializations as old  # type: ignore[import-not-found]
    drawn = np.asarray(old.normal((200, 200), scale=0.5, name="w"))
    assert np.std(drawn) == pytest.approx(0.5, 0.05)
    assert np.abs(np.asarray(old.uniform((50, 50), scale=0.5))).max() <= 0.5
    assert np.array_equal(np.asarray(old.identity((2, 2), scale=3)), 3 * np.eye(2))
    assert old.one((2,)).tolist() == [1, 1] and old.get("zero") is not None
    layer = nn.Dense(3, kernel_initializer=lambda shape: old.identity(shape), input_shape=(3,))
    layer.build((None, 3))
    assert np.array_equal(layer.get_weights()[0], np.eye(3))
