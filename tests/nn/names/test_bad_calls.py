# ruff: noqa: E501, E731  (one call a line is easier to read)
"""Calls that cannot be meant: each is refused in words of ours, and leaves everything as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

X = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")
L, M, O, C, I, R = nn.losses, nn.metrics, nn.optimizers, nn.callbacks, nn.initializers, nn.regularizers  # noqa: E741
sch = O.schedules


def S(loss: Any = "mse", **options: Any) -> nn.Sequential:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.compile("sgd", loss, **options)
    return model


def two() -> nn.Model:
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    h = nn.Dense(2, name="h")(nn.layers.Concatenate()([a, b]))
    model = nn.Model([a, b], [nn.Dense(1, name="p")(h), nn.Dense(1, name="q")(h)])
    model.compile("sgd", "mse")
    return model


def i3() -> Any:
    return nn.Input((3,))


def fit(model: Any) -> None:
    model.fit(X, Y, verbose=0)


OF_ONE: dict[str, Callable[[Any], Any]] = {
    "fit epochs none": lambda m: m.fit(X, Y, epochs=None),
    "fit epochs str": lambda m: m.fit(X, Y, epochs="3"),
    "fit verbose bad": lambda m: m.fit(X, Y, verbose="loud"),
    "fit verbose 7": lambda m: m.fit(X, Y, verbose=7),
    "fit callbacks str": lambda m: m.fit(X, Y, callbacks="nan"),
    "fit callbacks cls": lambda m: m.fit(X, Y, callbacks=[C.TerminateOnNaN]),
    "fit callbacks dict": lambda m: m.fit(X, Y, callbacks={"a":C.TerminateOnNaN()}),
    "val data one": lambda m: m.fit(X, Y, validation_data=X),
    "val data four": lambda m: m.fit(X, Y, validation_data=(X, Y, Y, Y)),
    "val data wrong shape": lambda m: m.fit(X, Y, validation_data=(X[:, :2], Y)),
    "val freq 0": lambda m: m.fit(X, Y, validation_data=(X, Y), validation_freq=0),
    "val freq str": lambda m: m.fit(X, Y, validation_data=(X, Y), validation_freq="a"),
    "val steps -1": lambda m: m.fit(X, Y, validation_data=(X, Y), validation_steps=-1),
    "val bs 0": lambda m: m.fit(X, Y, validation_data=(X, Y), validation_batch_size=-3),
    "val bs str": lambda m: m.fit(X, Y, validation_data=(X, Y), validation_batch_size="a"),
    "sample_weight str": lambda m: m.fit(X, Y, sample_weight="a"),
    "sample_weight neg": lambda m: m.fit(X, Y, sample_weight=-np.ones(12)),
    "sample_weight dict": lambda m: m.fit(X, Y, sample_weight={"z":np.ones(12)}),
    "steps big": lambda m: m.fit(X, Y, steps_per_epoch=0),
    "gen of one array": lambda m: m.fit(X for _ in range(2)),
    "gen of dicts": lambda m: m.fit({"x":X} for _ in range(2)),
    "gen of four": lambda m: m.fit((X, Y, Y, Y) for _ in range(2)),
    "gen of none": lambda m: m.fit(None for _ in range(2)),
    "compile opt int": lambda m: m.compile(3, "mse"),
    "compile loss int": lambda m: m.compile("sgd", 3),
    "compile metric int": lambda m: m.compile("sgd", "mse", metrics=[3]),
    "compile metric nest": lambda m: m.compile("sgd", "mse", metrics=[[["mae"]]]),
    "compile spe": lambda m: m.compile("sgd", "mse", steps_per_execution=0),
    "compile lw": lambda m: m.compile("sgd", "mse", loss_weights="a"),
    "evaluate None": lambda m: m.evaluate(None, Y),
    "evaluate no y": lambda m: m.evaluate(X),
    "evaluate bs": lambda m: m.evaluate(X, Y, batch_size=0),
    "predict none": lambda m: m.predict(None),
    "predict empty": lambda m: m.predict(X[:0]),
    "predict str": lambda m: m.predict("a"),
    "predict steps": lambda m: m.predict(X, steps=0),
    "predict empty gen": lambda m: m.predict(iter(())),
    "predict_on_batch": lambda m: m.predict_on_batch("abc"),
    "predict_on_batch none": lambda m: m.predict_on_batch(None),
    "train_on_batch none": lambda m: m.train_on_batch(X),
    "train_on_batch sw": lambda m: m.train_on_batch(X, Y, sample_weight=np.ones(3)),
    "test_on_batch shape": lambda m: m.test_on_batch(X, Y[:4]),
    "get_layer": lambda m: m.get_layer("zzz"),
    "get_layer int": lambda m: m.get_layer(3),
    "get_layer idx": lambda m: m.get_layer(index=9),
    "get_layer idx str": lambda m: m.get_layer(index="a"),
    "set_weights few": lambda m: m.set_weights([X]),
    "set_weights none": lambda m: m.set_weights(None),
    "set_weights shape": lambda m: m.set_weights([X, X]),
    "set_weights str": lambda m: m.set_weights(["a", "b"]),
    "summary str": lambda m: m.summary(line_length="a"),
    "summary pos": lambda m: m.summary(positions=["a"]),
    "summary layer_range": lambda m: m.summary(layer_range=["a"]),
    "add loss": lambda m: m.add_loss("a"),
    "es mon": lambda m: m.fit(X, Y, callbacks=[C.EarlyStopping(monitor=3)]),
    "lrs ret": lambda m: m.fit(X, Y, callbacks=[C.LearningRateScheduler(lambda e:None)]),
    "lrs ret str": lambda m: m.fit(X, Y, callbacks=[C.LearningRateScheduler(lambda e:"a")]),
    "compute_output_shape s": lambda m: m.compute_output_shape("a"),
}

OF_TWO: dict[str, Callable[[Any], Any]] = {
    "two: one array": lambda m: m.fit(X, [Y, Y]),
    "two: three": lambda m: m.fit([X, X, X], [Y, Y]),
    "two: dict missing": lambda m: m.fit({"a":X}, [Y, Y]),
    "two: dict strange": lambda m: m.fit({"a":X, "c":X}, [Y, Y]),
    "two: y one": lambda m: m.fit([X, X], Y),
    "two: y dict strange": lambda m: m.fit([X, X], {"p":Y, "z":Y}),
    "two: lengths": lambda m: m.fit([X, X[:5]], [Y, Y]),
    "two: y lengths": lambda m: m.fit([X, X], [Y, Y[:3]]),
    "two: y None": lambda m: m.fit([X, X], [None, None]),
    "two: predict one": lambda m: m.predict([X]),
    "two: call": lambda m: m([X]),
    "two: call dict": lambda m: m({"a":X, "z":X}),
    "two: sw": lambda m: m.fit([X, X], [Y, Y], sample_weight=[np.ones(12)]),
    "two: sw3": lambda m: m.fit([X, X], [Y, Y], sample_weight=[np.ones(12)]*3),
    "two: cw": lambda m: m.fit([X, X], [Y, Y], class_weight={0:1, 1:2}),
    "two: losses 3": lambda m: m.compile("sgd", ["mse"]*3),
    "two: losses dict": lambda m: m.compile("sgd", {"p":"mse", "z":"mae"}),
    "two: lw": lambda m: m.compile("sgd", "mse", loss_weights=[1, 2, 3]),
    "two: lw str": lambda m: m.compile("sgd", "mse", loss_weights=["a", 1]),
    "two: metrics dict": lambda m: m.compile("sgd", "mse", metrics={"z":"mae"}),
}

OTHERS: dict[str, Callable[[], Any]] = {
    "class weight list": lambda: S("binary_crossentropy").fit(X, Y, class_weight=[1, 2]),
    "class weight missing": lambda: S("binary_crossentropy").fit(X, Y, class_weight={0:1.}),
    "class weight text": lambda: S("binary_crossentropy").fit(X, Y, class_weight="balance"),
    "model no args in": lambda: nn.Model(i3()),
    "model not symbols": lambda: nn.Model(3, 4),
    "model arr": lambda: nn.Model(X, X),
    "model none out": lambda: nn.Model(i3(), None),
    "model empty": lambda: nn.Model([], []),
    "model disconnected": lambda: nn.Model(i3(), nn.Dense(1)(i3())),
    "model nested bad": lambda: nn.Model({"a":3}, nn.Dense(1)(i3())),
    "input neg": lambda: nn.Input((-3, )),
    "input str": lambda: nn.Input("abc"),
    "input float": lambda: nn.Input((2.5, )),
    "input none": lambda: nn.Input(),
    "input bs": lambda: nn.Input((3, ), batch_size="a"),
    "dup names": lambda: nn.Sequential([nn.Input((3, )), nn.Dense(1, name="a"), nn.Dense(1, name="a")]).predict(X),
    "seq of str": lambda: nn.Sequential(["dense"]),
    "seq of none": lambda: nn.Sequential([None]),
    "seq add": lambda: nn.Sequential().add(3),
    "loss call shapes": lambda: L.MeanSquaredError()(X, X[:, :2]),
    "loss call str": lambda: L.MeanSquaredError()("a", "b"),
    "loss reduction": lambda: L.MeanSquaredError(reduction="foo"),
    "huber": lambda: L.Huber(delta=-1),
    "huber str": lambda: L.Huber(delta="a"),
    "bce smoothing": lambda: L.BinaryCrossentropy(label_smoothing=2),
    "cce axis": lambda: L.CategoricalCrossentropy(axis=7)(np.eye(3), np.eye(3)),
    "scce range": lambda: L.SparseCategoricalCrossentropy()([5], [[.3, .3, .4]]),
    "losses.get": lambda: L.get("foo"),
    "losses.get int": lambda: L.get(3),
    "losses.get dict": lambda: L.get({"a":1}),
    "deserialize": lambda: L.deserialize({"class_name":"Foo", "config":{}}),
    "metric shape": lambda: M.MeanSquaredError().update_state(X, X[:, :2]),
    "metric str": lambda: M.Mean().update_state("a"),
    "metric none": lambda: M.Mean().update_state(None),
    "auc thr": lambda: M.AUC(num_thresholds=0),
    "auc curve": lambda: M.AUC(curve="foo"),
    "prec thr": lambda: M.Precision(thresholds=[2.]),
    "prec thr str": lambda: M.Precision(thresholds="a"),
    "topk": lambda: M.TopKCategoricalAccuracy(k=0),
    "miou": lambda: M.MeanIoU(num_classes=0),
    "f1": lambda: M.F1Score(average="foo"),
    "fbeta": lambda: M.FBetaScore(beta=-1),
    "r2": lambda: M.R2Score(class_aggregation="foo"),
    "sens": lambda: M.SensitivityAtSpecificity(2.),
    "sw metric": lambda: M.Accuracy().update_state([1, 2], [1, 2], sample_weight=[1, 2, 3]),
    "metrics get": lambda: M.get(3),
    "opt lr str": lambda: nn.SGD("a"),
    "opt lr neg": lambda: nn.SGD(-1),
    "opt lr none": lambda: nn.SGD(None),
    "opt mom": lambda: nn.SGD(momentum=2),
    "adam beta": lambda: nn.Adam(beta_1=1.),
    "adam beta str": lambda: nn.Adam(beta_1="a"),
    "adam eps": lambda: nn.Adam(epsilon=-1),
    "clipnorm": lambda: nn.Adam(clipnorm=-1),
    "clip two": lambda: nn.Adam(clipnorm=1, clipvalue=1),
    "ema": lambda: nn.Adam(use_ema=True, ema_momentum=2),
    "acc": lambda: nn.Adam(gradient_accumulation_steps=0),
    "opt unk": lambda: nn.Adam(foo=1),
    "opt get": lambda: O.get({"class_name":"Foo"}),
    "opt apply": lambda: nn.Adam().apply([X], []),
    "opt apply none": lambda: nn.Adam().apply(None, None),
    "opt apply grads": lambda: nn.Adam().apply_gradients([(X, )]),
    "opt lr set": lambda: setattr(nn.Adam(), "learning_rate", "a"),
    "exp decay": lambda: sch.ExponentialDecay("a", 1, 1),
    "exp steps": lambda: sch.ExponentialDecay(.1, 0, .9),
    "piece": lambda: sch.PiecewiseConstantDecay([1, 2], [.1]),
    "piece order": lambda: sch.PiecewiseConstantDecay([2, 1], [.1, .2, .3]),
    "piece str": lambda: sch.PiecewiseConstantDecay("ab", [.1]),
    "cos": lambda: sch.CosineDecay(.1, -1),
    "poly": lambda: sch.PolynomialDecay(.1, 0),
    "sched call": lambda: sch.CosineDecay(.1, 10)("a"),
    "init get": lambda: I.get("foo"),
    "init get int": lambda: I.get(3),
    "init scale": lambda: I.VarianceScaling(scale=-1),
    "init mode": lambda: I.VarianceScaling(mode="foo"),
    "init std": lambda: I.RandomNormal(stddev=-1),
    "init std str": lambda: I.RandomNormal(stddev="a")((2, )),
    "init uni": lambda: I.RandomUniform("a", 1)((2, )),
    "init shape neg": lambda: I.GlorotUniform()((-1, 2)),
    "init orth": lambda: I.Orthogonal()((3, )),
    "init id": lambda: I.Identity()((3, )),
    "init const": lambda: I.Constant("a")((2, )),
    "init seed": lambda: I.RandomNormal(seed="a"),
    "reg": lambda: R.L1("a"),
    "reg neg": lambda: R.L2(-1),
    "reg get": lambda: R.get(3),
    "constr": lambda: nn.constraints.MaxNorm("a"),
    "constr ax": lambda: nn.constraints.MaxNorm(1, axis=9)(nn.Variable(X)),
    "constr mm": lambda: nn.constraints.MinMaxNorm(2, 1),
    "es mode": lambda: C.EarlyStopping(mode="foo"),
    "es pat": lambda: C.EarlyStopping(patience="a"),
    "es pat neg": lambda: C.EarlyStopping(patience=-1),
    "lrs": lambda: C.LearningRateScheduler(3),
    "rlr": lambda: C.ReduceLROnPlateau(factor=2),
    "rlr str": lambda: C.ReduceLROnPlateau(factor="a"),
    "lam": lambda: C.LambdaCallback(on_epoch_end=3),
    "lam unk": lambda: C.LambdaCallback(on_foo=lambda:1),
    "csv int": lambda: C.CSVLogger(3.5),
    "act get": lambda: nn.activations.get("foo"),
    "act get int": lambda: nn.activations.get(3),
    "act str": lambda: nn.activations.relu("a"),
    "from_config": lambda: nn.Dense.from_config({"foo":1}),
    "from_config n": lambda: nn.Sequential.from_config({"layers":[{"class_name":"Foo"}]}),
    "json": lambda: nn.models.model_from_json("{"),
    "json2": lambda: nn.models.model_from_json("{}"),
    "clone": lambda: nn.models.clone_model(3),
    "seed": lambda: nn.set_random_seed("a"),
    "tocat": lambda: nn.utils.to_categorical([-1]),
    "tocat n": lambda: nn.utils.to_categorical([5], 2),
    "tocat str": lambda: nn.utils.to_categorical(["a"]),
    "norm ord": lambda: nn.utils.normalize("a"),
    "trainable": lambda: setattr(S(), "trainable", "yes"),
    "stop fit uncompiled": lambda: nn.Sequential([nn.Input((3, )), nn.Dense(1)]).fit(X, Y),
    "uncompiled train": lambda: nn.Sequential([nn.Input((3, )), nn.Dense(1)]).train_on_batch(X, Y),
    "subclass no call": lambda: nn.Model()(X),
    "layer no super": lambda: type("B", (nn.Layer, ), {"__init__":lambda s:setattr(s, "d", 3), "call":lambda s, x:x})()(X),
    "step returns none": lambda: (lambda m:(m.compile("sgd", "mse"), m.fit(X, Y)))(type("B", (nn.Model, ), {"call":lambda s, x:x, "train_step":lambda s, d:None})()),
    "loss fn none": lambda: (lambda m:m.fit(X, Y))(S(lambda a, b:None)),
    "loss fn str": lambda: (lambda m:m.fit(X, Y))(S(lambda a, b:"a")),
    "loss fn shape": lambda: (lambda m:m.fit(X, Y))(S(lambda a, b:nn.ops.zeros((5, )))),
    "metric fn none": lambda: S(metrics=[lambda a, b:None]).fit(X, Y),
    "metric fn str": lambda: S(metrics=[lambda a, b:"a"]).fit(X, Y),
    "compute_loss none": lambda: (lambda m:(m.compile("sgd"), m.fit(X, Y)))(type("B", (nn.Model, ), {"__init__":lambda s:(nn.Model.__init__(s), setattr(s, "d", nn.Dense(1)))[0], "call":lambda s, x:s.d(x), "compute_loss":lambda s, **k:None})()),
    "add_weight2": lambda: nn.Layer().add_weight((2, -1)),
    "add_weight init": lambda: nn.Layer().add_weight((2, ), initializer="foo"),
    "variable": lambda: nn.Variable("a"),
    "var assign": lambda: nn.Variable(X).assign(X[:2]),
    "var assign str": lambda: nn.Variable(X).assign("a"),
}


def state(model: Any) -> list[Any]:
    kept = [*model.weights, *model.optimizer.variables, *(v for m in model.metrics for v in m.variables)]
    return [np.array(v) for v in kept]


def refused(call: Callable[..., Any], *args: Any) -> None:
    with pytest.raises((ValueError, TypeError, RuntimeError, NotImplementedError), match="(?i)expected"):
        call(*args)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "call"),
    [pytest.param(make, call, id=name) for make, calls in ((S, OF_ONE), (two, OF_TWO)) for name, call in calls.items()],
)
def test_a_refused_call_leaves_the_model_as_it_was(make: Any, call: Any) -> None:
    model = make()
    before = state(model)
    refused(call, model)
    for a, b in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", OTHERS)
def test_a_call_that_cannot_be_meant_is_refused(name: str) -> None:
    refused(OTHERS[name])
