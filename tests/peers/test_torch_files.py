"""State dicts of PyTorch: its modules and our layers of the same weights give the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from autograd_nn import nn  # noqa: E402  (after the skip)
from autograd_nn.nn.saving import tensors  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
RNG = np.random.default_rng(0)
T, L = torch.nn, nn.layers


def last(x: np.ndarray) -> np.ndarray:
    """Channels to the end."""
    return np.moveaxis(x, 1, -1)


def heads(layer: Any, x: Any) -> Any:
    return layer(x, x)


# module, layer, a sample's shape for the module, how the layer's input and output come of its own
CASES: dict[str, tuple[Callable[[], Any], Callable[[], Any], tuple[int, ...], bool]] = {
    "linear": (lambda: T.Linear(3, 4), lambda: L.Dense(4), (3,), False),
    "linear, no bias": (
        lambda: T.Linear(3, 4, bias=False), lambda: L.Dense(4, use_bias=False), (3,), False),
    "conv1d": (lambda: T.Conv1d(3, 4, 2), lambda: L.Conv1D(4, 2), (3, 6), True),
    "conv2d": (lambda: T.Conv2d(3, 4, (2, 3)), lambda: L.Conv2D(4, (2, 3)), (3, 6, 5), True),
    "conv2d in groups": (
        lambda: T.Conv2d(4, 6, 2, groups=2), lambda: L.Conv2D(6, 2, groups=2), (4, 6, 5), True),
    "conv3d": (lambda: T.Conv3d(2, 3, 2), lambda: L.Conv3D(3, 2), (2, 4, 5, 3), True),
    "depthwise": (
        lambda: T.Conv2d(3, 6, 2, groups=3), lambda: L.DepthwiseConv2D(2, depth_multiplier=2),
        (3, 5, 5), True),
    "transposed": (
        lambda: T.ConvTranspose2d(3, 4, 3, stride=2), lambda: L.Conv2DTranspose(4, 3, strides=2),
        (3, 4, 5), True),
    "batch norm": (lambda: T.BatchNorm1d(3), lambda: L.BatchNormalization(epsilon=1e-5), (3,), 0),
    "layer norm": (lambda: T.LayerNorm(3), lambda: L.LayerNormalization(epsilon=1e-5), (3,), 0),
    "group norm": (
        lambda: T.GroupNorm(2, 4), lambda: L.GroupNormalization(2, epsilon=1e-5), (4, 5, 5), True),
    "prelu": (lambda: T.PReLU(3), lambda: L.PReLU(), (3,), False),
    "lstm": (
        lambda: T.LSTM(3, 4, batch_first=True), lambda: L.LSTM(4, return_sequences=True),
        (5, 3), False),
    "gru": (
        lambda: T.GRU(3, 4, batch_first=True), lambda: L.GRU(4, return_sequences=True),
        (5, 3), False),
    "rnn, no bias": (
        lambda: T.RNN(3, 4, batch_first=True, bias=False),
        lambda: L.SimpleRNN(4, return_sequences=True, use_bias=False), (5, 3), False),
    "lstm both ways": (
        lambda: T.LSTM(3, 4, batch_first=True, bidirectional=True),
        lambda: L.Bidirectional(L.LSTM(4, return_sequences=True)), (5, 3), False),
    "heads": (
        lambda: T.MultiheadAttention(6, 2, batch_first=True), lambda: L.MultiHeadAttention(2, 3),
        (4, 6), False),
    "heads, no bias": (
        lambda: T.MultiheadAttention(6, 2, batch_first=True, bias=False),
        lambda: L.MultiHeadAttention(2, 3, use_bias=False), (4, 6), False),
}  # fmt: skip


def theirs(module: Any, x: np.ndarray, moved: bool) -> np.ndarray:
    module.eval()
    given = torch.tensor(x)
    attends = isinstance(module, T.MultiheadAttention)
    with torch.no_grad():
        found = module(given, given, given) if attends else module(given)
    found = (found[0] if isinstance(found, tuple) else found).numpy()
    return last(found) if moved else found


def drawn(module: Any) -> Any:
    """Statistics and biases that are not 0 and 1."""
    for value in module.state_dict().values():
        if value.dtype == torch.float32:
            value.copy_(torch.tensor(RNG.uniform(0.1, 0.9, value.shape)))
    return module


@pytest.mark.parametrize("name", CASES)
def test_a_layer_there_and_back(name: str, tmp_path: Path) -> None:
    make, layer, shape, moved = CASES[name]
    module, own = drawn(make()), layer()
    x = RNG.normal(size=(2, *shape)).astype("float32")
    mine = last(x) if moved else x
    a = nn.Input(mine.shape[1:])
    model = nn.Model(a, own(a, a) if "heads" in name else own(a))
    nn.saving.load_state_dict(model, module.state_dict())
    expected = theirs(module, x, moved)
    np.testing.assert_allclose(model.predict(mine, verbose=0), expected, rtol=1e-5, atol=1e-6)
    back = {k.partition(".")[2]: torch.tensor(v) for k, v in nn.saving.state_dict(model).items()}
    again = make()
    again.load_state_dict(back, strict="norm" not in name or "batch" not in name)
    np.testing.assert_allclose(theirs(again, x, moved), expected, rtol=1e-5, atol=1e-6)
    nn.saving.save_state_dict(model, tmp_path / "a.safetensors")
    twin = nn.models.clone_model(model)
    nn.saving.load_state_dict(twin, tmp_path / "a.safetensors")
    np.testing.assert_array_equal(twin.predict(mine, verbose=0), model.predict(mine, verbose=0))


def test_an_embedding() -> None:
    module, model = T.Embedding(5, 3), nn.Sequential([nn.Input((4,), dtype="int32"),
                                                      L.Embedding(5, 3)])  # fmt: skip
    nn.saving.load_state_dict(model, module.state_dict())
    x = RNG.integers(0, 5, (2, 4))
    np.testing.assert_array_equal(model(x), module(torch.tensor(x)).detach().numpy())


def test_a_network_by_order_and_by_name(tmp_path: Path) -> None:
    module = T.Sequential(
        T.Conv2d(1, 4, 3), T.BatchNorm2d(4), T.ReLU(), T.Flatten(), T.Linear(36, 5), T.ReLU(),
        T.Linear(5, 5),
    )  # fmt: skip
    drawn(module).eval()
    first = "channels_first"
    model = nn.Sequential([
        nn.Input((1, 5, 5)), L.Conv2D(4, 3, data_format=first),
        L.BatchNormalization(axis=1, epsilon=1e-5), L.ReLU(), L.Flatten(), nn.Dense(5, "relu"),
        nn.Dense(5, name="head"),
    ])  # fmt: skip
    x = RNG.normal(size=(3, 1, 5, 5)).astype("float32")
    expected = theirs(module, x, False)
    path = tmp_path / "a.safetensors"
    tensors.write(path, {k: v.numpy() for k, v in module.state_dict().items()}, {})
    names = {"0": model.layers[0].name, "1": model.layers[1].name, "4": model.layers[4].name,
             "6": "head"}  # fmt: skip
    for source, given in ((module.state_dict(), None), (path, None), (path, names)):
        model.set_weights([0 * w for w in model.get_weights()])
        nn.saving.load_state_dict(model, source, given)
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-5)
