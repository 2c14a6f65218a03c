"""Training steps of nets of many kinds, beside PyTorch's: ``python -m benchmarks.nets [NAME ...]``.

Each net is a line of `NETS`; both libraries build it from there. Every one runs in a process of its
own, on one thread, by turns; a number is the least processor time of a step, in milliseconds, so
that other work on the machine changes little. BENCHMARK_PEER_PYTHON names an interpreter with
PyTorch. ``--libraries ours,torch,torch-compile`` says which to run, ``--predict`` times one sample,
``--policy mixed_float16`` has ours compute in another dtype.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Layer = tuple[Any, ...]
ROUNDS, TURNS = 6, 3


def block(filters: int, stride: int = 1) -> list[Layer]:
    """Two convolutions with batch normalisation, and what came in added to them."""
    way: list[Layer] = [("keep", "in"), ("conv", filters, 3, stride), ("norm",), ("relu",)]
    way += [("conv", filters, 3), ("norm",), ("keep", "out"), ("take", "in")]
    return [*way, ("conv", filters, 1, stride), ("norm",), ("add", "out"), ("relu",)]


def separable(filters: int, stride: int = 1) -> list[Layer]:
    """A convolution of each channel, then one over the channels."""
    return [("each", 3, stride), ("norm",), ("relu",), ("conv", filters, 1), ("norm",), ("relu",)]


def transformer(heads: int, width: int) -> list[Layer]:
    """Attention, and two products at each step, each added to what came in."""
    way: list[Layer] = [("keep", "in"), ("attend", heads, width), ("add", "in"), ("level",)]
    way += [("keep", "in"), ("conv", 4 * width, 1), ("relu",), ("conv", width, 1), ("add", "in")]
    return [*way, ("level",)]


def twice(filters: int, size: int = 3) -> list[Layer]:
    """Two convolutions with relu."""
    return [("conv", filters, size), ("relu",)] * 2


# The shape of a sample, the batch, and the layers; padding is 'same' throughout.
NETS: dict[str, tuple[tuple[int, ...], int, list[Layer]]] = {
    "cnn": ((28, 28, 1), 128, [
        ("conv", 32, 3), ("relu",), ("max", 2), ("conv", 64, 3), ("relu",), ("max", 2), ("flat",),
    ]),
    "vgg": ((32, 32, 3), 32, [*twice(32), ("max", 2), *twice(64), ("max", 2), ("flat",)]),
    "widening": ((32, 32, 3), 32, [
        ("conv", 16, 3), ("relu",), ("conv", 32, 3, 2), ("relu",), ("conv", 64, 3, 2), ("relu",),
        ("flat",),
    ]),
    "resnet": ((32, 32, 3), 16, [
        ("conv", 16, 3), ("norm",), ("relu",), *block(16), *block(32, 2), *block(64, 2), ("mean",),
    ]),
    "stem": ((64, 64, 3), 16, [
        ("conv", 32, 7, 2), ("norm",), ("relu",), ("max", 3, 2), *block(32), ("mean",),
    ]),
    "mobile": ((32, 32, 3), 16, [
        ("conv", 16, 3, 2), ("norm",), ("relu",), *separable(32), *separable(64, 2),
        *separable(64), ("mean",),
    ]),
    "unet": ((32, 32, 1), 16, [
        *twice(16), ("keep", 1), ("max", 2), *twice(32), ("keep", 2), ("max", 2), *twice(64),
        ("up", 32), ("join", 2), *twice(32), ("up", 16), ("join", 1), *twice(16), ("conv", 1, 1),
        ("flat",),
    ]),
    "autoencoder": ((28, 28, 1), 64, [
        ("conv", 16, 3, 2), ("relu",), ("conv", 32, 3, 2), ("relu",), ("up", 16), ("relu",),
        ("up", 8), ("relu",), ("conv", 1, 3), ("flat",),
    ]),
    "five": ((32, 32, 3), 32, [
        ("conv", 16, 5), ("relu",), ("mean of", 2), ("conv", 32, 5), ("relu",), ("mean of", 2),
        ("flat",),
    ]),
    "seven": ((32, 32, 8), 16, [("conv", 16, 7), ("relu",), ("conv", 16, 7), ("relu",), ("mean",)]),
    "ones": ((16, 16, 64), 32, [
        ("conv", 128, 1), ("relu",), ("conv", 64, 1), ("relu",), ("mean",),
    ]),
    "sequence": ((256, 16), 32, [
        ("conv", 64, 5), ("relu",), ("max", 2), ("conv", 64, 5), ("relu",), ("mean",),
    ]),
    "volume": ((12, 12, 12, 4), 8, [
        ("conv", 16, 3), ("relu",), ("max", 2), ("conv", 32, 3), ("relu",), ("mean",),
    ]),
    "groups": ((16, 16, 32), 16, [
        ("conv", 64, 3, 1, 4), ("relu",), ("conv", 64, 3, 1, 4), ("relu",), ("mean",),
    ]),
    "transformer": ((64, 64), 16, [*transformer(4, 64), *transformer(4, 64), ("mean",)]),
    "long text": ((512, 64), 4, [*transformer(4, 64), ("mean",)]),
    "conv, lstm": ((28, 28, 1), 32, [
        ("conv", 16, 3), ("relu",), ("max", 2), ("conv", 32, 3), ("relu",), ("max", 2),
        ("lines",), ("lstm", 64),
    ]),
    "sound": ((2048, 1), 16, [
        ("conv", 32, 9, 4), ("relu",), ("conv", 64, 5, 4), ("relu",), ("lstm", 64),
    ]),
    "large": ((256, 256, 3), 1, [("conv", 16, 3, 2), ("relu",), ("conv", 32, 3, 2), ("relu",),
                                 ("mean",)]),
}  # fmt: skip


def data(name: str, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples and their classes, ten of them."""
    shape, batch, _ = NETS[name]
    r = np.random.default_rng(0)
    return r.random((batch * steps, *shape), dtype="float32"), r.integers(0, 10, batch * steps)


def ours(name: str) -> tuple[Callable[[np.ndarray, np.ndarray], Any], Callable[..., Any]]:
    """A pass of training over data, and a prediction."""
    from autograd_nn import nn

    shape, batch, net = NETS[name]
    rank = len(shape) - 1
    kept: dict[Any, Any] = {}

    def named(what: str) -> Any:
        return getattr(nn.layers, f"{what}{rank}D")

    first = x = nn.layers.Input(shape)
    for kind, *given in net:
        if kind == "conv":
            f, k, s, g = (*given, 1, 1)[:4]
            x = named("Conv")(f, k, strides=s, padding="same", groups=g)(x)
        elif kind == "each":
            x = named("DepthwiseConv")(given[0], strides=given[1], padding="same")(x)
        elif kind == "up":
            x = getattr(nn.layers, f"Conv{rank}DTranspose")(given[0], 2, strides=2)(x)
        elif kind in ("max", "mean of"):
            pool = named("MaxPooling" if kind == "max" else "AveragePooling")
            x = pool(given[0], strides=given[-1], padding="same")(x)
        elif kind == "attend":
            heads, width = given
            x = nn.layers.MultiHeadAttention(heads, width // heads)(x, x)
        elif kind == "lstm":
            x = nn.layers.LSTM(given[0])(x)
        elif kind == "keep":
            kept[given[0]] = x
        elif kind == "take":
            x = kept[given[0]]
        elif kind in ("add", "join"):
            both = nn.layers.Add if kind == "add" else nn.layers.Concatenate
            x = both()([x, kept[given[0]]])
        else:
            plain = {
                "norm": nn.layers.BatchNormalization, "mean": named("GlobalAveragePooling"),
                "relu": nn.layers.ReLU, "flat": nn.layers.Flatten,
                "level": nn.layers.LayerNormalization,
                "lines": lambda x=x: nn.layers.Reshape((x.shape[1], -1)),
            }  # fmt: skip
            x = plain[kind]()(x)
    model = nn.Model(first, nn.layers.Dense(10, activation="softmax")(x))
    model.compile(
        loss="sparse_categorical_crossentropy", optimizer="adam", deterministic=True
    )

    def fit(x: np.ndarray, y: np.ndarray) -> None:
        model.fit(x, y, batch_size=batch, verbose=0)

    return fit, lambda x: model.predict(x, verbose=0)


def torch(name: str, compiled: bool = False) -> tuple[Any, Any]:
    """The same in PyTorch: eager, or compiled."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    shape, batch, net = NETS[name]
    rank = len(shape) - 1

    def named(what: str) -> Any:
        return getattr(nn, f"{what}{rank}d")

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([self.layer(*one) for one in net])
            self.last = nn.LazyLinear(10)

        def layer(self, kind: str, *given: Any) -> Any:
            if kind == "conv":
                f, k, s, g = (*given, 1, 1)[:4]
                return getattr(nn, f"LazyConv{rank}d")(f, k, s, padding=k // 2, groups=g)
            if kind == "each":
                return Each(*given)
            if kind == "up":
                return getattr(nn, f"LazyConvTranspose{rank}d")(given[0], 2, 2)
            if kind in ("max", "mean of"):
                pool = named("MaxPool" if kind == "max" else "AvgPool")
                return pool(given[0], given[-1], padding=given[0] // 2 if given[0] % 2 else 0)
            if kind == "norm":
                return getattr(nn, f"LazyBatchNorm{rank}d")()
            if kind in ("attend", "level", "lstm"):
                return Steps(kind, *given)
            return {"relu": nn.ReLU, "flat": nn.Flatten}.get(kind, nn.Identity)()

        def forward(self, x: Any) -> Any:
            kept = {}
            for (kind, *given), layer in zip(net, self.layers, strict=True):
                if kind == "keep":
                    kept[given[0]] = x
                elif kind == "take":
                    x = kept[given[0]]
                elif kind == "add":
                    x = x + kept[given[0]]
                elif kind == "join":
                    x = torch.cat([x, kept[given[0]]], 1)
                elif kind == "lines":
                    x = x.permute(0, 3, 1, 2).flatten(1, 2)
                elif kind == "mean":
                    x = x.mean(tuple(range(2, 2 + rank)))
                else:
                    x = layer(x)
            return self.last(x)

    class Each(nn.Module):
        def __init__(self, size: int, stride: int) -> None:
            super().__init__()
            self.size, self.stride, self.inner = size, stride, None

        def forward(self, x: Any) -> Any:
            if self.inner is None:
                c = x.shape[1]
                self.inner = named("Conv")(c, c, self.size, self.stride, self.size // 2, groups=c)
            return self.inner(x)

    class Steps(nn.Module):
        """What looks at a sequence step by step, of its entries (sample, channel, step)."""

        def __init__(self, kind: str, *given: int) -> None:
            super().__init__()
            self.kind, self.given, self.inner = kind, given, None

        def forward(self, x: Any) -> Any:
            x = x.transpose(1, 2)
            if self.inner is None:
                make = {"attend": nn.MultiheadAttention, "lstm": nn.LSTM}.get(self.kind)
                n, more = x.shape[2], {"batch_first": True}
                self.inner = make(n, self.given[0], **more) if make else nn.LayerNorm(n)
            if self.kind == "lstm":
                return self.inner(x)[0][:, -1]
            if self.kind == "attend":
                return self.inner(x, x, x, need_weights=False)[0].transpose(1, 2)
            return self.inner(x).transpose(1, 2)

    def turned(x: np.ndarray) -> Any:
        return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))

    model = Net()
    model(turned(data(name, 1)[0]))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    loss = nn.CrossEntropyLoss()

    def forward(x: Any, y: Any) -> Any:
        return loss(model(x), y)

    if compiled:
        forward = torch.compile(forward)
    held: dict[int, Any] = {}

    def fit(x: np.ndarray, y: np.ndarray) -> None:
        if id(x) not in held:
            held[id(x)] = turned(x), torch.from_numpy(y)
        inputs, targets = held[id(x)]
        order = torch.randperm(len(x))
        for i in range(0, len(x), batch):
            rows = order[i : i + batch]
            optimizer.zero_grad(set_to_none=True)
            forward(inputs[rows], targets[rows]).backward()
            optimizer.step()

    def predict(x: np.ndarray) -> Any:
        model.eval()
        with torch.no_grad():
            return model(turned(x)).numpy()

    return fit, predict


def least(call: Callable[[], object], inner: int) -> float:
    """The least processor time of a call, in milliseconds."""
    call()
    found = math.inf
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(inner):
            call()
        found = min(found, (time.process_time() - started) / inner)
    return 1e3 * found


def measure(library: str, name: str, predict: bool, policy: str) -> float:
    """Milliseconds of a step, or of one sample's prediction, in this process."""
    if library == "ours":
        from autograd_nn import nn

        nn.mixed_precision.set_global_policy(policy)
    fit, one = ours(name) if library == "ours" else torch(name, library.endswith("compile"))
    if predict:
        sample = data(name, 1)[0][:1]
        return least(lambda: one(sample), 50)
    steps = 8
    x, y = data(name, steps)
    return least(lambda: fit(x, y), 2) / steps


def asked(library: str, name: str, predict: bool, policy: str) -> float:
    """The same in a process of its own."""
    python = sys.executable
    if library != "ours":
        python = os.environ.get("BENCHMARK_PEER_PYTHON", python)
    alone = dict(os.environ, OMP_NUM_THREADS="1", AUTOGRAD_NN_THREADS="1")
    command = [python, "-m", "benchmarks.nets", "--alone", library, name, "--policy", policy]
    out = subprocess.run(
        command + ["--predict"] * predict, env=alone, capture_output=True, text=True, check=False
    )
    if out.returncode:
        print(out.stderr[-2000:], file=sys.stderr)
        return math.nan
    return json.loads(out.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--libraries", default="ours,torch")
    parser.add_argument("--predict", action="store_true")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--policy", default="float32")
    parser.add_argument("--alone", action="store_true")
    given = parser.parse_args()
    if given.alone:
        print(json.dumps(measure(*given.names, given.predict, given.policy)))
        return
    libraries = given.libraries.split(",")
    print(f"{'':14}" + "".join(f"{x:>14}" for x in libraries) + f"{'ratio':>8}")
    ratios = []
    for name in given.names or NETS:
        turns = [
            [asked(x, name, given.predict, given.policy) for x in libraries]
            for _ in range(given.turns)
        ]
        times = [min(column) for column in zip(*turns, strict=True)]
        ratios.append(min(times[1:], default=math.nan) / times[0])
        row = "".join(f"{t:14.2f}" for t in times)
        print(f"{name:14}{row}{ratios[-1]:8.2f}", flush=True)
    print(f"geometric mean of the ratios {math.exp(np.mean(np.log(ratios))):.2f}")


if __name__ == "__main__":
    main()
