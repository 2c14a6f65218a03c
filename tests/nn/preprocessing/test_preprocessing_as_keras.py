"""Layers that prepare data give what Keras's give, for drawn options: stored answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from autograd_nn import nn
from tests.peers.store_preprocessing import answer

CASES = json.loads((Path(__file__).parents[1] / "data" / "preprocessing.json").read_text("utf-8"))


@pytest.mark.parametrize("i", range(len(CASES)))
def test_results_and_vocabularies_are_keras_s(i):
    case = CASES[i]
    if "error" in case:
        with pytest.raises(ValueError):
            answer(nn.layers, case)
        return
    found = answer(nn.layers, case)
    assert found["shape"] == case["shape"]
    assert found.get("vocabulary") == case.get("vocabulary")
    if found["y"] and isinstance(np.ravel(found["y"])[0], str):
        assert found["y"] == case["y"]
    else:
        np.testing.assert_allclose(found["y"], case["y"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("i", range(0, len(CASES), 3))
def test_a_layer_made_again_gives_the_same(i):
    case = CASES[i]
    if "error" in case or case["kind"] == "Normalization":  # which keeps it in weights
        return
    options = {k: tuple(v) if k == "ngrams" and isinstance(v, list) else v
               for k, v in case["options"].items()}  # fmt: skip
    layer = getattr(nn.layers, case["kind"])(**options)
    if case["adapt"] is not None:
        layer.adapt(np.array(case["adapt"]))
    again = json.loads(json.dumps(nn.utils.serialize_keras_object(layer)))
    several = case["kind"] == "HashedCrossing"
    x = [np.array(v) for v in case["x"]] if several else np.array(case["x"])
    wanted, found = layer(x), nn.utils.deserialize_keras_object(again)(x)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))
