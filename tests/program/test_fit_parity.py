"""Training replayed natively ends where eager training ends: weights, slots, metrics, history."""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import callbacks, constraints, layers, losses, metrics, optimizers, regularizers
from autograd_nn.nn.utils import set_random_seed
from tests.effort import THOROUGH
from tests.nn.layers.layer_cases import CASES, Case

N, STEPS = 70, 50  # 70 samples by 16: four batches and a smaller one; ten epochs make 50 steps
EPOCHS = STEPS // 5
# Functions of XLA's are a unit apart from NumPy's, and training carries that on.
ELSEWHERE = "AUTOGRAD_NN_DEVICE" in os.environ
TIGHT = {"float32": 1e-5, "float64": 1e-9} if ELSEWHERE else {"float32": 1e-6, "float64": 1e-12}


def rows(kind: str = "values", dtype: str = "float64") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(N, 6)).astype(dtype)
    score = x @ rng.normal(size=6) + 0.3 * rng.normal(size=N)
    if kind == "binary":
        return x, (score > 0).astype(dtype)
    if kind in ("classes", "distribution"):
        label = np.digitize(score, [-1, 1])
        return x, label if kind == "classes" else np.eye(3, dtype=dtype)[label]
    return x, (np.exp(score / 4) if kind == "positive" else score).astype(dtype)


class Settle(callbacks.Callback):
    """Waits for the kernels after the first epoch: the others then run natively."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        for stepper in self.model._steppers.values():
            for program in stepper.programs.values():
                assert program.ready(wait=True)
                assert not program.failed, "every kernel is to compile"


def state(model: Any) -> dict[str, np.ndarray]:
    found = {f"weight {i}": np.array(w.array) for i, w in enumerate(model.weights)}
    found |= {f"optimizer {i}": np.array(v.array) for i, v in enumerate(model.optimizer.variables)}
    for m in model.metrics:
        found |= {f"{m.name} {i}": np.array(v.array) for i, v in enumerate(m.variables)}
    return found


def trained(
    make: Callable[[], Any], x: np.ndarray, y: np.ndarray, eagerly: bool, **fit: Any
) -> tuple[dict[str, np.ndarray], dict[str, list[float]], Any]:
    set_random_seed(11)
    model = make()
    model.run_eagerly = eagerly
    given = [c() if callable(c) else c for c in fit.pop("callbacks", [])]
    fit = {"batch_size": 16, "epochs": EPOCHS, "verbose": 0} | fit
    history = model.fit(x, y, callbacks=[*given, Settle()], **fit)
    if not eagerly:
        programs = [p for s in model._steppers.values() for p in s.programs.values()]
        assert programs and all(p.ready() for p in programs), "nothing was replayed"
    return state(model), history.history, model


def agree(make: Callable[[], Any], x: np.ndarray, y: np.ndarray, dtype: str, **fit: Any) -> Any:
    """Eager and native training agree; returns the model that was trained natively."""
    told, history, _ = trained(make, x, y, True, **fit)
    found, replayed, model = trained(make, x, y, False, **fit)
    assert found.keys() == told.keys()
    for name, a in told.items():
        assert found[name].dtype == a.dtype and found[name].shape == a.shape
        away = np.linalg.norm(np.ravel(found[name] - a.astype(np.float64)))
        assert away <= TIGHT[dtype] * max(np.linalg.norm(np.ravel(a)), 0.05), (name, away)
    assert replayed.keys() == history.keys()
    for name, a in history.items():
        np.testing.assert_allclose(
            replayed[name], a, rtol=10 * TIGHT[dtype], atol=TIGHT[dtype], err_msg=name
        )
    return model


def model_of(
    *inner: Any, loss: Any = "mse", optimizer: Any = "adam", dtype: str = "float64",
    out: int = 1, last: Any = None, **options: Any,
) -> Callable[[], Any]:  # fmt: skip
    """What makes a compiled model anew, with layers made by ``inner`` functions."""

    def make() -> Any:
        parts = [p() for p in inner] or [layers.Dense(5, activation="tanh", dtype=dtype)]
        model = nn.Sequential(
            [layers.Input((6,)), *parts, layers.Dense(out, activation=last, dtype=dtype)]
        )
        chosen = optimizer() if callable(optimizer) else optimizer
        model.compile(loss=loss() if callable(loss) else loss, optimizer=chosen, **options)
        return model

    return make


def classes(module: Any, base: type) -> list[type]:
    """The public classes of a module that are made from ``base``."""
    return sorted(
        (
            c for n, c in vars(module).items()
            if inspect.isclass(c) and issubclass(c, base) and c is not base and n[0] != "_"
        ),
        key=lambda c: c.__name__,
    )  # fmt: skip


class SideBySide(nn.Model):
    """Layers beside one another, each on its own columns of the data; their means meet at the end.

    One program then trains them all: what they share is compiled once.
    """

    def __init__(self, cases: list[Case], dtype: str) -> None:
        super().__init__(dtype=dtype)
        self.takes = [(c.shapes, c.whole, isinstance(c.shape, list)) for c in cases]
        self.parts = [c.make(dtype=dtype) for c in cases]
        self.end = layers.Dense(1, dtype=dtype)

    def call(self, inputs: Any) -> Any:
        found, at = [], 0
        for (shapes, whole, several), part in zip(self.takes, self.parts, strict=True):
            given = []
            for shape in shapes:
                to = at + math.prod(shape)
                x = ag.reshape(inputs[:, at:to], (-1, *shape))
                given.append(ag.astype(ag.absolute(x) * 2, dtype=int) % 5 if whole else x)
                at = to
            y = part(given if several else given[0])
            found.append(ag.mean(ag.reshape(y, (y.shape[0], -1)), axis=1))
        return self.end(ag.stack(found, axis=1))


# Rounding grows as they are trained: the logarithm of small sums, pictures moved by sums of draws.
STEEP: tuple[str, ...] = ("STFTSpectrogram-frame_length=8", "RandomElasticTransform-scale=0.5")
if ELSEWHERE:  # in float32 for a part, to whose units XLA and NumPy agree
    STEEP += ("ContrastLimitedAdaptiveHistogramEqualization",)


@pytest.mark.parametrize("turn", range(6))
def test_every_layer(turn: int) -> None:
    """Every sixth of the cases together, in turns of both dtypes: of a layer one, or each case."""
    dtype = ("float32", "float64")[turn % 2]
    one_each = {k.partition("-")[0]: k for k in reversed(CASES)}.values()
    names = [k for k in CASES if THOROUGH or k in one_each]
    cases = [CASES[k] for k in names[turn::6] if not k.startswith(STEEP)]
    width = sum(math.prod(s) for c in cases for s in c.shapes)
    x = np.random.default_rng(3).normal(size=(N, width)).astype(dtype)

    def make() -> Any:
        model = SideBySide(cases, dtype)
        model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
        return model

    agree(make, x, x[:, :6].sum(axis=1), dtype)


def test_masks_travel_in_programs() -> None:
    x, y = rows(dtype="float32")
    tokens = (np.abs(x) * 3).astype("int32")

    def make() -> Any:
        inputs = layers.Input((6,), dtype="int32")
        found = layers.Embedding(12, 3, mask_zero=True)(inputs)
        found = layers.TimeDistributed(layers.Dense(4, use_bias=False))(found)
        found = layers.BatchNormalization()(found)
        model = nn.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(found)))
        model.compile(loss="mse", optimizer="sgd")
        return model

    agree(make, tokens, y, "float32", epochs=2)


ENDS = {"binary": (1, "sigmoid"), "classes": (3, "softmax"), "distribution": (3, "softmax"),
        "values": (1, None)}  # fmt: skip


# Losses that ask for other targets or outputs than those their kind of targets says.
APART: dict[Any, tuple[str, int, Any]] = {
    losses.Circle: ("classes", 3, "sigmoid"), losses.Crossentropy: ("classes", 3, "softmax"),
    losses.Dice: ("binary", 1, "sigmoid"), losses.Tversky: ("binary", 1, "sigmoid"),
    losses.GaussianNegativeLogLikelihood: ("values", 2, None),
    losses.MeanAbsolutePercentageError: ("positive", 1, "softplus"),
    losses.MeanSquaredLogarithmicError: ("positive", 1, "softplus"),
    losses.Poisson: ("positive", 1, "softplus"), losses.Triplet: ("classes", 3, None),
}  # fmt: skip
MADE = {
    losses.Circle: lambda: losses.Circle(gamma=4.0),
    losses.FunctionLoss: lambda: losses.FunctionLoss(
        lambda t, p: ag.mean(ag.absolute(t - p) ** 1.5, axis=-1)
    ),
}
IN_BOTH = (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.Huber, losses.FunctionLoss,
           losses.CategoricalCrossentropy, losses.BinaryCrossentropy,
           losses.SparseCategoricalCrossentropy)  # fmt: skip


@pytest.mark.parametrize("cls, dtype", [
    (cls, dtype) for cls in classes(losses, losses.Loss) if cls is not losses.CTC
    for dtype in (("float32", "float64") if cls in IN_BOTH else ("float64",))
], ids=lambda v: getattr(v, "__name__", v))  # fmt: skip
def test_every_loss(cls: Any, dtype: str) -> None:
    kind, out, last = APART.get(cls) or (
        (cls._targets, *ENDS[cls._targets]) if cls._targets in ENDS else ("values", *ENDS["values"])
    )
    x, y = rows(kind, dtype)
    make = MADE.get(cls, cls)
    agree(model_of(loss=make, out=out, last=last, dtype=dtype, optimizer="sgd"), x, y, dtype)
    if "from_logits" in inspect.signature(cls).parameters:
        logits = model_of(loss=lambda: cls(from_logits=True), out=out, dtype=dtype, optimizer="sgd")
        agree(logits, x, y, dtype)


def test_a_loss_of_sequences() -> None:
    x, labels = rows("classes")

    def make() -> Any:
        steps = [layers.Dense(6, dtype="float64"), layers.Reshape((2, 3), dtype="float64")]
        model = nn.Sequential([layers.Input((6,)), *steps])
        model.compile(loss="ctc", optimizer="sgd")
        return model

    agree(make, x, labels[:, None], "float64")


OTHERS = "LBFGS Lookahead LossScaleOptimizer MultiOptimizer".split()  # in the options below
UPDATES = [c for c in classes(optimizers, optimizers.Optimizer) if c.__name__ not in OTHERS]
OFTEN = [(c, "float32") for c in (optimizers.SGD, optimizers.Adam, optimizers.RMSprop)]


@pytest.mark.parametrize("cls, dtype", [*((c, "float64") for c in UPDATES), *OFTEN])
def test_every_optimizer(cls: Any, dtype: str) -> None:
    x, y = rows(dtype=dtype)
    agree(model_of(optimizer=cls, dtype=dtype), x, y, dtype)


OPTIONS: dict[str, Callable[[], Any]] = {
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "centered": lambda: optimizers.RMSprop(0.01, centered=True, momentum=0.5),
    "decay": lambda: optimizers.SGD(0.05, weight_decay=0.01),
    "clipnorm": lambda: optimizers.Adam(0.01, clipnorm=0.1),
    "clipvalue": lambda: optimizers.SGD(0.1, clipvalue=0.05),
    "global_clipnorm": lambda: optimizers.SGD(0.1, global_clipnorm=0.2),
    "schedule": lambda: optimizers.SGD(lambda n: 0.1 / (1 + 0.1 * ag.astype(n, dtype=np.float64))),
    "tensor rate": lambda: optimizers.SGD(ag.Tensor(0.05)),
    "all weights as one": lambda: optimizers.LBFGS(0.02, history=3),
    "ahead": lambda: optimizers.Lookahead(optimizers.SGD(0.05, momentum=0.5), sync_period=3),
    "scaled": lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.05), dynamic_growth_steps=4),
    "several": lambda: optimizers.MultiOptimizer(
        optimizers.OptimizerMap(optimizers.SGD(0.05), {".*bias": optimizers.SGD(0.1, 0.5)})
    ),
    "lazy": lambda: optimizers.Adam(0.05, lazy=True),
    "average": lambda: optimizers.SGD(0.05, use_ema=True, ema_momentum=0.8,
                                      ema_overwrite_frequency=3),
    "accumulation": lambda: optimizers.Adam(0.05, gradient_accumulation_steps=3, clipnorm=0.5),
    "restarts": lambda: optimizers.SGD(optimizers.schedules.CosineDecayRestarts(0.1, 3)),
    "one cycle": lambda: optimizers.SGD(optimizers.schedules.OneCycle(0.1, 20)),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_optimizer_options(name: str) -> None:
    x, y = rows()
    agree(model_of(optimizer=OPTIONS[name]), x, y, "float64")


def test_weights_of_samples_and_classes_with_metrics() -> None:
    x, y = rows("binary")
    weight = np.random.default_rng(0).uniform(0.2, 3, N)
    make = model_of(
        loss="binary_crossentropy", last="sigmoid", metrics=["accuracy", "mae"],
        weighted_metrics=["accuracy"],
    )  # fmt: skip
    agree(make, x, y, "float64", sample_weight=weight, class_weight={0: 0.5, 1: 2.0},
          validation_split=0.2)  # fmt: skip


METRICS: dict[str, tuple[str, Callable[[], Any]]] = {
    "accuracy": ("classes", lambda: "accuracy"), "mae": ("values", lambda: "mae"),
    "auc": ("binary", lambda: metrics.AUC()), "precision": ("binary", metrics.Precision),
    "auc by label": ("distribution", lambda: metrics.AUC(multi_label=True)),
    "f1": ("distribution", lambda: metrics.F1Score("macro")), "r2": ("values", metrics.R2Score),
    "top k": ("distribution", lambda: metrics.TopKCategoricalAccuracy(2)),
    "iou": ("distribution", lambda: metrics.OneHotMeanIoU(3)),
    "crossentropy": ("classes", lambda: "crossentropy"),
}  # fmt: skip


@pytest.mark.parametrize("name", METRICS)
def test_metrics(name: str) -> None:
    """Some of each kind; that every update runs natively is tested by itself."""
    kind, metric = METRICS[name]
    x, y = rows(kind)
    out, last = ENDS[kind]
    loss = {"classes": "sparse_categorical_crossentropy",
            "distribution": "categorical_crossentropy",
            "binary": "binary_crossentropy", "values": "mse"}[kind]  # fmt: skip

    def with_metric() -> Any:
        model = model_of(loss=loss, out=out, last=last)()
        model.compile(loss=loss, optimizer="sgd", metrics=[metric()])
        return model

    agree(with_metric, x, y, "float64", validation_split=0.2)


REGULARIZERS = [regularizers.L1(0.01), regularizers.L2(0.01), regularizers.L1L2(0.01, 0.02)]


@pytest.mark.parametrize("penalty", REGULARIZERS, ids=lambda r: type(r).__name__)
def test_regularizers(penalty: Any) -> None:
    x, y = rows()
    inner = lambda: layers.Dense(4, kernel_regularizer=penalty, dtype="float64")  # noqa: E731
    agree(model_of(inner), x, y, "float64")


@pytest.mark.parametrize(
    "cls", classes(constraints, constraints.Constraint), ids=lambda c: c.__name__
)
def test_constraints(cls: Any) -> None:
    x, y = rows()
    inner = lambda: layers.Dense(4, kernel_constraint=cls(), dtype="float64")  # noqa: E731
    agree(model_of(inner), x, y, "float64")


@pytest.mark.native
def test_an_op_without_a_kernel_is_run_between_native_stretches() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g * 3 * ag.square(x))
    def cubed(x: Any) -> Any:
        return np.asarray(x) ** 3

    inner = lambda: layers.Dense(4, activation=lambda t: ag.tanh(cubed(t)), dtype="float64")  # noqa: E731
    model = agree(model_of(inner), *rows(), "float64")
    text = "\n".join(str(p) for s in model._steppers.values() for p in s.programs.values())
    assert "[python" in text and "[native" in text


def scheduled() -> Any:
    return callbacks.LearningRateScheduler(lambda epoch, rate: 0.1 / (1 + epoch))


class Hooks(callbacks.Callback):
    """Changes the rate after some batches, and writes down what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen.append(logs["loss"])
        if batch == 2:
            self.model.optimizer.learning_rate = 0.01 * (1 + len(self.seen))


def test_callbacks_that_change_the_rate() -> None:
    agree(model_of(optimizer="sgd"), *rows(), "float64", callbacks=[scheduled])


def test_batch_hooks() -> None:
    x, y = rows()
    a, b = Hooks(), Hooks()
    told, _, _ = trained(model_of(optimizer="sgd"), x, y, True, callbacks=[a])
    found, _, _ = trained(model_of(optimizer="sgd"), x, y, False, callbacks=[b])
    assert len(a.seen) == len(b.seen) == STEPS
    np.testing.assert_allclose(b.seen, a.seen, rtol=1e-11)
    for k, v in told.items():
        np.testing.assert_allclose(found[k], v, rtol=1e-11, atol=1e-13)


class Stop(callbacks.Callback):
    def __init__(self, at: int) -> None:
        super().__init__()
        self.at, self.seen = at, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen += 1
        if self.seen == self.at:
            self.model.stop_training = True


def test_stop_training_within_an_epoch() -> None:
    for at in (1, 7, 23):
        _, _, model = trained(model_of(), *rows(), False, callbacks=[Stop(at)])
        assert int(model.optimizer.iterations) == at


def test_early_stopping() -> None:
    x, y = rows()
    stop = lambda: callbacks.EarlyStopping("loss", patience=1, min_delta=0.02)  # noqa: E731
    _, told, _ = trained(model_of(optimizer="sgd"), x, y, True, callbacks=[stop()], epochs=40)
    _, found, _ = trained(model_of(optimizer="sgd"), x, y, False, callbacks=[stop()], epochs=40)
    assert len(found["loss"]) == len(told["loss"]) < 40


def after_change(change: Callable[[Any], None], inner: Callable[[], Any] | None = None) -> None:
    """fit, change something, fit again: native and eager agree, and the change does something."""
    x, y = rows()
    ends = []
    for eagerly, changed in ((True, True), (False, True), (False, False)):
        set_random_seed(5)
        model = model_of(*([inner] if inner else []), optimizer="sgd")()
        model.run_eagerly = eagerly
        for turn in range(2):
            model.fit(x, y, batch_size=16, epochs=3, verbose=0, callbacks=[Settle()])
            if turn == 0 and changed:
                change(model)
                model.run_eagerly = eagerly
        ends.append(model.get_weights())
    for a, b in zip(ends[0], ends[1], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-10, atol=1e-12)
    assert any(not np.allclose(a, c, rtol=1e-6) for a, c in zip(ends[0], ends[2], strict=True))


def frozen(model: Any) -> None:
    model.layers[0].trainable = False
    model.compile(loss="mse", optimizer="sgd")


def other_rate(model: Any) -> None:
    model.optimizer.learning_rate = 0.2


def other_optimizer(model: Any) -> None:
    model.compile(loss="mae", optimizer=optimizers.RMSprop(0.02))


def other_weights(model: Any) -> None:
    model.set_weights([w * 0.5 for w in model.get_weights()])


def other_activation(model: Any) -> None:
    model.layers[0].activation = ag.sin


def other_dropout(model: Any) -> None:
    model.layers[0].rate = 0.75


@pytest.mark.parametrize(
    "change", [frozen, other_rate, other_optimizer, other_weights, other_activation],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_changes_between_fits(change: Callable[[Any], None]) -> None:
    after_change(change)


def test_a_layers_rate_changed_between_fits() -> None:
    after_change(other_dropout, lambda: layers.Dropout(0.25, dtype="float64"))


def test_data_of_other_sizes_dtypes_and_layouts_between_fits() -> None:
    x, y = rows()
    ends = []
    for eagerly in (True, False):
        set_random_seed(5)
        model = model_of(optimizer="sgd")()
        model.run_eagerly = eagerly
        for a, b, size in ((x, y, 16), (x[:33], y[:33], 8), (np.asfortranarray(x), y, 16),
                           (x[::-1], y[::-1], 70), (x.astype("float32"), y, 16),
                           (x, y, 1)):  # fmt: skip
            model.fit(a, b, batch_size=size, epochs=2, verbose=0, callbacks=[Settle()])
        model.evaluate(x, y, verbose=0)
        ends.append([*model.get_weights(), np.array(model.evaluate(x, y, verbose=0))])
    for a, b in zip(*ends, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-10, atol=1e-12)


def test_weights_keep_what_they_were_when_training_goes_on() -> None:
    x, y = rows()
    _, _, model = trained(model_of(), x, y, False)
    kept = model.get_weights()
    views = [w.numpy() for w in model.weights]
    copies = [np.array(v) for v in kept]
    model.fit(x, y, batch_size=16, epochs=2, verbose=0)
    for v, w, c in zip(kept, views, copies, strict=True):
        np.testing.assert_array_equal(v, c)
        np.testing.assert_array_equal(w, c)
