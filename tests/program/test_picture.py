"""The picture of a program: well-formed, complete, with the lines that reads and writes make."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.picture import nodes, svg
from autograd_nn.engine.program.run.program import NativeProgram

SVG = "{http://www.w3.org/2000/svg}"


def training_step() -> Any:
    rng = np.random.default_rng(0)
    w, b = ag.Tensor(rng.normal(size=(5, 4))), ag.Tensor(np.zeros(4))

    @ag.jit
    def step(i: Any, t: Any) -> Any:
        def loss(w: Any, b: Any) -> Any:
            return ag.sum(ag.square(ag.tanh(w[i] + b) - t))

        value, slopes = ag.value_and_grad(loss, argnums=(0, 1))(w, b)
        for x, slope in zip((w, b), slopes, strict=True):
            x.assign(x - 0.1 * slope)
        return value

    return step.program(ag.Tensor(np.array([0, 3, 3])), ag.Tensor(np.ones((3, 4))))


def of(f: Any, *arrays: Any) -> NativeProgram:
    return NativeProgram(record(f, [ag.Tensor(np.asarray(a)) for a in arrays])[1])


PROGRAMS = {
    "a training step": training_step,
    "nothing computed": lambda: of(lambda x: x, 1.0),
    "no output": lambda: of(lambda x: None, 1.0),
    "one output twice": lambda: of(lambda x: (y := ag.sin(x), y, y[..., None]), [1.0, 2.0]),
    "forty layers": lambda: of(lambda x: [x := ag.cumsum(x) for _ in range(40)][-1], [1.0]),
    "by Python": lambda: of(lambda x: ag.power(x, 3), np.array([1, 2])),
}


@pytest.mark.parametrize("name", list(PROGRAMS))
@pytest.mark.native
def test_every_instruction_and_every_buffer(name: str) -> None:
    program = PROGRAMS[name]()
    root = ElementTree.fromstring(svg(program.listing()))
    boxes = {g.get("id"): " ".join(t.text or "" for t in g.iter(f"{SVG}text"))
             for g in root.iter(f"{SVG}g")}  # fmt: skip
    lines = {tuple((p.get("class") or "").split()) for p in root.iter(f"{SVG}path")}
    writer: dict[int, str] = {}
    wanted = set()
    for k, step in enumerate(program.plan.steps):
        text = boxes[f"s{k}"]
        assert all(member in text for member in step.name.split("+"))
        assert all(f"%{v.index}:" in text for v in step.writes)
        assert ("python" in text) == (not program.is_native(step))
        again = [v for v in step.writes if v.index in writer]  # filled, or a state that was read
        for v in (*step.reads, *again):
            wanted.add((writer.setdefault(v.index, f"v{v.index}"), f"s{k}"))
        writer |= {v.index: f"s{k}" for v in step.writes}
    for k, y in enumerate(program.plan.graph.outputs):
        index = program.plan.places[y.index].root.index
        wanted.add((writer.get(index, f"v{index}"), f"o{k}"))
    assert lines == wanted
    assert len(boxes) == len(nodes(program.listing()))


def test_boxes_do_not_overlap_and_lines_go_down() -> None:
    root = ElementTree.fromstring(training_step().picture())
    rows: dict[str, list[tuple[float, float]]] = {}
    for g in root.iter(f"{SVG}g"):
        x, y = re.findall(r"[-\d.]+", g.get("transform") or "")
        width = float(g[0].get("width") or 0)
        rows.setdefault(y, []).append((float(x), float(x) + width))
        assert 0 <= float(x) and float(x) + width <= float(root.get("width") or 0)
        assert float(y) + float(g[0].get("height") or 0) <= float(root.get("height") or 0)
    for row in map(sorted, rows.values()):
        assert all(a[1] < b[0] for a, b in zip(row[:-1], row[1:], strict=True))
    for path in root.iter(f"{SVG}path"):
        downs = [float(v) for v in re.findall(r"V([\d.]+)", path.get("d") or "")]
        assert downs == sorted(downs)


def test_a_picture_is_saved_shown_and_told_to_graphviz(tmp_path: Path) -> None:
    program = training_step()
    assert program.picture(tmp_path / "step.svg") == program._repr_svg_()
    assert (tmp_path / "step.svg").read_text(encoding="utf-8") == program.picture()
    text = program.dot()
    assert text.startswith("digraph") and text.count("->") == sum(
        len(n.ins) for n in nodes(program.listing())
    )
