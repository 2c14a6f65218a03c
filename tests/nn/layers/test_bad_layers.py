"""Bad arguments and inputs of layers: an error that names them, and weights that stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import layers
from autograd_nn.nn.activations import glu, sparsemax

NAN = float("nan")
X = {n: np.ones((2, 3, 4, 5, 6)[:n], "float32") for n in range(1, 6)}
BAD_NUMBERS: list[Any] = [-1, "3", None, NAN, [1]]

# A class, arguments that it refuses, and the name that its error gives.
ARGUMENTS: list[tuple[Any, dict[str, Any], str]] = [
    *((layers.Dense, {"units": v}, "units") for v in (0, -2, 2.5, "3", None, True)),
    *((layers.Dense, {"units": 2, name: "nonsense"}, "nonsense")
      for name in ("activation", "kernel_initializer", "bias_regularizer", "kernel_constraint")),
    *((layers.Embedding, {"input_dim": v, "output_dim": 2}, "input_dim") for v in (0, 1.5, None)),
    (layers.Embedding, {"input_dim": 3, "output_dim": -1}, "output_dim"),
    *((layers.EinsumDense, {"equation": e, "output_shape": 3}, "equation")
      for e in ("ab->ac", "ab,bc", "...ab,bc->ac...", "ab,bc->ad", 3, "ab,bcx->ac")),
    (layers.EinsumDense, {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "x"}, "x"),
    *((layers.Dropout, {"rate": v}, "rate") for v in (*BAD_NUMBERS, 1.1)),
    *((layers.Dropout, {"rate": 0.5, "noise_shape": v}, "noise_shape") for v in (3, (0,), (1.5,))),
    *((layers.AlphaDropout, {"rate": v}, "rate") for v in BAD_NUMBERS),
    *((layers.GaussianDropout, {"rate": v}, "rate") for v in (*BAD_NUMBERS, 1)),
    *((layers.GaussianNoise, {"stddev": v}, "stddev") for v in BAD_NUMBERS),
    *((layers.SpatialDropout1D, {"rate": v}, "rate") for v in BAD_NUMBERS),
    (layers.Dropout, {"rate": 0.5, "seed": "x"}, "seed"),
    *((layers.ReLU, {name: -1.0}, name) for name in ("max_value", "negative_slope", "threshold")),
    (layers.LeakyReLU, {"negative_slope": None}, "negative_slope"),
    (layers.PReLU, {"shared_axes": [0]}, "shared_axes"),
    (layers.ELU, {"alpha": "x"}, "alpha"),
    *((layers.Softmax, {"axis": v}, "axis") for v in (1.5, "x", None, [])),
    *((layers.LayerNormalization, {"axis": v}, "axis") for v in (1.5, "x", None, [], [0.5])),
    *((layers.BatchNormalization, {"axis": v}, "axis") for v in (1.5, "x", None)),
    *((layers.BatchNormalization, {"epsilon": v}, "epsilon") for v in BAD_NUMBERS),
    (layers.BatchNormalization, {"momentum": "x"}, "momentum"),
    (layers.BatchNormalization, {"synchronized": True}, "synchronized"),
    *((layers.BatchNormalization, {"renorm": True, "renorm_clipping": v}, "renorm_clipping")
      for v in ({"x": 1}, {"rmin": 2, "rmax": 1}, {"dmax": -1})),
    *((layers.GroupNormalization, {"groups": v}, "groups") for v in (0, -2, 1.5, "x", True)),
    (layers.RMSNormalization, {"epsilon": -1}, "epsilon"),
    (layers.UnitNormalization, {"axis": "x"}, "axis"),
    *((layers.SpectralNormalization, {"layer": nn.Dense(1), "power_iterations": v}, "power_iter")
      for v in (0, 1.5, "x")),
    *((kind, {"layer": "Dense"}, "layer") for kind in (layers.TimeDistributed, layers.Wrapper)),
    (layers.Lambda, {"function": 3}, "function"),
    *((layers.Permute, {"dims": v}, "dims") for v in ((0, 1), (1, 3), (1, 1), 3, "x")),
    *((layers.RepeatVector, {"n": v}, "n=") for v in (0, 1.5, "x", None, True)),
    *((layers.Reshape, {"target_shape": v}, "target_shape") for v in ((-1, -1), (-2,), (1.5,))),
    *((kind, {"data_format": "x"}, "data_format") for kind in
      (layers.Flatten, layers.ZeroPadding2D, layers.UpSampling3D, layers.GlobalMaxPooling1D)),
    *((layers.ZeroPadding1D, {"padding": v}, "padding") for v in (-1, 1.5, (1, 2, 3), "x")),
    *((layers.ZeroPadding2D, {"padding": v}, "padding") for v in (-1, (1,), ((1, 2), (1,)), "x")),
    *((layers.Cropping3D, {"cropping": v}, "cropping") for v in (-1, (1, 2), None)),
    *((layers.UpSampling1D, {"size": v}, "size") for v in (0, 1.5, None, (1, 2))),
    *((layers.UpSampling2D, {"size": v}, "size") for v in (0, (1, 0), (1, 2, 3), "x")),
    *((layers.UpSampling2D, {"interpolation": v}, "interpolation") for v in ("x", None)),
    *((layers.Dot, {"axes": v}, "axes") for v in ("x", (1,), (1.5, 1), None)),
    *((layers.Concatenate, {"axis": v}, "axis") for v in (1.5, "x", None)),
    *((layers.Input, {"shape": v}, "shape") for v in (None, (0,), (-1,), (1.5,), "x")),
    (layers.Input, {"shape": (3,), "batch_shape": (1, 3)}, "batch_shape"),
    (layers.Input, {"shape": (3,), "ragged": True}, "ragged"),
    (layers.Input, {"tensor": np.ones(3)}, "input_tensor"),
    (layers.Activation, {"activation": "rellu"}, "Did you mean 'relu'?"),
    (layers.BatchNormalization, {"momentun": 0.9}, "Did you mean 'momentum'?"),
    (layers.Dense, {"units": 3, "dtype": "int32"}, "dtype"),
]  # fmt: skip


@pytest.mark.parametrize(
    "kind, options, word", ARGUMENTS, ids=lambda v: getattr(v, "__name__", str(v))
)
def test_what_a_constructor_refuses(kind: Any, options: dict[str, Any], word: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        kind(**options)
    assert word in str(caught.value) and "expected" in str(caught.value)


# A layer, what it is called on, and a word of the error.
INPUTS: list[tuple[Any, Any, str]] = [
    *((kind(), x, "dimensions") for kind, x in (
        (layers.GlobalMaxPooling1D, X[2]), (layers.GlobalAveragePooling2D, X[3]),
        (layers.ZeroPadding3D, X[4]), (layers.Cropping1D, X[4]), (layers.UpSampling2D, X[3]),
    )),
    (layers.RepeatVector(2), X[3], "dimensions"), (layers.Permute((2, 1)), X[2], "dimensions"),
    (layers.SpatialDropout2D(0.5), X[3], "dimensions"),
    (layers.TimeDistributed(nn.Dense(2)), X[2], "dimensions"), (nn.Dense(2), X[1], "dimensions"),
    (layers.Cropping1D(2), X[3], "cropping"), (layers.Cropping2D((2, 2)), X[4], "cropping"),
    (layers.Reshape((5,)), X[2], "target_shape"),
    (layers.GroupNormalization(3), X[3], "groups"), (layers.GroupNormalization(8), X[3], "groups"),
    (layers.BatchNormalization(axis=3), X[3], "axis 3"),
    (layers.LayerNormalization(axis=[1, 5]), X[3], "axis 5"),
    (layers.UnitNormalization(axis=-4), X[3], "axis -4"),
    (layers.PReLU(shared_axes=[4]), X[3], "shared_axes"),
    (layers.EinsumDense("abc,cd->abd", (None, 2)), X[2], "abc,cd->abd"),
    (layers.EinsumDense("abc,cd->abd", (2, 2)), X[3], "'b'"),
    (layers.EinsumDense("abc,cd->abd", (2,)), X[3], "output_shape"),
    (layers.SpectralNormalization(nn.Dropout(0.5)), X[2], "kernel"),
    *((kind(), X[2], "list") for kind in (layers.Add, layers.Maximum, layers.Concatenate)),
    (layers.Dot(1), X[2], "list"), (layers.Subtract(), [X[2]] * 3, "2"),
    (layers.Add(), [X[2], X[2][:1]], "batches"),
    (layers.Multiply(), [X[3], X[3][:, :2]], "sizes"),
    (layers.Concatenate(), [X[3], X[2]], "sizes"),
    (layers.Concatenate(axis=1), [X[3], X[3][:, :, :2]], "sizes"),
    (layers.Concatenate(axis=3), [X[3], X[3]], "axis 3"),
    (layers.Dot(0), [X[2], X[2]], "batch"), (layers.Dot(3), [X[2], X[2]], "axes"),
    (layers.Dot(1), [X[2], X[2][:, :2]], "sizes"),
    (layers.Embedding(3, 2), np.array([[3]]), "out of"),
    (layers.Add(), None, ""),
]  # fmt: skip


@pytest.mark.parametrize("layer, x, word", INPUTS, ids=lambda v: str(v)[:40])
def test_what_a_layer_refuses(layer: Any, x: Any, word: str) -> None:
    with pytest.raises((ValueError, TypeError, IndexError)) as caught:
        layer(x)
    assert word in str(caught.value)
    assert layer.weights == [] or isinstance(layer, layers.Embedding)


BUILT: list[tuple[Any, Any, Any]] = [
    (layers.BatchNormalization(), X[2], X[3]), (layers.LayerNormalization(), X[2], X[3]),
    (layers.RMSNormalization(axis=1), X[3], X[3][:, :2]),
    (layers.GroupNormalization(1), X[2], X[4]), (layers.PReLU(), X[2], X[3]),
    (layers.EinsumDense("ab,bc->ac", 2), X[2], X[2][:, :2]),
    (layers.TimeDistributed(nn.Dense(2)), X[3], X[3][:, :, :2]),
    (layers.SpectralNormalization(nn.Dense(2)), X[2], X[2][:, :2]),
]


@pytest.mark.parametrize("layer, first, other", BUILT, ids=lambda v: type(v).__name__)
def test_other_sizes_than_it_was_built_for(layer: Any, first: Any, other: Any) -> None:
    layer(first)
    before = layer.get_weights()
    with pytest.raises(ValueError, match="expected"):
        layer(other, training=True) if layer._takes_training else layer(other)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


MASKS: list[tuple[Any, Any, Any]] = [
    (layers.Softmax(), X[2], np.ones((2, 1, 3), bool)), (layers.Softmax(), X[2], np.ones(2, bool)),
    (layers.TimeDistributed(nn.Dense(2)), X[3], np.ones((2, 2), bool)),
    (layers.Maximum(), [X[2], X[2]], np.ones((2, 3), bool)),
    (layers.Multiply(), [X[2], X[2]], [np.ones(2, bool)]),
]


@pytest.mark.parametrize("layer, x, mask", MASKS, ids=lambda v: type(v).__name__)
def test_masks_that_do_not_fit(layer: Any, x: Any, mask: Any) -> None:
    with pytest.raises(ValueError, match="mask"):
        layer(x, mask=mask)
    with pytest.raises(ValueError, match="mask"):
        layers.BatchNormalization()(X[3], mask=np.ones((2, 3, 4), bool), training=True)


def test_activations_that_need_more() -> None:
    with pytest.raises(ValueError, match="even size"):
        glu(X[2])
    with pytest.raises((ValueError, IndexError), match="axis"):
        sparsemax(X[2], axis=5)
