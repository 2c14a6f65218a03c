"""What stands for TensorFlow's functions: values as TensorFlow's documentation tells them."""

from __future__ import annotations

import subprocess
import sys
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
    "pad by reflection": (lambda: tf.pad([1, 2, 3], [[1, 2]], mode="REFLECT"), [2, 1, 2, 3, 2, 1]),
    "pad by mirrors": (lambda: tf.pad([1, 2], [[1, 1]], "SYMMETRIC"), [1, 1, 2, 2]),
    "segments' means": (lambda: tf.math.unsorted_segment_mean([[1.0], [2.0], [4.0]], [0, 2, 2], 3),
                        [[1], [0], [3]]),
    "segments' maxima": (lambda: tf.math.unsorted_segment_max([1, 5, 4], [0, 1, 1], 2), [1, 5]),
    "texts": (lambda: tf.convert_to_tensor(["a", "b"]), ["a", "b"]),
    "smaller by area": (lambda: tf.image.resize(np.arange(6.0).reshape(2, 3, 1), (1, 2), "area"),
                        [[[11 / 6], [19 / 6]]]),
    "sum of several": (lambda: tf.reduce_sum([tf.constant(1.0), tf.constant(2.0)]), 3),
    "rolled": (lambda: tf.roll([[1, 2], [3, 4]], tf.constant([1, 1]), [0, 1]), [[4, 3], [2, 1]]),
    "yuv": (lambda: tf.round(100 * tf.image.rgb_to_yuv([[[1.0, 0.0, 0.0]]])), [[[30, -15, 61]]]),
    "yuv and back": (
        lambda: tf.round(tf.image.yuv_to_rgb(tf.image.rgb_to_yuv([[[1.0, 2.0, 3.0]]]))),
        [[[1, 2, 3]]],
    ),
    "yiq": (lambda: tf.round(100 * tf.image.rgb_to_yiq([[[0.0, 1.0, 0.0]]])), [[[59, -27, -52]]]),
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
    "turned product": (lambda: tf.linalg.matmul([[1.0, 2.0]], [[3.0, 4.0]], transpose_b=True),
                       [[11]]),
    "entries at places": (lambda: tf.gather_nd([[1, 2], [3, 4]], [[1, 0], [0, 1]]), [3, 2]),
    "added at places": (lambda: tf.scatter_nd([[2], [0], [2]], [1, 2, 3], [3]), [2, 0, 4]),
    "masked": (lambda: tf.boolean_mask([[1, 2], [3, 4]], [False, True]), [[3, 4]]),
    "lengths": (lambda: tf.sequence_mask([0, 2], 2), [[False, False], [True, True]]),
    "confused": (lambda: tf.math.confusion_matrix([0, 2, 2], [0, 2, 1]),
                 [[1, 0, 0], [0, 0, 0], [0, 1, 1]]),
    "together": (lambda: tf.global_norm([[3.0], None, [4.0]]), 5),
    "band": (lambda: tf.linalg.band_part([[1, 2, 3]] * 3, 0, 1), [[1, 2, 0], [0, 2, 3], [0, 0, 3]]),
    "named": (lambda: tf.nn.relu(tf.add([-1.0], [0.5], name="a"), name="b"), [0]),
    "as float": (lambda: tf.to_float([1]).dtype.name == "float32", True),
    "of NumPy's axes": (lambda: tf.reduce_sum(np.ones((2, 3, 4)), axis=np.arange(1, 3)), [12, 12]),
    "windows of four axes": (
        lambda: tf.nn.max_pool(PICTURE[None], ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1],
                               padding="VALID")[0, 0, 0], PICTURE[1, 1]),
    "means of windows": (lambda: tf.nn.avg_pool2d(np.ones((1, 3, 3, 1)), 2, 2, "SAME"),
                         np.ones((1, 2, 2, 1))),
    "channels first": (lambda: tf.nn.bias_add(np.zeros((1, 2, 1)), [1, 2], "NCW"), [[[1], [2]]]),
    "kernel": (lambda: tf.nn.conv2d(np.ones((1, 4, 4, 1)), np.ones((3, 3, 1, 1)), [1, 2, 2, 1],
                                    "SAME")[0, :, :, 0], [[9, 6], [6, 4]]),
    "responses": (lambda: tf.nn.lrn(np.full((1, 1, 1, 3), 2.0), depth_radius=1, bias=1.0)[0, 0, 0],
                  [2 / 3, 2 / 13**0.5, 2 / 3]),
    "weighted": (lambda: tf.nn.weighted_cross_entropy_with_logits([1.0, 0.0], [0.0, 0.0], 3.0),
                 [3 * np.log(2), np.log(2)]),
    "dropped": (lambda: tf.nn.dropout(tf.ones((2,)), keep_prob=1.0), [1, 1]),
    "another hue": (lambda: tf.image.adjust_hue([[[1.0, 0.0, 0.0]]], 1 / 3), [[[0, 1, 0]]]),
    "as close": (lambda: tf.image.psnr(np.zeros((2, 2, 1)), np.ones((2, 2, 1)), 10.0), 20),
    "in a frame": (lambda: tf.image.pad_to_bounding_box(np.ones((1, 1, 1)), 1, 0, 2, 1)[..., 0],
                   [[0], [1]]),
    "mixed": (
        lambda: sorted(map(int, data.sample_from_datasets([data.range(2), data.range(5, 6)]))),
        [0, 1, 5],
    ),
    "a shape": (lambda: tf.ones((2, 3)).get_shape().as_list(), [2, 3]),
    "an unknown shape": (lambda: nn.Input((3,)).get_shape()[-1].value, 3),
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


def test_what_numpy_gives_is_a_scripts_own_to_change() -> None:
    with compat.install_as("tf.keras"):
        import tensorflow

        image = tensorflow.constant([1.0, 3.0])
        found = image.numpy()
        found -= found.mean()
        assert found.tolist() == [-1.0, 1.0] and image.numpy().tolist() == [1.0, 3.0]


def test_gamma_draws_are_so_many_for_each_shape_and_rate() -> None:
    drawn = np.asarray(tf.random.gamma([20000], [1.0, 4.0], beta=[2.0, 8.0], seed=1))
    assert drawn.shape == (20000, 2) and drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(0), 0.5, rtol=0.03)
    np.testing.assert_allclose(drawn.var(0), [1 / 4, 4 / 64], rtol=0.08)


def test_what_tensorflow_holds_is_imported_as_a_module_too() -> None:
    with compat.install_as("tf.keras"):
        import tensorflow
        import tensorflow.data as pipelines
        import tensorflow.random as draws
        from tensorflow.random import normal

        assert pipelines.Dataset is tensorflow.data.Dataset
        assert draws.normal is normal is tensorflow.random.normal
        with pytest.raises(ModuleNotFoundError, match="nothing stands for it"):
            import tensorflow.newaxis  # noqa: F401


def test_derivatives_of_several_targets_and_of_what_is_not_trained() -> None:
    x, still = tf.Variable(3.0), tf.Variable(2.0, trainable=False)
    with tf.GradientTape(persistent=True) as tape:
        a, b = x * x * still, x * 5.0
        with tape.stop_recording():
            c = x * 7.0
    assert c.node is None
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
        x = tf.placeholder(tf.float32, (None,))
        assert session.run({"twice": x * 2}, {x: [1.0, 2.0]})["twice"].tolist() == [2.0, 4.0]
        with pytest.raises(TypeError, match="was fed 'x'"):
            session.run(x * 2, feed_dict={"x": [1.0]})
        with pytest.raises(TypeError, match="run received 'x'"):
            session.run("x")
        w = tf.Variable([3.0])
        doubled = w * 2
        session.run(tf.assign(w, [4.0]))
        assert session.run(doubled).tolist() == [8.0]


def test_a_session_makes_steps_and_assignments_when_it_runs_them() -> None:
    x, w = tf.placeholder("float", (None,)), tf.Variable([3.0])
    loss = tf.reduce_sum(x * w)
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    later = tf.group(tf.assign_add(w, x), tf.no_op())
    assert w.numpy().tolist() == [3.0]
    with tf.Session() as session:
        assert session.run([step, loss], {x: [2.0]}) == [None, 6.0]
        assert session.run(w).tolist() == [2.0]
        later.run({x: [0.5]})
        assert w.eval().tolist() == [2.5] and loss.eval({x: [2.0]}) == 5.0
    with pytest.raises(TypeError, match="minimize received"):
        tf.train.GradientDescentOptimizer(0.5).minimize(w * 2)


def test_minimize_of_a_function_makes_a_step() -> None:
    w = tf.Variable([3.0])
    tf.keras.optimizers.SGD(0.5).minimize(lambda: tf.reduce_sum(w * w), var_list=[w])
    assert w.numpy().tolist() == [0.0]
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


def test_summaries_are_written_where_tensorboard_reads_them(tmp_path: Path) -> None:
    writer = tf.summary.create_file_writer(str(tmp_path / "logs"))
    with writer.as_default():
        tf.summary.scalar("loss", tf.constant(0.5), step=1)
        tf.summary.histogram("w", [0.0, 1.0], step=1)
    tf.summary.scalar("after", 1.0, step=2)
    board = nn.callbacks.TensorBoard(str(tmp_path / "logs"))
    summary = tf.Summary()
    value = summary.value.add()
    value.simple_value, value.tag = 0.25, "d_loss"
    board.writer.add_summary(summary, 3)
    board.writer.flush()
    board.writer.close()
    writer.close()
    files = [f.read_bytes() for f in (tmp_path / "logs").iterdir()]
    told = b"".join(files)
    assert len(files) == 2 and all(tag in told for tag in (b"loss", b"d_loss", b"histograms"))
    assert b"after" not in told


def test_shapes_as_tensorflow_gave_them_are_gone_with_its_names() -> None:
    x = nn.Input((3,))
    assert x.get_shape().as_list() == [None, 3] and not x.get_shape().is_fully_defined()
    assert tf.TensorShape([2, None]).num_elements() is None and tf.TensorShape(None) is None
    assert x.shape.as_list() == [None, 3] and tf.ones((2, 3)).shape.as_list() == [2, 3]
    tf.ones((2, 3)).set_shape([None, 3])
    with pytest.raises(ValueError, match="set_shape received"):
        tf.ones((2, 3)).set_shape([2, 2])
    with pytest.raises(ValueError, match="ensure_shape received"):
        tf.ensure_shape(tf.ones((2, 3)), [3, None])


def test_what_tensors_gave_as_tensorflow_did_they_give_only_meanwhile() -> None:
    kept = tf.ones((2, 3)).shape
    with compat.install_as("keras"):
        assert type(nn.Input((3,)).shape) is type(kept) is tf.TensorShape
    code = (
        "from autograd_nn import compat, nn; import numpy as np\n"
        "with compat.install_as(): assert nn.Input((3,)).shape.as_list() == [None, 3]\n"
        "x = nn.Input((3,)); y = nn.ops.ones((2,))\n"
        "assert type(x.shape) is type(y.shape) is tuple and not hasattr(y, 'get_shape')\n"
        "assert not hasattr(nn.callbacks.TensorBoard, 'writer')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_graphs_and_sessions_change_nothing() -> None:
    graph = tf.get_default_graph()
    with graph.as_default(), tf.Session(graph=tf.Graph()) as session:
        session.run(tf.variables_initializer([]))
        v = tf.Variable(tf.random_normal_initializer(0.0, 1.0)((2,)))
        assert session.run(tf.assign(v, [1.0, 2.0])).tolist() == [1.0, 2.0]
    tf.reset_default_graph()
    tf.config.experimental.set_virtual_device_configuration(
        None, [tf.config.experimental.VirtualDeviceConfiguration(memory_limit=1024)]
    )
    with pytest.raises(ValueError, match="not finite"):
        tf.debugging.check_numerics(tf.constant([np.inf]), "a loss")


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_a_part_that_is_assigned_changes_its_variable(dtype: str) -> None:
    with compat.install_as():
        v = tf.Variable(np.arange(6, dtype=dtype).reshape(2, 3))
        assert v[0, 1].assign(42) is v
        v[:, 2].assign([7, 8])
        v[tf.constant(1)].assign(v[0] * 2)
        assert v.numpy().tolist() == [[0, 42, 7], [0, 84, 14]]
        if dtype == "float32":
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(v[0] ** 2)
            assert tape.gradient(y, v).numpy().tolist() == [[0, 84, 14], [0, 0, 0]]
    x = nn.ops.convert_to_tensor([1.0, 2.0])
    part = x[0]
    part.assign(5.0)
    assert x.tolist() == [1.0, 2.0]  # a tensor's part is a tensor of its own


def test_lists_in_a_pipelines_structure_are_arrays() -> None:
    texts, rows = ["a", "b"], [[1, 2], [3, 4]]
    found = [(str(t), r.tolist()) for t, r in tf.data.Dataset.from_tensor_slices((texts, rows))]
    assert found == [("a", [1, 2]), ("b", [3, 4])]
    one, row = next(tf.data.Dataset.from_tensor_slices((texts, rows)).as_numpy_iterator())
    assert one == b"a" and row.tolist() == [1, 2]
    arrays = [np.array([1, 2]), np.array([3, 4])]
    found = [d["x"].tolist() for d in tf.data.Dataset.from_tensor_slices({"x": arrays})]
    assert found == [[1, 2], [3, 4]]
    ((one, _),) = tf.data.Dataset.from_tensors((rows, 1))
    assert one.shape == (2, 2)


def test_a_text_is_compared_with_each_of_several() -> None:
    text = tf.constant("b")
    assert (text == ["a", "b"]).tolist() == (np.array(["a", "b"]) == text).tolist() == [False, True]
    assert (text != ("a", "b")).tolist() == [True, False]
    assert text == "b" and text != "a" and {text: 1}["b"] == 1
    assert int(tf.argmax(text == ["a", "b"])) == 1


def test_models_are_written_into_folders_that_are_made(tmp_path: Any) -> None:
    with compat.install_as():
        model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
        model.save_weights(tmp_path / "a" / "cp-0001.ckpt")
        model.save(tmp_path / "b" / "model", save_format="tf")
        x = np.ones((1, 2))
        again = tf.keras.models.load_model(tmp_path / "b" / "model")
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
        with pytest.raises(FileNotFoundError, match="no folder"):
            model.save(tmp_path / "c" / "model.h5")


def test_a_base_logger_is_derived_from() -> None:
    with compat.install_as("keras"):
        from keras.callbacks import BaseLogger

        class Monitor(BaseLogger):
            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                self.seen = sorted(logs)

        monitor = Monitor()
        model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        model.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=[monitor])
    assert monitor.seen == ["loss"]


def test_layers_of_then_are_classes_to_ask_and_to_derive_from() -> None:
    with compat.install_as("keras"):
        from keras.layers import Convolution2D, Dense

        class Doubled(Convolution2D):  # type: ignore[misc]
            def call(self, x: Any) -> Any:
                return 2 * super().call(x)

        with pytest.warns(DeprecationWarning, match="sizes one by one"):
            layer = Convolution2D(3, 2, 2)
        assert isinstance(layer, Convolution2D) and not isinstance(Dense(1), Convolution2D)
        twice = Doubled(3, (2, 2), kernel_initializer="ones")
        assert twice(np.ones((1, 2, 2, 1))).tolist() == [[[[8.0, 8.0, 8.0]]]]


def test_what_a_generator_gives_has_the_dtypes_that_are_told() -> None:
    def rows() -> Iterator[Any]:
        for i in range(3):
            yield i, [1] * i

    made = data.from_generator(rows, (tf.float32, tf.int64), ((), (None,)))
    assert [(float(a), b.tolist()) for a, b in made] == [(0, []), (1, [1]), (2, [1, 1])]
    (batch,) = made.padded_batch(3, padded_shapes=([], [None]))
    assert batch[0].dtype == "float32" and batch[1].tolist() == [[0, 0], [1, 0], [1, 1]]
    by = {"a": tf.TensorSpec((), tf.int32), "b": tf.TensorSpec((), tf.string)}
    (one,) = data.from_generator(lambda: iter([{"a": 2.0, "b": "x"}]), output_signature=by)
    assert one["a"].dtype == "int32" and one["b"].numpy() == b"x"


def test_how_many_elements_there_are_is_a_tensor() -> None:
    made = data.range(11).batch(2)
    n = tf.data.experimental.cardinality(made)
    assert n.numpy() == 6 and format(int(n), "d") == "6" and len(list(made.take(n // 3))) == 2
    assert data.from_generator(lambda: iter([1])).cardinality() == tf.data.UNKNOWN_CARDINALITY
