"""What a layer says of its input is checked; layers and activations by what files hold of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError


class Sees(nn.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs


SPECS: list[tuple[dict[str, Any], tuple[int, ...], tuple[int, ...]]] = [
    ({"ndim": 2}, (2, 3), (2, 3, 4)), ({"min_ndim": 2}, (2, 3), (2,)),
    ({"max_ndim": 2}, (2, 3), (2, 3, 4)), ({"axes": {-1: 3}}, (2, 3), (2, 4)),
    ({"axes": {1: 3, 2: None}}, (2, 3, 9), (2, 3)), ({"shape": (None, 3)}, (5, 3), (5, 2)),
    ({"shape": (None, 3, 1), "allow_last_axis_squeeze": True}, (5, 3), (5, 3, 2)),
]  # fmt: skip


@pytest.mark.parametrize("options, fits, other", SPECS, ids=str)
def test_what_a_layer_says_of_its_input_is_checked(
    options: Any, fits: tuple[int, ...], other: tuple[int, ...]
) -> None:
    spec = nn.layers.InputSpec(**options)
    layer = Sees()
    layer.input_spec = spec
    assert layer(np.ones(fits)).shape == fits
    with pytest.raises(ShapeError, match="fits its InputSpec"):
        layer(np.ones(other))
    assert type(spec).from_config(spec.get_config()).get_config() == spec.get_config()
    layer = Sees()
    layer.input_spec = [spec, None]
    layer([np.ones(fits), np.ones(other)])
    for wrong in ([np.ones(other), np.ones(fits)], [np.ones(fits)]):
        with pytest.raises(ShapeError, match="InputSpec|input_spec"):
            layer(wrong)


def test_specs_that_say_nothing() -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        nn.layers.InputSpec(axes={"x": 3})
    with pytest.raises(ValueError, match="below 2"):
        nn.layers.InputSpec(ndim=2, axes={2: 3})
    named = [nn.layers.InputSpec(ndim=2, name="b"), nn.layers.InputSpec(ndim=3, name="a")]
    layer = Sees()
    layer.input_spec = named
    layer({"a": np.ones((1, 2, 3)), "b": np.ones((1, 2))})
    with pytest.raises(ShapeError, match="fits its InputSpec"):
        layer({"b": np.ones((1, 2, 3)), "a": np.ones((1, 2))})


def test_layers_and_activations_by_what_files_hold() -> None:
    class Own(nn.Dense):
        pass

    found = nn.layers.deserialize(nn.layers.serialize(Own(3, name="a")), {"Own": Own})
    assert type(found) is Own and found.units == 3 and found.name == "a"
    assert nn.activations.serialize(nn.activations.silu) == "silu"
    assert nn.activations.deserialize("mine", {"mine": np.tanh}) is np.tanh
    with pytest.raises(TypeError, match="lambda"):
        nn.activations.serialize(lambda x: x)
