"""How far a device's numbers lie from this processor's: ``python -m tests.device.numbers``.

Every layer, loss, metric, optimizer, draw and op, with the cases that other tests have of them, on
both targets from the same states; a table says how many there were, and which are furthest off.
With kinds as arguments these alone; with ``plain`` among them against NumPy op by op, which needs
no compiling and is as near to programs of this processor (see tests/program/test_fit_parity.py).
"""

from __future__ import annotations

import inspect
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

import autograd_nn as ag
import autograd_nn.engine.random  # noqa: F401  (registers its ops)
from autograd_nn import nn
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.make import target
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import layers, losses, optimizers
from tests.nn.layers.layer_cases import CASES as LAYERS
from tests.nn.layers.layer_cases import Case
from tests.nn.optimizers import optimizer_cases
from tests.nn.scores import test_metrics as metric_cases
from tests.program import test_fit_parity as fits
from tests.strategies import samples

STEPS = {"float64": 50, "float32": 2}  # the first runs op by op, so both go on from equal states
BAR = {"float64": 1e-12, "float32": 1e-5}
LONG = 1e-9  # in float64, where sums are long: of these
SUMS: tuple[str, ...] = ("STFTSpectrogram", "RandomElasticTransform")
# What counts, or finds a projection, in float32 whatever the dtype, as Keras does.
SINGLE = ("RandomPerspective", "ContrastLimitedAdaptiveHistogramEqualization")
TURNS = 6  # programs that share the layers
Numbers = dict[str, list[Any]]  # by name of what is tried
HERE, THERE, PLAIN = "cpu", "xla", "plain"


class Row(NamedTuple):
    """How far one thing's numbers are apart, by the largest entry of each of its arrays."""

    name: str
    away: float
    bar: float

    @property
    def good(self) -> bool:
        return self.away <= self.bar


def away(found: Any, told: Any, least: float = 0.0) -> float:
    """Of the largest finite entry; infinite where what is no rounding differs.

    least   what counts as the largest where all are smaller: an array may be rounding alone.
    """
    found, told = np.asarray(found), np.asarray(told)
    if found.shape != told.shape or found.dtype != told.dtype:
        return math.inf
    if told.dtype.kind not in "fc":
        return 0.0 if np.array_equal(found, told) else math.inf
    finite = np.isfinite(told)
    rest = [np.where(finite, 0, x) for x in (found, told)]
    if not np.array_equal(*rest, equal_nan=True) or not np.isfinite(found[finite]).all():
        return math.inf
    found, told = found[finite], told[finite]
    apart = np.max(np.abs(found - told), initial=0.0)
    scale = np.max(np.abs(told), initial=least)
    return float(apart / scale if scale else math.inf) if apart else 0.0


@contextmanager
def on(place: str) -> Iterator[None]:
    """What is compiled within without a word runs there."""
    told = os.environ | {"AUTOGRAD_NN_DEVICE": HERE if place == PLAIN else place}
    with patch.dict(os.environ, told | ({"AUTOGRAD_NN_JIT": "0"} if place == PLAIN else {})):
        yield


def rows(
    made: Callable[..., Numbers], *args: Any, dtype: str, share: float = 0.0, here: str = HERE
) -> list[Row]:  # fmt: skip
    """What ``made(*args, dtype=…)`` gives on each of the targets, compared.

    here    what the device is compared with: this processor's programs, or NumPy op by op.
    share   of a thing's largest entry in any array, which counts in all of them: of a bias that
            changes no output the slope is rounding alone.
    """
    both = []
    for place in (here, THERE):
        with on(place):
            both.append(made(*args, dtype=dtype))
    told, found = both
    assert told.keys() == found.keys()
    compared = []
    for name, arrays in told.items():
        floats = [a for a in map(np.asarray, arrays) if a.dtype.kind == "f"]
        sizes = [float(np.max(np.abs(a), initial=0.0)) for a in floats]
        least = share * max(sizes, default=0.0)
        far = [away(b, a, least) for a, b in zip(arrays, found[name], strict=True)]
        bar = LONG if dtype == "float64" and name.startswith(SUMS) else BAR[dtype]
        bar = BAR["float32"] if name.startswith(SINGLE) else bar
        bar = 0.0 if name.startswith("bits") else bar
        compared.append(Row(f"{name} {dtype}", max(far, default=0.0), bar))
    return compared


def compiled() -> bool:
    return os.environ.get("AUTOGRAD_NN_JIT") != "0"


def trained(make: Callable[[], Any], x: Any, y: Any, dtype: str) -> tuple[Any, dict[str, Any]]:
    """The model after the steps of a dtype, and the history: see test_fit_parity.py."""
    size = 16 if STEPS[dtype] > 2 else fits.N
    epochs = fits.EPOCHS if STEPS[dtype] > 2 else 2
    _, history, model = fits.trained(make, x, y, not compiled(), batch_size=size, epochs=epochs)
    assert int(model.optimizer.iterations) == STEPS[dtype]
    return model, history


def jitted(step: Callable[..., Any], *args: Any, dtype: str) -> list[Any]:
    """What the last of the steps gives; the first runs op by op."""
    run = ag.jit(step)
    run(*args)
    assert not compiled() or run.wait().program(*args).ready(wait=True)
    for _ in range(STEPS[dtype] - 1):
        found = run(*args)
    return [np.asarray(y) for y in found] if isinstance(found, list | tuple) else []


# ---- layers -------------------------------------------------------------------------------------


class Bent(fits.SideBySide):
    """Layers beside one another on inputs that are bent by weights: their slopes are compared, too.

    Outputs are added up unevenly, so that no slope is 0 but for rounding where a layer takes the
    mean away. Each layer has an output and a target of its own: none has another's rounding.
    """

    def build(self, shape: Any) -> None:
        self.bend = self.add_weight((shape[-1],), initializer="zeros", name="bend")
        self.ends = self.add_weight((len(self.parts),), initializer="ones", name="ends")

    def call(self, inputs: Any) -> Any:
        inputs, found, at = inputs + self.bend * ag.square(inputs), [], 0
        for (shapes, whole, several), part in zip(self.takes, self.parts, strict=True):
            given = []
            for shape in shapes:
                to = at + math.prod(shape)
                x = ag.reshape(inputs[:, at:to], (-1, *shape))
                given.append(ag.astype(ag.absolute(x) * 2, dtype=int) % 5 if whole else x)
                at = to
            y = part(given if several else given[0])
            y = ag.reshape(y, (y.shape[0], -1))
            uneven = np.cos(np.arange(y.shape[1])).astype(y.dtype) / y.shape[1]
            found.append(y @ uneven)
        return self.ends * ag.stack(found, axis=1)


def of_layers(names: list[str], dtype: str) -> Numbers:
    cases: list[Case] = [LAYERS[n] for n in names]
    width = sum(math.prod(s) for c in cases for s in c.shapes)
    x = np.random.default_rng(3).normal(size=(fits.N, width)).astype(dtype)

    def make() -> Any:
        model = Bent(cases, dtype)
        model.build((None, width))
        model.compile(loss="mse", optimizer=optimizers.SGD(0.0003 * len(names)))
        return model

    y = np.repeat(x[:, :6].sum(axis=1, keepdims=True), len(names), axis=1)
    model, _ = trained(make, x, y, dtype)
    bend, ends, found, at = model.bend.numpy(), model.ends.numpy(), {}, 0
    for k, (name, part, case) in enumerate(zip(names, model.parts, cases, strict=True)):
        to = at + sum(math.prod(s) for s in case.shapes)
        found[name] = [ends[k], bend[at:to], *part.get_weights()]
        at = to
    return found


# ---- losses and metrics -------------------------------------------------------------------------


def heads() -> Iterator[tuple[str, Callable[[], Any], str, int, Any]]:
    """Each loss: its name, how it is made, its kind of targets, outputs and their activation."""
    for cls in fits.classes(losses, losses.Loss):
        if cls is losses.CTC:
            continue
        told = (cls._targets, *fits.ENDS[cls._targets]) if cls._targets in fits.ENDS else None
        kind, out, last = fits.APART.get(cls) or told or ("values", *fits.ENDS["values"])
        yield cls.__name__, fits.MADE.get(cls, cls), kind, out, last
        if "from_logits" in inspect.signature(cls).parameters:
            yield f"{cls.__name__}_logits", lambda c=cls: c(from_logits=True), kind, out, None


def of_losses(dtype: str) -> Numbers:
    """A model with an output for each loss."""
    all_of = list(heads())
    x, targets = fits.rows("values", dtype)[0], [fits.rows(h[2], dtype)[1] for h in all_of]
    labels = fits.rows("classes", dtype)[1][:, None]

    def make() -> Any:
        inputs = layers.Input((6,), dtype=dtype)
        ends = [layers.Dense(out, activation=last, dtype=dtype, name=name)(inputs)
                for name, _, _, out, last in all_of]  # fmt: skip
        steps = layers.Dense(6, dtype=dtype, name="steps")(inputs)
        steps = layers.Reshape((2, 3), dtype=dtype)(steps)
        model = nn.Model(inputs, [*ends, layers.Identity(dtype=dtype, name="CTC")(steps)])
        model.compile(loss=[*[make() for _, make, *_ in all_of], "ctc"], optimizer="sgd")
        return model

    model, history = trained(make, x, [*targets, labels], dtype)
    ends = {name: model.get_layer(name) for name, *_ in all_of} | {"CTC": model.get_layer("steps")}
    return {name: [*layer.get_weights(), np.asarray(history[f"{name}_loss"], dtype)]
            for name, layer in ends.items()}  # fmt: skip


def of_metrics(dtype: str) -> Numbers:
    made = {kind: kind(**o) for kind, (o, *_) in metric_cases.CASES.items()}
    made |= {kind: kind() for kind in (nn.metrics.Mean, nn.metrics.Sum)}
    given = [[np.asarray(a, dtype if np.asarray(a).dtype.kind == "f" else None) for a in (y, p)]
             for _, y, p, _ in metric_cases.CASES.values()]  # fmt: skip
    w = np.linspace(0.5, 2, metric_cases.N).astype(dtype)

    def update(pairs: Any, w: Any) -> None:
        for (kind, metric), pair in zip(made.items(), [*pairs, w, w], strict=True):
            metric.update_state(*([*pair, w] if kind in metric_cases.CASES else [pair]))

    jitted(update, given, w, dtype=dtype)
    return {k.__name__: [*[v.numpy() for v in m.variables], np.asarray(m.result())]
            for k, m in made.items()}  # fmt: skip


# ---- optimizers ---------------------------------------------------------------------------------


def of_optimizers(dtype: str) -> Numbers:
    """Each on weights of its own, all in one program."""
    cases = [*optimizer_cases.CASES, *optimizer_cases.OWN, *optimizer_cases.COMMON]
    made = {f"{optimizer_cases.title(c)} {k}": getattr(optimizers, c[0])(**c[1])
            for k, c in enumerate(cases)}  # fmt: skip
    made |= {f"option {name}": make() for name, make in fits.OPTIONS.items()}
    weights = {name: [nn.Variable(a.astype(dtype), name=k)
                      for k, a in optimizer_cases.start().items()] for name in made}  # fmt: skip
    x, y = fits.rows(dtype=dtype)

    def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
        return ag.mean(ag.square(ag.tanh(x[:, :4] @ w + b) - y[:, None]))

    def step(x: Any, y: Any) -> None:
        for name, optimizer in made.items():
            w, b = weights[name]
            optimizer.apply(list(ag.grad(loss, argnums=(0, 1))(w, b, x, y)), [w, b])

    jitted(step, x, y, dtype=dtype)
    return {name: [v.numpy() for v in (*weights[name], *optimizer.variables)]
            for name, optimizer in made.items()}  # fmt: skip


# ---- draws --------------------------------------------------------------------------------------


def of_draws(dtype: str) -> Numbers:
    """Whole numbers, uniform ones and states are equal to the last bit: their bar is 0."""
    g = ag.random.Generator(7)
    g.state.assign(np.array([7, 3, 2**64 - 3], np.uint64))
    given = ag.Tensor(np.linspace(0.2, 3, 12).reshape(3, 4).astype(dtype))
    bits = {
        "bits": lambda: g.bits((3, 5)), "bits of 32": lambda: g.bits((7,), "uint32"),
        "unit": lambda: g.unit((5, 7), dtype), "uniform": lambda: g.uniform((9,), -2.0, 3.0, dtype),
        "bernoulli": lambda: g.bernoulli((50,), 0.3, dtype),
        "randint": lambda: g.randint(-3, 9, (40,)), "permutation": lambda: g.permutation(33),
        "categorical": lambda: g.categorical(given, (5,)),
        "binomial": lambda: g.binomial((30,), 9, 0.4, dtype),
        "dropout": lambda: ag.equal(nn.random.dropout(given, 0.5, seed=seed), 0),
    }  # fmt: skip
    seed = nn.random.SeedGenerator(3)
    rest = {
        "normal": lambda: g.normal((40,), dtype=dtype), "gumbel": lambda: g.gumbel((40,), dtype),
        "truncated normal": lambda: g.truncated_normal((40,), dtype=dtype),
        "exponential": lambda: g.exponential((40,), dtype=dtype),
        "gamma": lambda: g.gamma((40,), 0.7, dtype), "beta": lambda: g.beta((40,), 0.7, 2.0, dtype),
    }  # fmt: skip
    found = jitted(lambda: [f() for f in (*bits.values(), *rest.values())], dtype=dtype)
    names = [*[f"bits: {name}" for name in bits], *rest]
    return {n: [y] for n, y in zip(names, found, strict=True)} | {"bits: state": [g.state.numpy()]}


# ---- ops ----------------------------------------------------------------------------------------


def of_ops(names: list[str], dtype: str) -> Numbers:
    """Every sample, and its derivative by what it is smooth in."""
    given = [(f"{name} {k}", REGISTRY[name], s)
             for name in names for k, s in enumerate(samples(REGISTRY[name], dtype))]  # fmt: skip
    arrays = [x for _, _, s in given for x in s.operands if isinstance(x, np.ndarray)]
    counts: list[int] = []

    def f(*xs: Any) -> list[Any]:
        rest, found = iter(xs), []
        for _, op, s in given:
            operands = [next(rest) if isinstance(x, np.ndarray) else x for x in s.operands]
            y = op.function(*operands, **s.params)
            made = list(y) if op.results > 1 else [y]
            if s.smooth and op.differentiable:
                made += slopes(op, s, operands)
            counts.append(len(made))
            found += made
        return found

    with np.errstate(all="ignore"):
        if compiled():
            _, graph, _ = record(f, [Tensor(a) for a in arrays])
            program = target().make(graph)
            assert program.ready(wait=True)
            made = program.run(arrays)
        else:
            made = [y.numpy() for y in f(*[Tensor(a) for a in arrays])]
        found = iter([np.array(y) for y in made])
    return {name: [next(found) for _ in range(n)]
            for (name, _, _), n in zip(given, counts, strict=True)}  # fmt: skip


def slopes(op: Any, s: Any, operands: list[Any]) -> list[Any]:
    def total(*xs: Any) -> Any:
        at = dict(zip(s.smooth, xs, strict=True))
        y = op.function(*[at.get(k, x) for k, x in enumerate(operands)], **s.params)
        parts = [p for p in (y if op.results > 1 else [y]) if p.dtype.kind == "f"]
        return sum([ag.sum(p * np.cos(np.arange(p.size)).reshape(p.shape).astype(p.dtype))
                    for p in parts], ag.Tensor(0.0))  # fmt: skip

    found = ag.grad(total, argnums=tuple(range(len(s.smooth))))(*[operands[k] for k in s.smooth])
    return list(found) if isinstance(found, tuple | list) else [found]


# ---- the table ----------------------------------------------------------------------------------

Kind = Callable[[str, str], Iterator[list[Row]]]  # of a dtype, and what to compare with


def kind(made: Callable[..., Numbers], names: Sequence[str] = (), **options: Any) -> Kind:
    """A kind of things, in several programs where they have names that are told beforehand."""
    turns = [[list(names)[k::TURNS]] for k in range(TURNS)] if names else [[]]
    return lambda dtype, here: (
        rows(made, *turn, dtype=dtype, here=here, **options) for turn in turns
    )


KINDS: dict[str, Kind] = {
    "ops": kind(of_ops, list(REGISTRY), share=1e-2),
    "draws": kind(of_draws),
    "metrics": kind(of_metrics),
    "losses": kind(of_losses, share=1e-3),
    "optimizers": kind(of_optimizers),
    "layers": kind(of_layers, list(LAYERS), share=1e-3),
}


def main(told: list[str]) -> None:
    good, here = True, PLAIN if PLAIN in told else HERE
    print(f"{'':12}{'dtype':10}{'steps':>6}{'tried':>7}{'met':>7}  furthest off")
    for name in [k for k in KINDS if k in told] or KINDS:
        for dtype, steps in STEPS.items():
            began = time.process_time()
            found = [row for part in KINDS[name](dtype, here) for row in part]
            worst = max(found, key=lambda r: r.away)
            met = sum(r.good for r in found)
            print(f"{name:12}{dtype:10}{steps:6}{len(found):7}{met:7}  {worst.away:.1e} "
                  f"{worst.name}  ({time.process_time() - began:.0f} s)", flush=True)  # fmt: skip
            for row in found:
                if not row.good:
                    print(f"    {row.name}: {row.away:.2e}, expected at most {row.bar:.0e}")
            good = good and met == len(found)
    raise SystemExit(not good)


if __name__ == "__main__":
    from tests.device import conftest  # noqa: F401  (sets what JAX reads as it begins)

    os.environ["AUTOGRAD_NN_COMPILE"] = "inline"
    main(sys.argv[1:])
