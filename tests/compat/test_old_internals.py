"""Helpers that Keras 2 kept for its own use, and scripts imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import compat, nn
from autograd_nn.compat.answers import internals as own
from autograd_nn.compat.answers import optimizers
from autograd_nn.compat.answers.names import HDF5Matrix, _slice_arrays
from autograd_nn.nn import losses

TEN, NINE = np.zeros((10, 3)), np.zeros((9, 3))


def test_they_are_where_they_were() -> None:
    with compat.install_as("keras"):
        from keras.engine.topology import preprocess_weights_for_loading
        from keras.engine.training import _check_array_lengths, _weighted_masked_objective
        from keras.preprocessing.sequence import _remove_long_seq
        from keras.utils.data_utils import _hash_file, validate_file
        from keras.utils.generic_utils import func_dump, func_load
        from keras.utils.io_utils import ask_to_proceed_with_overwrite
        from keras.utils.layer_utils import convert_all_kernels_in_model
    for found in (
        preprocess_weights_for_loading, _check_array_lengths, _weighted_masked_objective,
        _remove_long_seq, _hash_file, validate_file, func_dump, func_load,
        ask_to_proceed_with_overwrite, convert_all_kernels_in_model,
    ):  # fmt: skip
        assert found is getattr(own, found.__name__)


def test_arrays_of_as_many_samples_pass() -> None:
    for x, y, w in ([None] * 3, [[TEN, TEN]] * 3, [[None]] * 3):
        own._check_array_lengths(x, y, w)
    assert _slice_arrays(None) == [None] and _slice_arrays([None, TEN], 0, 2)[1].shape == (2, 3)
    assert _slice_arrays([[1, 2, 3], None], 1) == [[2, 3], None]


CCE = losses.categorical_crossentropy


@pytest.mark.parametrize(("call", "told"), [
    (lambda: own._check_array_lengths([TEN, NINE], [TEN]), r"x of \[9, 10\]"),
    (lambda: own._check_array_lengths([TEN], [NINE]), "'y': "),
    (lambda: own._check_array_lengths([TEN], [TEN], [NINE]), "'sample_weight': "),
    (lambda: own._check_loss_and_target_compatibility([TEN[:, :1]], [CCE], [(10, 1)]), "to_cat"),
    (lambda: own._check_loss_and_target_compatibility([TEN], [CCE], [(10, 4)]), "the same shape"),
    (lambda: own.convert_dense_weights_data_format(None, (1, 1, 1), "th"), "'th'"),
    (
        lambda: own.preprocess_weights_for_loading(_dense(), [TEN, TEN[0]], reshape=True),
        r"as many numbers as \(3, 2\)",
    ),
], ids="x y weight column width format size".split())  # fmt: skip
def test_what_is_refused(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()


def _dense() -> Any:
    layer = nn.Dense(2)
    layer.build((None, 3))
    return layer


def test_a_weighted_and_masked_loss() -> None:
    y, p = np.zeros((2, 3, 1)), np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape(2, 3, 1)
    mask, weights = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([2.0, 1.0])
    f: Any = own._weighted_masked_objective(losses.mean_absolute_error)
    assert own._weighted_masked_objective(None) is None
    assert float(f(y, p, None)) == 3.5
    assert np.isclose(float(f(y, p, None, mask)), 7 / 3)  # of the three that are on
    assert np.isclose(float(f(y, p, weights, mask)), (2 * 3 / 3 + 4 / 3) / 0.5 / 2)


def test_kernels_are_turned_and_rows_put_in_order() -> None:
    model = nn.Sequential([
        nn.Input((5, 5, 3)), nn.layers.Conv2D(2, (4, 3)), nn.layers.Flatten(), nn.Dense(4),
    ])  # fmt: skip
    x = np.random.default_rng(0).normal(size=(2, 5, 5, 3)).astype("float32")
    before, kernel = model.predict(x, verbose=0), np.asarray(model.layers[0].kernel)
    own.convert_all_kernels_in_model(nn.Sequential([model]))
    assert np.array_equal(model.layers[0].kernel, kernel[::-1, ::-1])
    own.convert_all_kernels_in_model(model)
    twin = nn.Sequential([
        nn.Input((3, 5, 5)), nn.layers.Conv2D(2, (4, 3), data_format="channels_first"),
        nn.layers.Flatten(), nn.Dense(4),
    ])  # fmt: skip
    twin.set_weights(model.get_weights())
    dense = twin.layers[-1]
    own.convert_dense_weights_data_format(dense, (2, 2, 3), "channels_first")
    after = twin.predict(x.transpose(0, 3, 1, 2), verbose=0)
    assert np.allclose(before, after, atol=1e-5)
    own.convert_dense_weights_data_format(dense, (2, 3, 2), "channels_last")
    assert np.array_equal(dense.kernel, model.layers[-1].kernel)


def test_weights_of_other_shapes() -> None:
    layer = nn.layers.Conv2D(3, 1)
    layer.build((None, 1, 1, 2))
    kernel, bias = np.arange(6.0).reshape(2, 3), np.zeros(3)
    found = own.preprocess_weights_for_loading(layer, [kernel, bias], reshape=True)
    assert [a.shape for a in found] == [(1, 1, 2, 3), (3,)]


def test_functions_come_back_from_text() -> None:
    y = 5
    code, defaults, closure = own.func_dump(lambda x, n=2: x * n + y)
    assert isinstance(code, str) and closure == (5,)
    assert own.func_load((code, list(defaults), closure))(3) == 11
    import marshal

    old = marshal.dumps((lambda x: x + 1).__code__).decode("raw_unicode_escape")
    assert own.func_load(old)(1) == 2


def test_files_have_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    for name, digits in {"sha256": "ba7816bf", "md5": "90015098"}.items():
        found = own._hash_file(path, name, 2)
        assert found.startswith(digits)
        assert own.validate_file(path, found) and not own.validate_file(path, found[::-1])
    answers = iter(["perhaps", "Y", "n"])
    monkeypatch.setattr("builtins.input", lambda words: next(answers))
    assert own.ask_to_proceed_with_overwrite("a")
    assert not own.ask_to_proceed_with_overwrite("a")


def test_a_configuration_of_an_optimizer_has_small_letters_afterwards() -> None:
    class Mine(nn.SGD):
        pass

    config: Any = {"class_name": "SGD", "config": {"learning_rate": 0.25}}
    assert optimizers.deserialize(config).learning_rate == 0.25
    assert optimizers.deserialize(config).learning_rate == 0.25 and config["class_name"] == "sgd"
    mine = {"class_name": "Mine", "config": {"learning_rate": 0.5}}
    assert isinstance(optimizers.deserialize(mine, {"Mine": Mine}), Mine)


def test_rows_of_a_file(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    rows = np.arange(20.0).reshape(10, 2)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = rows
    part, held = HDF5Matrix(tmp_path / "a.h5", "x", 2, 8), rows[2:8]
    keys: list[Any] = [0, -1, slice(1, 4), slice(None, None, 2), slice(None, None, -2), [3, 1, 1],
                       np.array([5]), np.arange(6) > 3, slice(0, 0)]  # fmt: skip
    for key in keys:
        assert np.array_equal(part[key], held[key])
    assert part.size == 12 and np.array_equal(np.asarray(part), held)
    for wrong in (6, slice(6, 7), [0, 6], None, -7):
        with pytest.raises(IndexError, match="within its 6"):
            part[wrong]


def test_what_does_otherwise_in_training_is_asked() -> None:
    a, b = nn.Input((4,)), nn.Input((4,))
    model = nn.Model([a, b], [nn.Dense(3)(a), nn.layers.Dropout(0.5)(b)])
    assert model.uses_learning_phase
    assert all(y._uses_learning_phase for y in model([nn.Input((4,)), nn.Input((4,))]))
    told = nn.Model(a, nn.layers.Dropout(0.5)(nn.Dense(3)(a), training=True))
    assert not told.uses_learning_phase and not told(b)._uses_learning_phase


def test_updates_are_what_calls_in_training_set() -> None:
    norm, x = nn.layers.BatchNormalization(), nn.Input((4,))
    model = nn.Sequential([nn.Input((4,)), norm, nn.layers.Dropout(0.5, seed=1), nn.Dense(2)])
    moving = [norm.moving_mean, norm.moving_variance]
    assert [id(w) for w in model.updates] == [id(w) for w in moving]
    model.trainable = False
    assert model.updates == []
    still = nn.layers.BatchNormalization()
    still(x, training=False)
    assert still.updates == []
    still(x)
    assert len(still.updates) == 2


@pytest.mark.parametrize("state", [False, True])
def test_a_recurrent_layer_s_call_takes_symbols(state: bool) -> None:
    x = nn.Input((3, 5))
    layer = nn.layers.LSTM(2, return_sequences=True, return_state=state)
    whole, alone = layer(x), layer.call(x)
    data = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32")
    found = [nn.Model(x, y).predict(data, verbose=0) for y in (whole, alone)]
    for a, b in zip(*(f if state else [f] for f in found), strict=True):
        assert np.array_equal(a, b)


def test_models_go_to_files_that_are_open() -> None:
    h5py = pytest.importorskip("h5py")
    with compat.install_as("keras"):
        from keras.layers import Dense
        from keras.models import Sequential, load_model, save_model

        model = Sequential([Dense(2, input_shape=(3,))])
        model.compile("sgd", "mse")
        with h5py.File("a", "w", driver="core", backing_store=False) as file:
            save_model(model, file)
            model.set_weights([w + 1 for w in model.get_weights()])
            model.save(file.create_group("inner"))
            model.save(file)  # in the place of what was there
            for where in (file, file["inner"]):
                twin = load_model(where)
                assert all(map(np.array_equal, twin.get_weights(), model.get_weights()))


def test_a_configuration_knows_its_lambdas_until_it_is_text() -> None:
    import json

    with compat.install_as("keras"):
        from keras.layers import Input, Lambda
        from keras.models import Model, Sequential

        x = np.ones((2, 3), "float32")
        a = Input((3,))
        by = [Lambda(lambda x, n=n: x * n, output_shape=lambda shape: shape) for n in (2, 3)]
        model = Model(a, by[1](by[0](a)))
        chain = Sequential([Lambda(lambda x: x * 5, input_shape=(3,)), model])
        config = chain.get_config()
        for _ in range(2):
            twin = Sequential.from_config(config)
            assert np.array_equal(twin.predict(x, verbose=0), 30 * x)
            config = twin.get_config()
        assert Lambda.from_config(by[0].get_config())(x)[0, 0] == 2
        with pytest.raises(ValueError, match="nobody registered"):
            Sequential.from_config(json.loads(json.dumps(config)))


def test_numpy_s_seed_seeds_layers() -> None:
    def drawn() -> list[float]:
        layer = nn.Dense(2)
        layer.build((None, 3))
        return np.asarray(layer.kernel).ravel().tolist()

    before = np.random.get_state()
    with compat.install_as("keras"), ag.random.seeded(0):  # which is as it was afterwards
        found = []
        for seed in (7, np.int64(7), 8):
            np.random.seed(seed)
            found.append((drawn(), drawn(), np.random.rand()))
    np.random.set_state(before)
    assert found[0] == found[1] and found[0][0] != found[0][1] and found[0][0] != found[2][0]
    np.random.seed(7)
    assert np.random.rand() == found[0][2] and drawn() != found[0][0]
    np.random.set_state(before)


def test_losses_are_symbols_until_something_is_computed() -> None:
    with compat.install_as("keras"):
        from keras import backend as K
        from keras.layers import BatchNormalization, Dense, Input, TimeDistributed
        from keras.models import Model, Sequential

        x = Input((3,))
        shared = Dense(2, kernel_regularizer="l1", activity_regularizer="l2")
        both = Model(x, [shared(x), shared(x * 2)])
        both.add_loss(K.mean(both.outputs[0]))
        added = both.losses
        assert len(added) == 4  # two of the calls, what is added, the kernel's
        data = np.ones((4, 3), "float32")
        y, z = both.predict(data, verbose=0)
        expected = [0.01 * (y**2).sum() / 4, 0.01 * (z**2).sum() / 4, y.mean()]
        assert np.allclose(K.function([x], added[:3])([data]), expected, rtol=1e-5)
        both(data)
        assert np.allclose([float(v) for v in both.losses[:3]], expected, rtol=1e-5)

        inner = Sequential([Dense(5, input_dim=5, activity_regularizer="l1"), BatchNormalization()])
        outer = Model(x5 := Input((5,)), inner(x5))
        assert len(inner.losses) == len(outer.losses) == 1 and len(outer.updates) == 2
        steps = TimeDistributed(Dense(2, activity_regularizer="l1"), input_shape=(3, 4))
        assert len(Sequential([steps]).losses) == 1
    assert len(nn.Model(x, shared(x)).losses) == 1  # the kernel's alone


def test_what_several_tables_bend_is_bent_by_each() -> None:
    from autograd_nn.compat.once.habits import _together

    found = _together({"a": {"f": lambda x: x + 1}}, {"a": {"f": lambda x: x * 2}, "b": {}})
    assert found["a"]["f"](1) == 4 and set(found) == {"a", "b"}


def test_calls_of_a_layer_are_nodes() -> None:
    with compat.install_as("keras"):
        from keras.engine.base_layer import Node
        from keras.layers import Dense, Input

        x, layer = Input((3,)), Dense(2)
        y = layer(x)
        (node,) = layer._inbound_nodes
        assert isinstance(node, Node)
        assert node.input_tensors[0] is x and node.output_tensors[0] is y
