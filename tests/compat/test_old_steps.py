"""Steps and functions of old scripts, run natively: `test_scripts` runs its own op by op."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import compat
from autograd_nn.compat.functions import again, told
from autograd_nn.engine.errors import RecordWarning, ShapeError
from autograd_nn.engine.mode import followers

X = np.arange(24, dtype="float32").reshape(12, 2) / 24
Y = X.sum(axis=1, keepdims=True)


def _batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    while True:
        for k in range(0, 12, 4):
            yield X[k : k + 4], Y[k : k + 4]


def _fitted(model: Any, by: str) -> Any:
    if by == "generator":
        return model.fit_generator(_batches(), steps_per_epoch=3, epochs=4, verbose=0)
    return model.fit(X, Y, batch_size=4, epochs=4, shuffle=False, verbose=0)


@pytest.mark.filterwarnings("ignore:.*fit_generator:DeprecationWarning")
@pytest.mark.parametrize("by", ["arrays", "generator"])
@pytest.mark.parametrize("looks", [False, True])
def test_a_model_is_trained_natively_as_op_by_op(by: str, looks: bool) -> None:
    found = []
    with compat.install_as():
        from keras import backend as K  # noqa: N812
        from keras.layers import Dense
        from keras.models import Sequential

        def loss(y_true: Any, y_pred: Any) -> Any:
            if looks and K.mean(y_pred) > 100:
                return K.sum(y_pred)
            return K.mean(K.square(y_true - y_pred), axis=-1)

        for eagerly in (False, True):
            model = Sequential([Dense(1, input_shape=(2,), kernel_initializer="ones")])
            model.compile("sgd", loss, run_eagerly=eagerly)
            warns = pytest.warns(RecordWarning, match="looks at a value")
            with warns if looks and not eagerly else nullcontext():
                history = _fitted(model, by).history
                found.append([*history["loss"], model.evaluate(X, Y, verbose=0)])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)


def test_what_lies_too_far_from_its_variable_is_told() -> None:
    with compat.install_as():
        from keras import backend as K  # noqa: N812
        from keras.layers import Input

        n, x = K.variable(0, dtype="int32"), Input((1,), dtype="int32")
        near = far = n * 1
        for k in range(1000):
            far = far + 1
            near = far if k < 100 else near
        K.set_value(n, 7)
        assert int(K.function([x], near + x)([[[0]]])[0, 0]) == 107
        with pytest.warns(RuntimeWarning, match="has the values of when it was"):
            assert int(K.function([x], far + x)([[[0]]])[0, 0]) == 1000
        near[...] = 5  # is what was assigned from then on
        assert int(K.function([x], near + x)([[[0]]])[0, 0]) == 5
    assert not followers
    del near, far, x
    gc.collect()
    assert not again._MADE


def test_a_recording_tiles_by_sizes_that_are_a_tensor() -> None:
    @ag.jit
    def tiled(x: Any) -> Any:
        sizes = ag.concatenate([ag.Tensor([x.shape[0]]), ag.Tensor([2])])
        return ag.tile(ag.ones((1, 3)) * x.sum(), sizes)

    for n in (2, 4):
        assert tiled(np.ones((n, 5), "float32")).tolist() == [[5.0 * n] * 6] * n
    with pytest.raises(ShapeError, match="expected integers from 0"):
        ag.tile(X, ag.Tensor([2.0, 1.0]))


def test_what_is_noted_goes_when_modules_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", wrong.append)
    with compat.install_as():
        from keras import backend as K  # noqa: N812

        v, n = K.variable(1.0), K.variable(1, dtype="int32")
        v.assign(v * 2)
        count = n * 2
    for module, name in ((told, "_TOLD"), (again, "_MADE")):
        monkeypatch.setattr(module, name, None)  # as the end of the process does
    del v, count
    gc.collect()
    assert not wrong
