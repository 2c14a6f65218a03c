"""Methods that models had in Keras 1 and 2: classes and chances, and training from generators."""

from __future__ import annotations

import itertools
from collections.abc import Sized
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.nn.configurable import derived
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.renamed import renames, warn_user
from autograd_nn.nn.symbols import symbols_in
from autograd_nn.nn.training.door import Given


def validation_arrays(held: Any) -> list[Any] | None:
    """What callbacks of Keras 2 found as ``validation_data``: inputs, targets, weights in a list.

    held   as `fit` is given it, or the samples that it held back itself.
    None where validation is on no arrays.
    """
    if isinstance(held, Given):
        held = None if held.waits else tree.unflatten(held.structure, held.arrays)
    if not isinstance(held, list | tuple) or len(held) not in (2, 3):
        return None
    x, y = ([*v] if isinstance(v, list | tuple) else [v] for v in held[:2])
    if not all(hasattr(v, "shape") for v in (*x, *y)):
        return None
    given = held[2] if len(held) == 3 else None
    return [*x, *y, np.ones(len(y[0]), "float32") if given is None else given]


class _Itself:
    """What Keras 1's Sequential had as ``model``; an attribute of that name comes before it."""

    def __get__(self, owner: Any, kind: type) -> Any:
        return self if owner is None else owner


class Watching(Layer):
    """A loss of nothing, which watches what it is given."""

    def __init__(self, called: str | None, aggregation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.called, self.aggregation = called, aggregation

    def call(self, inputs: Any) -> Any:
        self.add_metric(inputs, self.called, self.aggregation)
        return ops.zeros((), inputs.dtype)


class Earlier:
    """What old scripts call on a model; each is one of today's methods, and warns of it."""

    fit: Any
    to_json: Any
    evaluate: Any
    predict: Any
    add_loss: Any

    def add_metric(self, value: Any, name: str | None = None, aggregation: Any = "mean") -> None:
        """Watches a tensor, as in a layer; or a symbol that follows from the inputs, at every call.

        >>> from autograd_nn import nn
        >>> x = nn.Input((2,))
        >>> model = nn.Model(x, nn.Dense(1)(x))
        >>> model.add_metric(model.output.mean(), name="height")
        >>> model.compile("sgd", "mse")
        >>> model.metrics_names
        ['loss', 'height']
        """
        if symbols_in(value):
            self.add_loss(Watching(name, aggregation)(value))
        else:
            super().add_metric(value, name, aggregation)  # type: ignore[misc]

    def predict_proba(self, x: Any, batch_size: int | None = None, verbose: Any = 0) -> Any:
        """`predict`'s result.

        >>> import warnings
        >>> import numpy as np
        >>> from autograd_nn import nn
        >>> model = nn.Sequential([nn.Dense(2, input_dim=3, activation="softmax")])
        >>> with warnings.catch_warnings(action="ignore"):
        ...     model.predict_proba(np.ones((4, 3))).shape
        (4, 2)
        """
        warn_user("predict_proba: an old method; write predict(x) in its place.")
        return self.predict(x, batch_size, verbose)

    @renames
    def predict_classes(self, x: Any, batch_size: int | None = None, verbose: Any = 0) -> Any:
        """The likeliest class of each sample: (n,), or (n, 1) of 0 and 1 for one output."""
        warn_user(
            "predict_classes: an old method; write predict(x).argmax(axis=-1), or predict(x) > 0.5 "
            "for one output, in its place."
        )
        y = np.asarray(self.predict(x, batch_size, verbose))
        return (y > 0.5).astype("int32") if y.shape[-1] == 1 else y.argmax(axis=-1)

    @renames
    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: Any = 1,
        callbacks: Any = None,
        validation_data: Any = None,
        validation_steps: int | None = None,
        class_weight: Any = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
        validation_freq: Any = 1,
        samples_per_epoch: int | None = None,
        nb_val_samples: int | None = None,
    ) -> Any:
        """`fit` on what makes batches.

        samples_per_epoch   how many samples an epoch has, in place of its steps; nb_val_samples:
                            the same for validation.
        """
        warn_user("fit_generator: an old method; write fit(generator) in its place.")
        if samples_per_epoch is not None:
            generator, steps_per_epoch = _steps(generator, samples_per_epoch)
        if nb_val_samples is not None and not isinstance(validation_data, tuple | list):
            validation_data, validation_steps = _steps(validation_data, nb_val_samples)
        return self.fit(
            generator, epochs=epochs, verbose=verbose, callbacks=callbacks, shuffle=shuffle,
            validation_data=validation_data, validation_steps=validation_steps,
            class_weight=class_weight, steps_per_epoch=steps_per_epoch,
            initial_epoch=initial_epoch, validation_freq=validation_freq,
        )  # fmt: skip

    @renames
    def evaluate_generator(
        self, generator: Any, steps: int | None = None, callbacks: Any = None, verbose: Any = 0,
        val_samples: int | None = None,
    ) -> Any:  # fmt: skip
        """`evaluate` on what makes batches; ``val_samples`` are samples in place of steps."""
        warn_user("evaluate_generator: an old method; write evaluate(generator) in its place.")
        if val_samples is not None:
            generator, steps = _steps(generator, val_samples)
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    @renames
    def predict_generator(
        self, generator: Any, steps: int | None = None, callbacks: Any = None, verbose: Any = 0,
        val_samples: int | None = None,
    ) -> Any:  # fmt: skip
        """`predict` on what makes batches; ``val_samples`` are samples in place of steps."""
        warn_user("predict_generator: an old method; write predict(generator) in its place.")
        if val_samples is not None:
            generator, steps = _steps(generator, val_samples)
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    def reset_states(self) -> None:
        """Every recurrent layer that keeps its states from batch to batch begins anew."""
        for layer in self._flattened():
            reset = getattr(layer, "reset_states", None)
            if layer is not self and reset is not None and getattr(layer, "stateful", False):
                reset()

    def to_yaml(self, **options: Any) -> str:
        """`to_json`'s text, which is YAML, too."""
        warn_user("to_yaml: an old method; write to_json() in its place.")
        return self.to_json(**options)

    def _make_predict_function(self) -> None:
        """Nothing: what predicts is made when it is needed, in whichever thread."""

    _make_train_function = _make_test_function = _make_predict_function

    model = _Itself()

    @derived
    def uses_learning_phase(self) -> bool:
        """Whether some layer does otherwise while training, and none of its calls said if it is."""
        graph = self._own_layer_graph
        if graph is not None:
            return any(y._uses_learning_phase for y in tree.flatten(graph.outputs)[0])
        return any(getattr(layer, "_takes_training", False) for layer in self._flattened())


def _steps(batches: Any, samples: int) -> tuple[Any, int]:
    """What makes batches, and how many of them hold so many samples; the first tells its size."""
    size = getattr(batches, "batch_size", None)
    if size is None:
        batches = iter(batches)
        first = next(batches)
        batches, size = itertools.chain([first], batches), _rows(first)
    return batches, max(1, -(-samples // size))


def _rows(batch: Any) -> int:
    while isinstance(batch, tuple | list | dict):
        batch = next(iter(batch.values() if isinstance(batch, dict) else batch))
    return len(batch) if isinstance(batch, Sized) else 1
