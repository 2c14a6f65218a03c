"""Calls that change nothing: of variables' contents before, to those after.

The call is recorded, as a loop's body is, and run again with other contents of the variables. So it
has every derivative in them, and a program of it has too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor

States = Sequence[Any]


def with_contents(
    f: Callable[[], Any], variables: Sequence[Tensor], contents: States
) -> tuple[Any, list[Tensor]]:
    """What f returns if variables had these contents, and what they would hold afterwards.

    Variables beside them are read, and changed, as ever: what f draws goes on.
    """
    from autograd_nn.engine.graph.control import opened
    from autograd_nn.engine.graph.record import Fixed, trace
    from autograd_nn.engine.graph.replay import plain, replay, tensor_of

    with np.errstate(all="ignore"):  # the run itself warns
        graph, (shape, slots) = trace(f, [])
    found = opened([graph])
    (body,) = found.graphs
    given = dict(zip(map(id, variables), contents, strict=True))
    made, _ = replay(body, [given.get(id(x), x) for x in found.outside], plain, tensor_of)
    many = len(made) - len(found.states)
    after = {id(state): new for state, new in zip(found.states, made[many:], strict=True)}
    with no_grad():
        for state in found.states:
            if id(state) not in given:
                state.assign(after[id(state)].detach())
    results = [s.value if isinstance(s, Fixed) else made[s] for s in slots]
    held = [after.get(id(v), x) for v, x in zip(variables, contents, strict=True)]
    return tree.unflatten(shape, results), held


def fitting(given: States, variables: Sequence[Tensor], name: str, of: str) -> list[Tensor]:
    """Contents as tensors; raises ValueError or ShapeError where they are not the variables'."""
    contents = [as_tensor(x) for x in given]
    if len(contents) != len(variables):
        raise ValueError(
            f"{of} received {len(contents)} {name}; expected {len(variables)}, one for each of "
            f"its {name}."
        )
    for x, v in zip(contents, variables, strict=True):
        if x.shape != v.shape:
            raise ShapeError(
                f"{of} received contents of shape {x.shape} for {getattr(v, 'path', v)!r}; "
                f"expected {v.shape}."
            )
    return contents


class Stateless:
    """A layer's call as a function of its variables."""

    def stateless_call(
        self: Any,
        trainable_variables: States,
        non_trainable_variables: States,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """(the call's result, the non-trainable variables after it); nothing is changed.

        trainable_variables, non_trainable_variables   what those of this layer are to hold.
        args, kwargs    of the call.
        return_losses   whether the penalties and added losses come third, in a list.
        Raises ValueError before the layer is built, or where the lists are of other lengths.

        >>> import autograd_nn as ag
        >>> from autograd_nn import nn
        >>> layer = nn.Dense(1, kernel_initializer="ones")
        >>> layer.build((None, 2))
        >>> def loss(weights, x):
        ...     return layer.stateless_call(weights, [], x)[0].sum()
        >>> ag.grad(loss)(layer.trainable_variables, [[3.0, 4.0]])[0].tolist()
        [[3.0], [4.0]]
        """
        if not self.built:
            raise ValueError(
                f"stateless_call of {self.name!r} before it was built; expected variables that "
                "exist. Call it on data once, or build(input_shape)."
            )
        moving, others = self.trainable_variables, self.non_trainable_variables
        of = f"stateless_call of {self.name!r}"
        contents = [
            *fitting(trainable_variables, moving, "trainable_variables", of),
            *fitting(non_trainable_variables, others, "non_trainable_variables", of),
        ]

        def run() -> Any:
            y = self(*args, **kwargs)
            return y, list(self.losses) if return_losses else []

        (y, losses), after = with_contents(run, [*moving, *others], contents)
        self.__dict__["_added"] = []  # they were the record's
        held = after[len(moving) :]
        return (y, held, losses) if return_losses else (y, held)


class StatelessModel(Stateless):
    """A compiled model's loss as a function of all that it holds."""

    def stateless_compute_loss(
        self: Any,
        trainable_variables: States,
        non_trainable_variables: States,
        metrics_variables: States,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple[Any, tuple[list[Tensor], list[Tensor], list[Tensor]]]:
        """(`compute_loss`'s result, the three lists after it); nothing is changed.

        Raises ValueError where a list is of another length.
        """
        parts = {
            "trainable_variables": (self.trainable_variables, trainable_variables),
            "non_trainable_variables": (self.non_trainable_variables, non_trainable_variables),
            "metrics_variables": (self.metrics_variables, metrics_variables),
        }
        of = f"stateless_compute_loss of {self.name!r}"
        contents = [v for n, (own, given) in parts.items() for v in fitting(given, own, n, of)]
        variables = [v for own, _ in parts.values() for v in own]
        loss, after = with_contents(
            lambda: self.compute_loss(x, y, y_pred, sample_weight, training), variables, contents
        )
        many = len(self.trainable_variables)
        last = len(variables) - len(self.metrics_variables)
        return loss, (after[:many], after[many:last], after[last:])
