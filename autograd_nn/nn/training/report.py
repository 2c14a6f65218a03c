"""The report on a number that is not finite: layer, op, sample and values, and what may help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import wrap
from autograd_nn.nn.training import places
from autograd_nn.nn.training.places import Place

if TYPE_CHECKING:
    from autograd_nn.engine.graph.origin import Noting, Origin, Origins
    from autograd_nn.engine.graph.values import Graph, Value

LARGE = 1e9  # operands beyond it speak of weights that grew
CURES = {
    "log": "Keep its operand above 0, as in log(x + 1e-7), or let a loss take logits",
    "sqrt": "Keep its operand above 0, as in sqrt(x + 1e-7)",
    "exp": "Take the largest entry off before it, or use softmax, logsumexp or softplus",
    "divide": "Keep the divisor from 0, as in a / (b + 1e-7)",
    "power": "Keep the base above 0",
}


@dataclass(slots=True)
class NonFinite:
    """Where a number that is not finite came from.

    what       'loss', 'weights' or a metric's name: what was found not to be finite.
    epoch, batch   counted from 0; epoch None outside `fit`.
    part       'layer', 'loss', 'metric', 'optimizer', 'regularizer', 'step', 'weight' or 'input'.
    layer      the path of the layer, or the name of the loss, the metric, the weight.
    op         the op; of a derivative, the one it is of. '' where the number was given.
    backward   whether it came about in the derivative.
    sample     the row in the batch, None where all rows have a part in it; row: that in the data.
    operands   what the op was given, entries where it works entry by entry; result: what came.
    step       of the recurrence, where there is one.
    line       function, file and line of the user's that asked for it.
    """

    what: str
    epoch: int | None = None
    batch: int | None = None
    part: str = ""
    layer: str = ""
    op: str = ""
    backward: bool = False
    sample: int | None = None
    row: int | None = None
    operands: tuple[Any, ...] = ()
    result: float = float("nan")
    step: int | None = None
    line: str = ""
    then: str = ""

    def __str__(self) -> str:
        when = "" if self.batch is None else f" in batch {self.batch}"
        when += "" if self.epoch is None else f" of epoch {self.epoch}"
        verb = "are" if self.what == "weights" else "is"
        text = f"the {self.what} {verb} not finite{when}"
        return f"{text}. {self._origin()}" if self.part else f"{text}."

    def _origin(self) -> str:
        name = repr(self.layer)
        at = "" if self.sample is None else f", sample {self.sample} of the batch"
        at += "" if self.row is None else f" (row {self.row} of the data)"
        if not self.op:
            return f"It began in the {self.part} {name}{at}, which holds {self.result:g}."
        of = f"the derivative of {self.op}" if self.backward else self.op
        line = f" ({self.line})" if self.line else ""
        loop = "" if self.step is None else f", step {self.step} of the sequence"
        given = ", ".join(map(_short, self.operands))
        text = f"It began in {of}, in the {self.part} {name}{line}{at}{loop}: "
        text += f"{self.op}({given}) " + ("has no finite slope" if self.backward else
                                          f"= {self.result:g}")  # fmt: skip
        return text + (f", then {self.then}." if self.then else ".")

    @property
    def cure(self) -> str:
        """What may help."""
        grown = [abs(x) for x in self.operands if isinstance(x, float | int)]
        grown += [float(np.abs(x).max()) for x in self.operands
                  if isinstance(x, np.ndarray) and x.size and kind_of(x.dtype) == "f"]  # fmt: skip
        if any(LARGE < x for x in grown):
            return "Numbers have grown: take a smaller learning rate, or clip gradients"
        if self.part in ("weight", "input"):
            return f"Look at the {self.part}, which was so before the step"
        return CURES.get(self.op, "Look at its operands")


def _short(x: Any) -> str:
    if not isinstance(x, np.ndarray):
        return f"{x:g}" if isinstance(x, float) else repr(x)
    if kind_of(x.dtype) not in "fiu" or not x.size:
        return f"{x.dtype}{x.shape}"
    return f"{x.dtype}{x.shape} from {x.min():g} to {x.max():g}"


def explained(
    model: Any, step: Any, arrays: Sequence[np.ndarray], report: NonFinite, rows: Any = None
) -> None:
    """Fills in a report: ``step`` runs once more on the batch, op by op, and is taken back.

    rows   of the data, in which the batch's samples stand; None: not known.
    """
    from autograd_nn.engine.graph.origin import Noting, Origins  # which a sound run does without
    from autograd_nn.engine.graph.record import recorded

    def where() -> Place:
        return places.here(model, explained.__code__)

    notes = Noting(where)
    with np.errstate(all="ignore"):
        _, graph, _ = recorded(step, [wrap(a.copy()) for a in arrays], True, notes)
    origins = Origins(graph, list(arrays))
    own = model._owned.get(step)
    logs = [] if own is None else own.kept.values()  # which a step of the user's own never reads
    ends = list(graph.outputs)
    for old, new in graph.effects:
        if any(old.tensor is v for v in logs) or not origins.bad_before(old):
            ends.append(new)
    origin = origins.first(ends)
    if origin is None:
        return
    head, then = origin, ""
    cause = origin.cause
    if cause is not None and not cause.literal and (cause.call or _known(model, graph, cause)):
        head, then = cause, _call(origin)
    _place(report, model, origins, notes, head)
    report.then = then
    n = len(arrays[0])
    rolled = Origins(graph, [np.roll(a, 1, 0) for a in arrays])
    report.sample = _sample(origins, rolled, head.value, head.index, n)
    if report.sample is not None and rows is not None:
        report.row = int(rows[report.sample])


def _place(
    report: NonFinite, model: Any, origins: Origins, notes: Noting, origin: Origin
) -> None:
    graph, report.result = origins.graph, origin.number
    if origin.call is None:
        report.part, report.layer = _known(model, graph, origin) or ("step", model.name)
        return
    above = notes.above[origin.place]
    report.backward = above is not None
    place = notes.places[origin.place if above is None else above]
    report.part, report.layer, report.line = place.part, place.name, place.line
    inner = origin
    if origin.inner is not None:
        report.step, inner = origin.step, origin.inner
    report.op = inner.call.op.name if inner.call is not None else origin.call.op.name
    report.operands = inner.operands
    if above is not None and origin.inner is None:
        of = graph.calls[above]
        report.op = of.op.name
        report.operands = origins.operands(of, origin.value, origin.index)


def _known(model: Any, graph: Graph, origin: Origin) -> tuple[str, str] | None:
    """What a given value is: an input, or a variable of a layer's."""
    v = origin.value
    for i, x in enumerate(graph.inputs):
        if x is v:
            return "input", f"{i} of the batch"
    if v.tensor is None:
        return None
    for layer in model._flattened():
        for w in layer._holds(type(v.tensor)):
            if w is v.tensor:
                return "weight", "/".join((places.path([layer], None), w._name))
    name = getattr(v.tensor, "path", "")
    return ("weight", name) if name else None


def _call(origin: Origin) -> str:
    given = ", ".join(map(_short, origin.operands))
    name = "" if origin.call is None else origin.call.op.name
    return f"{name}({given}) = {origin.number:g}"


def _sample(
    origins: Origins, rolled: Origins, v: Value, index: tuple[int, ...], n: int
) -> int | None:
    """The sample an entry belongs to: that which it goes with when the samples are moved on."""
    a, b = origins.values[v.index], rolled.values[v.index]
    for axis, size in enumerate(a.shape):
        if size == n or (axis == 0 and size and size % n == 0):
            moved = np.roll(a, size // n, axis)
            if _alike(b, moved) or not _alike(b, a):
                return index[axis] // (size // n)
    return None


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a, b, 1e-3, 0, equal_nan=True))


