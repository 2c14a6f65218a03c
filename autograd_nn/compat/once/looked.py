"""Steps that look at values, as those of Keras could by TensorFlow: op by op, with a warning.

A loss of ``tf.boolean_mask``, a metric by ``tf.py_function``, an ``if`` of a tensor: what they give
only data tell, so that no program can be recorded of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any
from weakref import WeakSet

from autograd_nn.engine import tree
from autograd_nn.engine.errors import RecordError, RecordWarning
from autograd_nn.engine.tensor import wrap
from autograd_nn.nn.training.loop import Meanwhile, eager

_LOOKING: WeakSet[Any] = WeakSet()  # steps, and models in `predict`, that did


def _say(what: Any, model: Any, doing: str, error: RecordError) -> None:
    _LOOKING.add(what)
    warnings.warn(
        f"{doing}: model {model.name!r} runs op by op and is not replayed as native code: it looks "
        f"at a value: {error}",
        RecordWarning,
        stacklevel=2,
    )


def _stepping(today: Any) -> Any:
    """What walks over batches, op by op from where a step cannot be recorded."""

    @wraps(today)
    def _runner(self: Any, step: Any, watched: bool = True) -> Any:
        run = today(self, step, watched)
        eagerly = self.run_eagerly or self.jit_compile is False
        return run if eagerly else partial(_batches, self, step, run)

    return _runner


def _batches(
    model: Any, step: Any, run: Any, arrays: Any, order: Any, size: int, at_most: int,
    meanwhile: Meanwhile = None,
) -> Iterator[int]:  # fmt: skip
    done = 0
    if step not in _LOOKING:
        try:
            for done in run(arrays, order, size, at_most, meanwhile=meanwhile):
                yield done
        except RecordError as error:
            _say(step, model, "fit", error)
        else:
            return
    for more in eager(step, arrays, order[done * size :], size, at_most):
        yield done + more


def _predicting(today: Any) -> Any:
    """What computes a batch's outputs, op by op where that cannot be recorded."""

    @wraps(today)
    def _forward_step(self: Any, structure: Any) -> Any:
        forward = today(self, structure)

        def step(arrays: Any) -> Any:
            if self not in _LOOKING:
                try:
                    return forward(arrays)
                except RecordError as error:
                    _say(self, self, "predict", error)
            batch = tree.unflatten(structure, [wrap(a) for a in arrays])
            return tree.map(lambda y: y.array, self._predict_tensors(batch))

        return step

    return _forward_step


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.training.trainer:Trainer": {
        "_runner": _stepping, "_forward_step": _predicting,
    },
}  # fmt: skip
