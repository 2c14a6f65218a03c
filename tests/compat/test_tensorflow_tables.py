"""TensorFlow's columns of tables and tensors of few entries, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn

with compat.install_as():
    import tensorflow as tf
    from tensorflow import feature_column as fc
    from tensorflow import sparse, strings
    from tensorflow.keras.layers import DenseFeatures

TABLE = {"age": np.array([25.0, 40.0, 31.0]), "kind": np.array(["a", "b", "z"]),
         "code": np.array([0, 2, -1])}  # fmt: skip


CODE = fc.categorical_column_with_identity("code", 2)
UNEVEN = strings.split(["a b", "c"])


def made(column: Any) -> list[list[float]]:
    found: list[list[float]] = DenseFeatures(column)(TABLE).tolist()
    return found


def test_columns_make_the_numbers_of_a_table() -> None:
    age, kind = fc.numeric_column("age"), fc.categorical_column_with_vocabulary_list
    assert made(age) == [[25.0], [40.0], [31.0]]
    scaled = fc.numeric_column("age", normalizer_fn=lambda x: (x - 25.0) / 10.0)
    np.testing.assert_allclose(made(scaled), [[0.0], [1.5], [0.6]], rtol=1e-6)
    assert made(fc.bucketized_column(age, [30, 40])) == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert made(fc.indicator_column(kind("kind", ["a", "b"]))) == [[1, 0], [0, 1], [0, 0]]
    other = fc.indicator_column(kind("kind", ["a", "b"], num_oov_buckets=1))
    assert made(other) == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    code = fc.categorical_column_with_identity("code", 3)
    assert made(fc.indicator_column(code)) == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_hashed_and_crossed_columns_are_those_of_the_layers() -> None:
    hashed = fc.indicator_column(fc.categorical_column_with_hash_bucket("kind", 7))
    assert np.argmax(made(hashed), 1).tolist() == nn.layers.Hashing(7)(TABLE["kind"]).tolist()
    crossed = fc.indicator_column(fc.crossed_column(["kind", "code"], 7))
    both = nn.layers.HashedCrossing(7)([TABLE["kind"], TABLE["code"]])
    assert np.argmax(made(crossed), 1).tolist() == both.tolist()


@pytest.mark.parametrize(("combiner", "over"), [("mean", 2.0), ("sum", 1.0), ("sqrtn", 2**0.5)])
def test_an_embedding_joins_the_vectors_of_a_row(combiner: str, over: float) -> None:
    words = fc.categorical_column_with_vocabulary_list("words", ["a", "b"])
    layer = DenseFeatures(fc.embedding_column(words, 3, combiner))
    y = layer({"words": np.array([["a", "b"], ["b", "z"], ["z", ""]])})
    (table,) = layer.get_weights()
    np.testing.assert_allclose(y.numpy()[0], table.sum(0) / over, rtol=1e-6)
    np.testing.assert_allclose(y.numpy()[1:], [table[1], np.zeros(3)], rtol=1e-6)


def test_columns_stand_in_the_order_of_their_names() -> None:
    age = fc.numeric_column("age")
    both = DenseFeatures([fc.bucketized_column(age, [30]), fc.numeric_column("code"), age])
    assert both(TABLE).tolist()[0] == [25.0, 1.0, 0.0, 0.0]


def test_a_chain_that_begins_with_columns_trains_on_a_table_eagerly_and_natively() -> None:
    kind = fc.categorical_column_with_vocabulary_list("kind", ["a", "b", "z"])
    age = fc.numeric_column("age", normalizer_fn=lambda x: x / 40)
    columns = [age, fc.embedding_column(kind, 2)]
    ends = []
    for eagerly in (True, False):
        with compat.install_as():
            nn.utils.set_random_seed(1)
            model = nn.Sequential([DenseFeatures(columns), nn.layers.Dense(1)])
            model.compile("adam", "mse", run_eagerly=eagerly)
            targets = np.array([0.0, 1.0, 2.0])
            losses = model.fit(TABLE, targets, epochs=20, verbose=0).history["loss"]
            assert losses[-1] < losses[0]
            ends.append(model.predict(TABLE, verbose=0))
    np.testing.assert_allclose(*ends, rtol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: DenseFeatures(CODE), "indicator_column"),
        (lambda: made(fc.numeric_column("none")), "'none' was asked for"),
        (lambda: made(fc.numeric_column("age", shape=(2,))), "has 1 numbers; expected 2"),
        (lambda: fc.bucketized_column(fc.numeric_column("age"), [3, 1]), "in order"),
        (lambda: made(fc.indicator_column(CODE)), "0 to 1"),
        (lambda: fc.embedding_column(CODE, 2, "max"), "max"),
        (lambda: fc.crossed_column(["kind", "code"], 7, hash_key=3), "hash_key=3"),
        (lambda: fc.categorical_column_with_identity("code", 2**25), "at most"),
        (lambda: DenseFeatures(fc.numeric_column("age"))(np.ones(3)), "expected a dict"),
        (lambda: tf.SparseTensor([[0, 1]], [1.0, 2.0], [2, 2]), "2 values"),
        (lambda: tf.SparseTensor([[0, 2]], [1.0], [2, 2]), "beyond"),
        (lambda: nn.layers.StringLookup(vocabulary=["a"])(UNEVEN), "lengths"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told(wrong: Callable[[], Any], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        wrong()


def test_tensors_of_few_entries_are_those_that_they_stand_for() -> None:
    x = tf.SparseTensor([[2, 3], [0, 1]], [7.0, 5.0], dense_shape=[3, 4])
    dense = np.zeros((3, 4), "float32")
    dense[0, 1], dense[2, 3] = 5, 7
    assert x.shape == x.get_shape() == (3, 4) and x.dtype == "float32"
    np.testing.assert_array_equal(sparse.to_dense(x), dense)
    np.testing.assert_array_equal(sparse.to_dense(x, -1.0), np.where(dense, dense, -1))
    np.testing.assert_array_equal(sparse.to_dense(sparse.from_dense(dense)), dense)
    assert sparse.reorder(x).values.tolist() == [5.0, 7.0]
    w = np.arange(8.0, dtype="float32").reshape(4, 2)
    np.testing.assert_array_equal(sparse.sparse_dense_matmul(x, w), dense @ w)
    turned = sparse.sparse_dense_matmul(x, w.T[:, :3].T, adjoint_a=True)
    np.testing.assert_array_equal(turned, dense.T @ w[:3])
    assert sparse.reduce_sum(x, axis=1).tolist() == [5.0, 0.0, 7.0]
    words = tf.SparseTensor([[1]], ["b"], [2])
    assert sparse.to_dense(words).numpy().tolist() == [b"", b"b"]


def test_texts_part_side_by_side_where_they_are_equally_long() -> None:
    assert strings.unicode_split(["ab", "cd"], "UTF-8").tolist() == [["a", "b"], ["c", "d"]]
    assert strings.split(["a b", "c d"]).to_tensor().tolist() == [["a", "b"], ["c", "d"]]
    assert [row.tolist() for row in UNEVEN] == [["a", "b"], ["c"]]


def test_modules_stand_below_the_names_of_both_versions() -> None:
    with compat.install_as():
        import tensorflow.compat.v1 as tf1

        assert tf1.train.GradientDescentOptimizer(0.5).learning_rate == 0.5
        assert tf1.nn.softmax([0.0, 0.0]).tolist() == [0.5, 0.5]


CSV = "age,kind,part,y\n25,a,0.5,1\n40,,1.5,0\n31,b,,1\n"


def test_a_csv_file_comes_in_batches_of_columns(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(CSV)
    make = tf.data.experimental.make_csv_dataset
    told = {"label_name": "y", "num_epochs": 1, "shuffle": False}
    (features, y), (rest, last) = make(str(tmp_path / "*.csv"), 2, **told)
    assert list(features) == ["age", "kind", "part"] and y.tolist() == [1, 0]
    assert features["age"].dtype == "int32" and features["part"].dtype == "float32"
    assert features["kind"].numpy().tolist() == [b"a", b""]
    assert rest["part"].tolist() == [0.0] and last.tolist() == [1]
    endless = iter(make(tmp_path / "t.csv", 2, select_columns=["age", "y"], shuffle_seed=1))
    found = [next(endless)["age"].tolist() for _ in range(6)]
    assert all(len(ages) == 2 for ages in found)
    assert sorted(sum(found, [])) == [25] * 4 + [31] * 4 + [40] * 4
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"label_name": "z"}, "'z' is not among"), ({"column_names": ["a"]}, "has 4 cells"),
    ]  # fmt: skip
    for wrong, text in wrongs:
        with pytest.raises(ValueError, match=text):
            make(tmp_path / "t.csv", 2, **wrong)
    with pytest.raises(ValueError, match="names files"):
        make(tmp_path / "none.csv", 2)
