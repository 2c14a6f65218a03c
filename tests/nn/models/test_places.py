"""What a model is called in its parts and shown as: paths of weights, the table of layers."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

# What Keras 3.15 prints of the model below.
TABLE = """\
┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━┓
┃ Layer (type)      ┃ Output Shape    ┃   Param # ┃ Connected to   ┃ Trai… ┃
┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━┩
│ steps             │ (None, 3, 4)    │         0 │ -              │   -   │
│ (InputLayer)      │                 │           │                │       │
├───────────────────┼─────────────────┼───────────┼────────────────┼───────┤
│ both              │ [(None, 3, 4),  │       112 │ steps[0][0]    │   Y   │
│ (Bidirectional)   │ (None, 2),      │           │                │       │
│                   │ (None, 2),      │           │                │       │
│                   │ (None, 2),      │           │                │       │
│                   │ (None, 2)]      │           │                │       │
├───────────────────┼─────────────────┼───────────┼────────────────┼───────┤
│ fixed (Dense)     │ (None, 3, 4)    │        20 │ both[0][0]     │   N   │
├───────────────────┼─────────────────┼───────────┼────────────────┼───────┤
│ sum (Add)         │ (None, 3, 4)    │         0 │ fixed[0][0],   │   -   │
│                   │                 │           │ both[0][0]     │       │
└───────────────────┴─────────────────┴───────────┴────────────────┴───────┘
"""


def paths(layer: Any) -> list[str]:
    return [v.path for v in layer.weights]


def deep() -> nn.Sequential:
    nn.utils.clear_session()
    return nn.Sequential([
        nn.Input((3, 4)), nn.layers.GRU(2, return_sequences=True),
        nn.layers.Bidirectional(nn.LSTM(2, return_sequences=True)),
        nn.layers.TimeDistributed(nn.Dense(2, use_bias=False)),
        nn.layers.RNN([nn.layers.LSTMCell(2), nn.layers.GRUCell(3)], return_sequences=True),
        nn.Sequential([nn.Dense(2), nn.BatchNormalization()]),
    ], name="net")  # fmt: skip


def cell(place: str) -> list[str]:
    return [f"{place}/{name}" for name in ("kernel", "recurrent_kernel", "bias")]


DEEP = [
    *cell("net/gru/gru_cell"),
    *cell("net/bidirectional/forward_lstm/lstm_cell"),
    *cell("net/bidirectional/backward_lstm/lstm_cell"),
    "net/time_distributed/dense/kernel",
    *cell("net/rnn/stacked_rnn_cells/lstm_cell"),
    *cell("net/rnn/stacked_rnn_cells/gru_cell"),
    "net/sequential/dense_1/kernel", "net/sequential/dense_1/bias",
    *[f"net/sequential/batch_normalization/{n}"
      for n in ("gamma", "beta", "moving_mean", "moving_variance")],
]  # fmt: skip


def test_weights_have_the_paths_that_they_have_in_keras() -> None:
    model = deep()
    assert paths(model) == DEEP
    assert paths(copy.deepcopy(model)) == paths(pickle.loads(pickle.dumps(model))) == DEEP
    tree = model.get_state_tree()["trainable_variables"]
    assert tree["net"]["gru"]["gru_cell"].keys() == {"kernel", "recurrent_kernel", "bias"}


def test_layers_that_a_call_builds_have_their_place_too() -> None:
    class Block(nn.Layer):
        def __init__(self) -> None:
            super().__init__(name="block")
            self.inner = nn.Dense(2, name="inner")

        def call(self, x: Any) -> Any:
            return self.inner(x)

    class Net(nn.Model):
        def __init__(self) -> None:
            super().__init__(name="net")
            self.blocks = [Block(), nn.Dense(1, name="last")]

        def call(self, x: Any) -> Any:
            for block in self.blocks:
                x = block(x)
            return x

    wanted = ["net/block/inner/kernel", "net/block/inner/bias", "net/last/kernel", "net/last/bias"]
    eager, built, symbolic = Net(), Net(), Net()
    eager(np.ones((2, 3)))
    built.build((None, 3))
    symbolic(nn.Input((3,)))
    assert paths(eager) == paths(built) == paths(symbolic) == wanted
    alone = Block()
    alone(np.ones((2, 3)))
    assert paths(alone) == ["block/inner/kernel", "block/inner/bias"]


def test_layers_of_a_graph_stand_alone_and_optimizers_name_slots_by_paths() -> None:
    x = nn.Input((3,))
    inner = nn.Sequential([nn.Input((3,)), nn.Dense(2, name="d", use_bias=False)], name="inner")
    y = nn.Dense(1, name="out", use_bias=False)(inner(x))
    model = nn.Model(x, y, name="whole")
    assert paths(model) == ["inner/d/kernel", "out/kernel"]
    model.compile(nn.SGD(momentum=0.5), "mse")
    model.optimizer.build(model.trainable_variables)
    names = [v.name for v in model.optimizer.variables]
    assert names == ["iteration", "learning_rate", "inner_d_kernel_momentum", "out_kernel_momentum"]


def test_a_policy_is_found_by_the_place() -> None:
    policies = nn.dtype_policies.DTypePolicyMap("float32", {"net/half": "mixed_float16"})
    model = nn.Sequential([nn.Dense(2, name="half", dtype=policies)], name="net")
    model.build((None, 3))
    assert model.layers[0].compute_dtype == "float16"


def test_the_table_is_that_of_keras() -> None:
    x = nn.Input((3, 4), name="steps")
    both = nn.layers.Bidirectional(
        nn.LSTM(2, return_sequences=True, return_state=True), name="both"
    )
    y = both(x)
    z = nn.Dense(4, trainable=False, name="fixed")(y[0])
    model = nn.Model(x, nn.layers.Add(name="sum")([z, y[0]]), name="m")
    shown: list[str] = []
    model.summary(show_trainable=True, print_fn=shown.append)
    assert TABLE in shown[0]
    model.compile(nn.SGD(), "mse")
    model.optimizer.build(model.trainable_variables)
    model.summary(print_fn=shown.append)
    assert " Optimizer params: 2 (" in shown[1] and " Total params: 134 (" in shown[1]


@pytest.mark.parametrize("length", [44, 60, 121])
def test_a_table_is_as_wide_as_it_was_asked_to_be(length: int) -> None:
    shown: list[str] = []
    deep().summary(line_length=length, print_fn=shown.append)
    rows = [row for row in shown[0].splitlines() if row[:1] in "┏┃│└"]
    assert {len(row) for row in rows} == {length}
