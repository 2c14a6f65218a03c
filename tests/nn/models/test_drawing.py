"""Pictures of models: which boxes and lines, and that they are drawn without anything else."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from autograd_nn import nn
from autograd_nn.nn.utils import model_to_dot, plot_model


@pytest.fixture(autouse=True)
def no_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)


def parted() -> nn.Model:
    """Two inputs, a shared layer, an op, and a model inside."""
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    shared = nn.Dense(2, activation="relu", name="shared")
    x = nn.Input((2,), name="inner_in")
    inner = nn.Model(x, nn.Dense(4, name="inner_dense")(x), name="inner")
    return nn.Model([a, b], inner(nn.layers.Add(name="add")([shared(a), shared(b)])) * 2)


def lines(model: Any, **options: Any) -> set[str]:
    """What is joined, by name."""
    graph = model_to_dot(model, **options)
    names = [box.name for box in graph.plan.boxes]
    return {f"{names[a]}-{names[b]}" for a, b in graph.plan.lines}


def test_lines_lead_from_layers_to_those_that_read_them() -> None:
    found = {n.rsplit("_", 1)[0] if "multiply" in n else n for n in lines(parted())}
    ends = {x for x in found if "mul" in x}
    assert found - ends == {"a-shared", "b-shared", "shared-add", "add-inner"}
    assert len(ends) == 1 and ends.pop().startswith("inner-")


def test_models_inside_are_opened() -> None:
    found = lines(parted(), expand_nested=True)
    assert {"shared-add", "add-inner_dense"} <= found and not any("inner_in" in x for x in found)


def test_a_chain_and_what_has_no_calls() -> None:
    chain = nn.Sequential([nn.Dense(2, name="one"), nn.Dense(1, name="two")])
    assert lines(chain) == {"one-two"}
    chain.build((None, 3))
    assert {x for x in lines(chain) if x.startswith("one")} == {"one-two"}

    class Own(nn.Model):
        def __init__(self) -> None:
            super().__init__(name="own")
            self.dense = nn.Dense(1, name="dense")

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    assert [box.name for box in model_to_dot(Own()).plan.boxes] == ["dense"]


def test_what_stands_in_a_box() -> None:
    graph = model_to_dot(
        parted(), show_shapes=True, show_dtype=True, show_layer_activations=True, rankdir="LR",
        show_trainable=True, show_layer_names=False,
    )  # fmt: skip
    assert 'rankdir=LR' in graph.to_string()
    box = next(box for box in graph.plan.boxes if box.name == "shared")
    assert graph.rows(box) == [
        "Dense", "float32", "activation: relu", "trainable", "input: (None, 3)",
        "output: (None, 2)",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="rankdir='down'"):
        model_to_dot(parted(), rankdir="down")


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_boxes_lie_apart_and_behind_what_they_read(rankdir: str) -> None:
    graph = model_to_dot(parted(), rankdir=rankdir, show_shapes=True)
    places, width, height = graph.placed()
    boxes = list(places.values())
    for i, (x, y, w, h) in enumerate(boxes):
        assert 0 <= x and x + w <= width and 0 <= y and y + h <= height
        for u, v, s, t in boxes[:i]:
            assert x + w <= u or u + s <= x or y + h <= v or v + t <= y
    along = 0 if rankdir == "LR" else 1
    for a, b in graph.plan.lines:
        assert places[a][along] + places[a][along + 2] <= places[b][along]


def test_files(tmp_path: Path) -> None:
    model = parted()
    tree = ElementTree.parse(plot_model(model, tmp_path / "m.svg", show_shapes=True))  # noqa: S314
    texts = [x.text for x in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "shared: Dense" in texts and "input: (None, 3)" in texts
    assert (tmp_path / plot_model(model, tmp_path / "m.dot")).read_text().startswith("digraph")
    pytest.importorskip("matplotlib")
    assert Path(plot_model(model, tmp_path / "m.png")).read_bytes().startswith(b"\x89PNG")
