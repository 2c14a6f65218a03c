"""TensorFlow's records, lines of tables, saved models and told derivatives, by hand."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat

with compat.install_as():
    import tensorflow as tf

PICTURE = b"\xff\xd8\x00goat"  # bytes that are no text


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with compat.install_as():
        yield


def example(n: int, more: int = 0) -> bytes:
    feature = {
        "n": tf.train.Feature(int64_list=tf.train.Int64List(value=[n])),
        "of": tf.train.Feature(bytes_list=tf.train.BytesList(value=[PICTURE])),
        "x": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5 * n, 2.0])),
        "any": tf.train.Feature(int64_list=tf.train.Int64List(value=range(more))),
    }
    found: bytes = tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    return found


with compat.install_as():
    SPEC: dict[str, Any] = {
        "n": tf.io.FixedLenFeature([], tf.int64),
        "of": tf.io.FixedLenFeature([], tf.string, default_value=""),
        "x": tf.io.FixedLenFeature([2], tf.float32),
        "any": tf.io.VarLenFeature(tf.int64),
        "none": tf.io.FixedLenFeature([1], tf.int64, default_value=7),
    }


def test_an_example_is_the_bytes_that_protobuf_makes_of_it() -> None:
    feature = {"n": tf.train.Feature(int64_list=tf.train.Int64List(value=[-1, 300]))}
    made = tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    assert made.hex() == "0a170a150a016e12101a0e0a0c" + "ffffffffffffffffff01" + "ac02"
    again = tf.train.Example()
    assert again.ParseFromString(made) == len(made)
    assert again.features.feature["n"].int64_list.value == [-1, 300]
    assert again.features.feature["n"].WhichOneof("kind") == "int64_list"
    with pytest.raises(ValueError, match="no message"):
        tf.train.Example.FromString(b"\x0a\x50abc")


@pytest.mark.parametrize("packed", ["", "GZIP"])
def test_records_are_written_and_parsed(packed: str) -> None:
    with tf.io.TFRecordWriter("a.tfrecord", tf.io.TFRecordOptions(packed)) as writer:
        for n in range(3):
            writer.write(example(n - 1, n))
    records = tf.data.TFRecordDataset(["a.tfrecord"], compression_type=packed)
    assert [r.numpy() for r in records] == [example(n - 1, n) for n in range(3)]
    rows = list(records.map(lambda r: tf.io.parse_single_example(r, SPEC)))
    assert [int(r["n"]) for r in rows] == [-1, 0, 1]
    assert rows[2]["of"].numpy() == PICTURE and rows[2]["x"].tolist() == [0.5, 2]
    assert rows[2]["any"].values.tolist() == [0, 1] and rows[0]["none"].tolist() == [7]
    (batch,) = records.batch(3).map(lambda r: tf.io.parse_example(r, SPEC))
    assert tf.sparse.to_dense(batch["any"]).tolist() == [[0, 0], [0, 0], [0, 1]]
    assert batch["x"].shape == (3, 2) and batch["of"].numpy().tolist() == [PICTURE] * 3


def test_a_record_that_is_damaged_or_lacks_a_feature_is_told() -> None:
    with tf.io.TFRecordWriter("a") as writer:
        writer.write(example(1))
    data = bytearray(Path("a").read_bytes())
    data[20] ^= 1
    Path("a").write_bytes(data)
    with pytest.raises(ValueError, match="begins at byte 0"):
        list(tf.data.TFRecordDataset("a"))
    with pytest.raises(ValueError, match="no feature 'm'"):
        tf.io.parse_single_example(example(1), {"m": tf.io.FixedLenFeature([], tf.int64)})
    with pytest.raises(ValueError, match="has 2 values"):
        tf.io.parse_single_example(example(1), {"x": tf.io.FixedLenFeature([3], tf.float32)})
    with pytest.raises(ValueError, match="'ZLIB'"):
        tf.io.TFRecordWriter("b", "ZLIB")


def test_a_sequence_has_rows_besides() -> None:
    train = tf.train
    rows = train.FeatureList(feature=[
        train.Feature(float_list=train.FloatList(value=v)) for v in ([1.0, 2.0], [3.0, 4.0])
    ])  # fmt: skip
    made = train.SequenceExample(
        context=train.Features(feature={"n": train.Feature(int64_list=train.Int64List(value=[5]))}),
        feature_lists=train.FeatureLists(feature_list={"rows": rows}),
    ).SerializeToString()
    context, found = tf.io.parse_single_sequence_example(
        made, {"n": tf.io.FixedLenFeature([], tf.int64)},
        {"rows": tf.io.FixedLenFeature([2], tf.float32)},
    )  # fmt: skip
    assert int(context["n"]) == 5 and found["rows"].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("value", [[[1.0, 2.0]], [3, -4], True, ["a", "é"]])
def test_a_tensor_is_written_and_read(value: Any) -> None:
    x = tf.constant(value)
    again = tf.io.parse_tensor(tf.io.serialize_tensor(x), tf.float32)
    assert np.asarray(again).tolist() == np.asarray(x).tolist() and again.shape == x.shape


def test_bytes_are_numbers_and_pictures() -> None:
    assert tf.io.decode_raw(b"\x01\x00\x02\x00", tf.int16).tolist() == [1, 2]
    assert tf.io.decode_raw([b"\x01", b"\x02"], tf.uint8).tolist() == [[1], [2]]
    pytest.importorskip("PIL")
    picture = tf.constant(np.arange(12).reshape(2, 2, 3), tf.uint8)
    tf.io.write_file("a.png", tf.io.encode_png(picture))
    (again,) = tf.data.Dataset.list_files("*.png").map(tf.io.read_file).map(tf.io.decode_png)
    assert again.tolist() == picture.tolist()  # read between two steps, as bytes that are no text
    assert tf.io.decode_jpeg(tf.io.encode_jpeg(picture)).shape == (2, 2, 3)


def test_lines_of_csv_are_columns() -> None:
    whole = tf.io.decode_csv("1,2.5,,x", [0, 0.0, 5.0, ""])
    assert [str(c.dtype) for c in whole[:3]] == ["int32", "float32", "float32"]
    assert [c.numpy() for c in whole] == [1, 2.5, 5.0, b"x"]
    columns = tf.io.decode_csv(tf.constant(["1;2", "3;4"]), [[0.0], [0]], field_delim=";")
    assert [c.tolist() for c in columns] == [[1.0, 3.0], [2, 4]]
    with pytest.raises(ValueError, match="no default"):
        tf.io.decode_csv("1,", [tf.float32, tf.float32])
    with pytest.raises(ValueError, match="2 cells"):
        tf.io.decode_csv("1,2", [0.0])
    text = "a,b\n1,x\n2,y\n"
    Path("t.csv").write_text(text)
    with gzip.open("t.csv.gz", "wt") as file:
        file.write(text)
    for path, packed in ("t.csv", None), ("t.csv.gz", "GZIP"):
        rows = tf.data.experimental.CsvDataset(path, [tf.int32, tf.string], packed, header=True)
        assert [(int(n), str(s)) for n, s in rows] == [(1, "x"), (2, "y")]


def test_a_function_tells_its_own_derivative() -> None:
    @tf.custom_gradient
    def bounded(x: Any) -> Any:
        return tf.nn.relu(x), lambda g: g * tf.cast(x > 0, tf.float32) * 7.0

    @tf.custom_gradient
    def product(x: Any, y: Any) -> Any:
        return x * y, lambda g: (g * 100.0, g * y)

    v = tf.Variable([1.0, -2.0])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(bounded(v) * 3.0)
    assert total.item() == 3 and tape.gradient(total, v).tolist() == [21, 0]
    a, b = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        y = product(a, b)
    assert [g.item() for g in tape.gradient(y, [a, b])] == [100, 3]
    model = tf.keras.Sequential(
        [tf.keras.layers.Dense(3, input_shape=(2,)), tf.keras.layers.Lambda(bounded),
         tf.keras.layers.Dense(1)]
    )  # fmt: skip
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(np.ones((8, 2)), np.ones(8), verbose=0).history["loss"]).all()


def test_saved_models_are_read_without_their_classes() -> None:
    class Own(tf.keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = tf.keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    chain = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,), name="last")])
    for model, folder in (Own(), "saved/1"), (chain, "saved/2/"):
        x = tf.ones((2, 3))
        expected = model(x).tolist()
        tf.saved_model.save(model, folder)
        assert tf.saved_model.contains_saved_model(folder)
        again = tf.saved_model.load(folder)
        assert again(x).tolist() == expected
        (found,) = again.signatures["serving_default"](x).values()
        assert found.tolist() == expected
    with pytest.raises(TypeError, match="tf.train.Checkpoint"):
        tf.saved_model.save({"w": 1}, "saved/3")


def test_weights_begin_as_an_array_of_as_many_entries() -> None:
    kernel = np.arange(9.0).reshape(1, 3, 3)
    layer = tf.keras.layers.Conv2D(1, 3, kernel_initializer=tf.constant_initializer(kernel),
                                   bias_initializer=tf.constant_initializer([2]))  # fmt: skip
    assert layer(np.eye(3, dtype="float32")[None, :, :, None]).ravel().tolist() == [14.0]
    assert layer.kernel.shape == (3, 3, 1, 1)


def test_a_variable_is_one_whoever_made_it() -> None:
    layer = tf.keras.layers.Dense(1)
    layer.build((None, 2))
    assert isinstance(layer.kernel, tf.Variable) and not isinstance(3.0, tf.Variable)
    assert issubclass(type(layer.kernel), tf.Variable)
    assert isinstance(tf.Variable(lambda: [1.0]), tf.Variable)


def test_there_is_no_tpu_however_one_is_asked_for() -> None:
    with pytest.raises(ValueError, match="no TPU"):
        tf.distribute.cluster_resolver.TPUClusterResolver.connect()
    assert tf.distribute.TPUStrategy().num_replicas_in_sync == 1


def test_symbols_are_derived_by_tf_gradients() -> None:
    x = tf.compat.v1.placeholder("float32", (2,))
    (slope,) = tf.gradients(x * x, [x])
    assert tf.compat.v1.Session().run(slope, {x: [1.0, 3.0]}).tolist() == [2, 6]


def test_steps_are_made_of_gradients_that_are_symbols() -> None:
    """As in deep deterministic policy gradients, and where gradients are cut off."""
    v1 = tf.compat.v1
    entry = tf.keras.layers.Input((2,))
    model = tf.keras.Model(entry, tf.keras.layers.Dense(1, kernel_initializer="ones")(entry))
    weigh = v1.placeholder(tf.float32, [None, 1])
    slopes = tf.gradients(model.output, model.trainable_weights, -weigh)
    made = v1.train.GradientDescentOptimizer(0.5)
    op = made.apply_gradients(zip(slopes, model.trainable_weights, strict=True))
    session = v1.Session()
    session.run(op, {entry: [[1.0, 2.0], [0.0, 1.0]], weigh: [[1.0], [3.0]]})
    np.testing.assert_allclose(model.get_weights()[0], [[1.5], [3.5]])
    loss = tf.reduce_sum(model.output) * 100.0
    pairs = made.compute_gradients(loss)
    cut = made.apply_gradients([(tf.clip_by_value(g, -1.0, 1.0), w) for g, w in pairs])
    session.run(cut, {entry: [[1.0, 2.0]]})
    np.testing.assert_allclose(model.get_weights()[0], [[1.0], [3.0]])


def test_the_blocks_of_resnet_are_those_of_keras_2() -> None:
    from keras.applications.resnet50 import conv_block, identity_block
    from keras.layers import Input
    from keras.models import Model

    x = Input((8, 8, 3))
    y = identity_block(conv_block(x, 3, [2, 2, 4], stage=2, block="a"), 3, [2, 2, 4], 2, "b")
    model = Model(x, y)
    assert model.output_shape == (None, 4, 4, 4)
    assert model.get_layer("res2a_branch1").strides == (2, 2)
    assert {"bn2a_branch2c", "res2b_branch2b"} <= {layer.name for layer in model.layers}
