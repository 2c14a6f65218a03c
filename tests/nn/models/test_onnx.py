"""Models written as ONNX: every layer in onnxruntime, and what cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from autograd_nn import fft, nn  # noqa: E402  (after the skip)
from autograd_nn.engine import ops, tree  # noqa: E402
from autograd_nn.nn import layers  # noqa: E402
from autograd_nn.nn.saving.onnx.export import write  # noqa: E402
from autograd_nn.nn.saving.onnx.rules import RULES  # noqa: E402
from autograd_nn.nn.symbols import Outline  # noqa: E402
from tests.nn.layers.layer_cases import CASES, Case  # noqa: E402


def runtime(path: Path) -> Any:
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def same(session: Any, xs: list[np.ndarray], expected: Any, tolerance: float = 1e-5) -> None:
    """The session gives what the library gives."""
    names = [x.name for x in session.get_inputs()]
    found = session.run(None, dict(zip(names, xs, strict=True)))
    for a, y in zip(found, tree.flatten(expected)[0], strict=True):
        b = np.asarray(getattr(y, "array", y))
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_layer_runs_elsewhere(case: Case, tmp_path: Path) -> None:
    layer, x = case.make(), case.inputs(4, "float32")
    layer(x)
    rng = np.random.default_rng(1)
    for v in layer.weights:  # biases, too, and statistics that are not 0 and 1
        if v.dtype.kind == "f":
            v.assign(v.numpy() + 0.1 * rng.random(v.shape).astype(v.dtype))
    several = isinstance(x, list)
    xs = x if several else [x]
    of = [Outline((None, *v.shape[1:]), v.dtype) for v in xs]
    path = tmp_path / "layer.onnx"
    write(layer, path, of if several else of[0], [f"x{i}" for i in range(len(xs))])
    session = runtime(path)
    for n in (4, 1):  # the batch is of any size
        part = [v[:n] for v in xs]
        same(session, part, layer(part if several else part[0], training=False))


def test_a_model_of_several_inputs_and_outputs(tmp_path: Path) -> None:
    a, b = nn.Input((3,), name="a"), nn.Input((4,), dtype="int64", name="b")
    h = layers.Dense(2, "elu")(a)
    e = layers.LSTM(2)(layers.Embedding(5, 3, mask_zero=True)(b))
    model = nn.Model({"a": a, "b": b}, [layers.Concatenate()([h, e]), h * 2.0])
    model.export(tmp_path / "m.onnx")
    session = runtime(tmp_path / "m.onnx")
    assert [x.name for x in session.get_inputs()] == ["a", "b"]
    assert [y.shape for y in session.get_outputs()] == [["batch", 4], ["batch", 2]]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 3)).astype("float32")
    ids = rng.integers(1, 5, (5, 4))
    ids[:, 2:] = 0
    same(session, [x, ids], model({"a": x, "b": ids}, training=False))


def test_a_trained_classifier_predicts_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(16, 6, 6, 1)).astype("float32")
    y = rng.integers(0, 3, 16)
    model = nn.Sequential([
        nn.Input((6, 6, 1)), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(),
        layers.ReLU(), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5),
        layers.Dense(3, "softmax"),
    ])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=2, verbose=0)
    model.export(str(tmp_path / "m.onnx"))
    same(runtime(tmp_path / "m.onnx"), [x], model.predict(x, verbose=0))


# every op that has a rule and that no layer calls: what it is called on
APART: dict[str, tuple[Callable[..., Any], tuple[float, float]]] = {
    name: (getattr(ops, name), span)
    for span, names in {
        (-0.9, 0.9): "arccos arcsin arctan arctanh arcsinh ceil cos cosh erf exp floor expm1 log1p "
        "negative rint sign sin sinh softplus erfc softsign tan tanh absolute isnan isinf cumsum "
        "argmax argmin all any prod min matrix_transpose logsumexp log_softmax",
        (1.5, 3.0): "reciprocal rsqrt log log2 log10 sqrt arccosh",
        (-40.0, 40.0): "expm1 erf rint",
    }.items()
    for name in names.split()
}


@pytest.mark.parametrize("name", APART)
def test_ops_that_no_layer_calls(name: str, tmp_path: Path) -> None:
    function, (low, high) = APART[name]
    axes = {"argmax", "argmin", "all", "any", "prod", "min", "logsumexp", "log_softmax", "cumsum"}
    options = {"axis": -1} if name in axes else {}
    layer = layers.Lambda(lambda x: function(x, **options))
    x = np.random.default_rng(0).uniform(low, high, (3, 4, 2)).astype("float32")
    expected = layer(x)
    write(layer, tmp_path / "m.onnx", Outline((None, 4, 2), "float32"), ["x"])
    same(runtime(tmp_path / "m.onnx"), [x], expected)
    assert name in RULES


def lambdas(function: Callable[[Any], Any], x: np.ndarray, path: Path) -> Any:
    """A function of x in another library, for batches of two sizes; gives what it is there."""
    layer = layers.Lambda(function)
    write(layer, path, Outline((None, *x.shape[1:]), x.dtype), ["x"])
    for n in (len(x), 1):
        same(runtime(path), [x[:n]], layer(x[:n]))


@pytest.mark.parametrize("n", [1, 2, 12, 100, 64])
def test_transforms_of_any_length(n: int, tmp_path: Path) -> None:
    x = np.random.default_rng(n).normal(size=(3, 2, n)).astype("float32")
    for function in (fft.rfft, lambda x: fft.fft((x, x * 2)), lambda x: fft.ifft((x * x, x))):
        lambdas(lambda x, f=function: tuple(f(x)), x, tmp_path / "m.onnx")


@pytest.mark.parametrize("side", ["left", "right"])
def test_places_among_bounds(side: str, tmp_path: Path) -> None:
    bounds = np.array([-1, 0, 0, 1, np.inf], "float32")
    x = np.array([[-2, -1, 0], [0.5, 1, np.nan], [np.inf, -np.inf, 2]], "float32")
    lambdas(lambda x: ops.searchsorted(bounds, x, side=side), x, tmp_path / "m.onnx")


def test_places_of_several_axes(tmp_path: Path) -> None:
    """What is read and added at places that are counted along the batch."""
    x = np.random.default_rng(0).normal(size=(4, 5, 2)).astype("float32")
    at = np.array([3, 0, 3])

    def read(x: Any) -> Any:
        return x[np.arange(x.shape[0])[:, None], at]

    def added(x: Any) -> Any:
        rows = np.arange(0, 2 * x.shape[0], 2)[:, None]
        return ops.add_at(ops.concatenate([x, x]) * 0, (rows, at), x[:, :3])

    def first(x: Any) -> Any:
        return ops.add_at(x * 0, np.array([0, 0, -1]), x[:1] * 2)

    def spread(x: Any) -> Any:
        return ops.add_at(x * 0, (np.array([[0], [-1]]), np.array([1, -2])), np.float32(1.5))

    def behind(x: Any) -> Any:
        return x[:, at, np.array([0, 1, 1])]

    for function in (read, added, first, spread):
        lambdas(function, x, tmp_path / "m.onnx")
    with pytest.raises(ValueError, match="for the first axes"):
        lambdas(behind, x, tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (ops.digamma, "'digamma'"),
        (lambda x: x * float(x.shape[0]), "size of batch"),
        (lambda x: ops.sin(x) if x.shape[0] == 2 else ops.cos(x), "other ops"),
        (lambda x: x + np.arange(x.shape[0], dtype="float32")[:, None], "each sample"),
        (lambda x: x + np.array([0, 1, 5])[: x.shape[0], None], "each sample"),
    ],
)
def test_what_has_no_form_is_told(
    function: Callable[[Any], Any], word: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"old")
    x = nn.Input((3,))
    with pytest.raises(ValueError, match=word):
        nn.Model(x, layers.Lambda(function, output_shape=(3,))(x)).export(path)
    assert path.read_bytes() == b"old"


def test_inputs_have_to_be_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="that are known"):
        x = nn.Input((None, 3))
        nn.Model(x, layers.Dense(2)(x)).export(tmp_path / "m.onnx")
    with pytest.raises(ValueError, match="built"):
        nn.Sequential([layers.Dense(2)]).export(tmp_path / "m.onnx")
    with pytest.raises(ValueError, match="onnx"):
        nn.Sequential([nn.Input((2,))]).export(tmp_path / "m", format="tf_saved_model")
