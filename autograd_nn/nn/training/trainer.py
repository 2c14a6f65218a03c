"""fit, evaluate, predict: the loops around a step."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.whole import whole as whole_step
from autograd_nn.nn import losses
from autograd_nn.nn.callbacks import CallbackList, History
from autograd_nn.nn.checks import whole
from autograd_nn.nn.config import Changes
from autograd_nn.nn.layer import Shape, building, old_name
from autograd_nn.nn.lookup import unexpected
from autograd_nn.nn.training import data
from autograd_nn.nn.training import step as steps
from autograd_nn.nn.training.compiled import Compiled, arguments
from autograd_nn.nn.training.interrupt import Interrupts
from autograd_nn.nn.training.turns import Tally

Arrays = tuple[np.ndarray, ...]


def stretches(
    step: steps.Step, arrays: Arrays, order: np.ndarray, batch_size: int, per_batch: bool
) -> Iterator[int]:
    """Calls ``step`` on the rows ``order`` names, batch by batch; yields the batches done so far.

    per_batch   the caller has work after every batch; otherwise it may be asked less often.
    """
    done = 0
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        whole_step(step, *[wrap(a[rows]) for a in arrays])
        done += 1
        yield done


class Trainer(Compiled):
    """What a model needs to be trained; `Model` has it."""

    # ---- the door -------------------------------------------------------------------------------

    def _compiled(self, what: str) -> losses.Loss | None:
        """The compiled loss; None where a step of the user's own needs none."""
        if not self.compiled:
            raise RuntimeError(
                f"{what} was called before compile; expected a loss and an optimizer. Call "
                "model.compile(loss=..., optimizer=...) first."
            )
        own = any(map(self.overridden, ("train_step", "test_step", "compute_loss")))
        if self.loss is None and not own:
            raise ValueError(
                f"{what} was called on a model compiled without a loss; expected one. Call "
                "model.compile(loss=..., optimizer=...) again."
            )
        return self.loss

    def _inputs(self, x: Any) -> np.ndarray:
        model: Any = self
        found = data.inputs(x, model.input_shape, model.dtype, model.integer_dtype)
        if not model.built:
            with building.lock, no_grad():
                if not model.built:
                    model.build((None, *found.shape[1:]))
        return found

    def _arrays(self, x: Any, y: Any, sample_weight: Any = None) -> Arrays:
        """Everything a step takes, checked: inputs, targets and, where given, weights."""
        model: Any = self
        loss = self._compiled("training or evaluation")
        xs = self._inputs(x)
        if loss is None and y is None:
            return (xs,)
        y = data.alone(y, n=len(xs))
        ys = data.array(y, "y")
        n = data.same_length({"x": xs, "y": ys})
        kind = "any" if loss is None else loss.targets
        if loss is not None and kind == "distribution" and self._output_shape()[-1] == 1:
            raise ShapeError(
                f"the loss {loss.name!r} received predictions of one unit, which is a share of 1 "
                "whatever the weights; expected a unit for each class. For two classes use "
                "Dense(1, activation='sigmoid') and loss='binary_crossentropy'."
            )
        ys = data.targets(ys, kind, self._output_shape(), model.dtype)
        if sample_weight is None:
            return xs, ys
        return xs, ys, data.sample_weights(sample_weight, n, model.dtype)

    def _weighted(self, arrays: Arrays, class_weight: Any) -> Arrays:
        """The arrays, each sample's weight times its class's: for what is trained on alone."""
        if class_weight is None:
            return arrays
        xs, ys, *rest = arrays
        weight = data.class_weights(class_weight, ys, self.dtype)  # type: ignore[attr-defined]
        return xs, ys, weight * rest[0] if rest else weight

    def _output_shape(self) -> Shape:
        model: Any = self
        return model.compute_output_shape(model.input_shape)

    def _runner(self, kind: str) -> Any:
        """What calls a step over the batches of an epoch: eagerly, or as a recorded program."""
        eager = self.run_eagerly or self.jit_compile is False or self._own(kind)
        return stretches if eager else self._native

    def _native(
        self, step: steps.Step, arrays: Arrays, order: np.ndarray, size: int, per_batch: bool
    ) -> Iterator[int]:
        from autograd_nn.engine.program.stretch import Stepper, stretches

        stepper = self._steppers.get(step)
        if stepper is None:
            stepper = self._steppers[step] = Stepper(step, self._watch(), self.deterministic)
        return stretches(stepper, arrays, order, size, per_batch)

    def _watch(self) -> Any:
        """What recorded steps of this model read besides tensors."""
        from autograd_nn.engine.program.stretch import Watch

        found = weakref.ref(self)  # the model holds what watches it

        def objects() -> list[Any]:
            model: Any = found()
            objects = [model, *model.layers]
            if model.compiled:
                objects += [model.optimizer, model.loss]
                objects += [model.plain_metrics, model.weighted_metrics]
            return objects

        return Watch(objects, lambda: Changes.count)

    # ---- fit ------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        **options: Any,
    ) -> History:
        """Trains on arrays: ``epochs`` passes in batches, the samples in a new order each time.

        x                  (n, …) inputs; lists are accepted.
        y                  (n,), (n, 1) or (n, …) targets.
        batch_size         samples a step, 32 by default; the last batch may be smaller.
        epochs             passes over the data, counted from ``initial_epoch`` on.
        verbose            0 silent, 1 or 'auto' a progress bar, 2 a line an epoch.
        callbacks          one Callback or several, called as training goes along.
        validation_split   the last share of the samples is kept for validation.
        validation_data    (x, y) or (x, y, sample_weight) to validate on instead.
        shuffle            False leaves the samples in their order.
        class_weight       {class: weight}, for training alone; sample_weight: one a sample.
        steps_per_epoch    batches an epoch; fewer than there are go on in the next epoch.
                           validation_steps, validation_batch_size: the same for validation.
        validation_freq    validation follows every so many epochs, or those in a list.
        Returns the `History`. Raises ValueError, ShapeError, DTypeError or RangeError for data
        that does not fit, RuntimeError before `compile`.

        >>> import numpy as np
        >>> from autograd_nn import nn
        >>> model = nn.Sequential([nn.Dense(1, input_dim=2)])
        >>> model.compile(loss="mse", optimizer="sgd")
        >>> history = model.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0)
        >>> len(history.history["loss"])
        3
        """
        epochs = old_name(options, "nb_epoch", "epochs", epochs, "fit")
        if options:
            unexpected(options, arguments(self.fit), "fit")
        epochs = whole(epochs, "epochs", 0)
        first = whole(initial_epoch, "initial_epoch", 0)
        due = _due(validation_freq)
        arrays = self._arrays(x, y, sample_weight)
        held: Arrays | None = None
        if validation_data is not None:
            held = self._arrays(*_pair(validation_data))
        elif validation_split:
            cut = data.split_at(validation_split, len(arrays[0]))
            arrays, held = tuple(a[:cut] for a in arrays), tuple(a[cut:] for a in arrays)
        arrays = self._weighted(arrays, class_weight)
        n = len(arrays[0])
        size, n_steps = data.batching(n, batch_size, steps_per_epoch, "steps_per_epoch")
        rows = data.Rows(n, min(n, n_steps * size), shuffle)
        if held is not None:
            wanted = validation_batch_size or batch_size
            held_size, held_steps = data.batching(
                len(held[0]), wanted, validation_steps, "validation_steps"
            )
            held = tuple(a[: held_size * held_steps] for a in held)

        from autograd_nn.nn.training.progress import ProgressBar

        history = History()
        hooks = CallbackList(
            [*_listed(callbacks), history],
            self,
            {"verbose": verbose, "epochs": epochs, "steps": n_steps},
        )
        bar = ProgressBar(epochs, n_steps, verbose)
        step, run = self._step("train"), self._runner("train")
        per_batch = hooks.has("on_train_batch_begin", "on_train_batch_end")
        tally = Tally()
        current = partial(self._logs, tally)
        logs: dict[str, float] = {}
        quiet = np.errstate(all="ignore")  # a diverging loss shows as nan, not as NumPy's warnings
        with self._turns.fit.lock, closing(bar), Interrupts() as interrupts, quiet:
            self.history, self.stop_training = history, False
            hooks.call("on_train_begin")
            for epoch in range(first, epochs):
                self._fresh(tally)
                hooks.call("on_epoch_begin", epoch)
                bar.begin_epoch(epoch)
                started = time.perf_counter()
                for done in self._batches(
                    hooks, per_batch, run, step, arrays, rows.epoch(), size, tally
                ):
                    interrupts.check()
                    bar.update(done, current)
                    if self.stop_training:
                        break
                logs = current()
                if held is not None and due(epoch + 1):
                    logs |= self._validate(held, held_size, hooks)
                hooks.call("on_epoch_end", epoch, logs=logs)
                bar.end_epoch(logs, time.perf_counter() - started)
                interrupts.check()
                if self.stop_training:
                    break
            hooks.call("on_train_end", logs=logs)
        return history

    def _batches(
        self, hooks: CallbackList, per_batch: bool, run: Any, step: steps.Step,
        arrays: Arrays, order: np.ndarray, size: int, tally: Tally,
    ) -> Iterator[int]:  # fmt: skip
        """One epoch's batches, with the callbacks around each where there are any."""
        batches = run(step, arrays, order, size, per_batch)
        batches = self._turns.run(batches, tally, self)
        if not per_batch:
            yield from batches
            return
        n_steps = -(-len(order) // size)
        hooks.call("on_train_batch_begin", 0)
        for done in batches:
            hooks.call("on_train_batch_end", done - 1, logs=self._logs(tally))
            yield done
            if self.stop_training:
                return
            if done < n_steps:
                hooks.call("on_train_batch_begin", done)

    def _validate(self, held: Arrays, size: int, hooks: CallbackList) -> dict[str, float]:
        return {f"val_{k}": v for k, v in self._evaluated(held, size, hooks, None).items()}

    # ---- evaluate and predict -------------------------------------------------------------------

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and metrics on data, in `metrics_names`' order; the loss alone is one number.

        steps         batches at most; callbacks: what is called as evaluation goes along.
        return_dict   by name instead.
        Raises ValueError, ShapeError, DTypeError or RangeError for data that does not fit.
        """
        arrays = self._arrays(x, y, sample_weight)
        size, n_steps = data.batching(len(arrays[0]), batch_size, steps, "steps")
        arrays = tuple(a[: n_steps * size] for a in arrays)
        hooks = CallbackList(_listed(callbacks), self, {"verbose": verbose, "steps": n_steps})
        from autograd_nn.nn.training.progress import ProgressBar

        started, bar = time.perf_counter(), ProgressBar(1, n_steps, verbose, header=False)
        bar.begin_epoch(0)
        with np.errstate(all="ignore"):
            logs = self._evaluated(arrays, size, hooks, bar)
        bar.end_epoch(logs, time.perf_counter() - started)
        if return_dict:
            return logs
        values = list(logs.values())
        return values if len(values) > 1 else values[0]

    def _evaluated(
        self, arrays: Arrays, size: int, hooks: CallbackList, bar: Any
    ) -> dict[str, float]:
        tally = Tally()
        self._fresh(tally)
        hooks.call("on_test_begin")
        per_batch = hooks.has("on_test_batch_begin", "on_test_batch_end")
        n = len(arrays[0])
        n_steps = -(-n // size)
        if per_batch:
            hooks.call("on_test_batch_begin", 0)
        batches = self._runner("test")(self._step("test"), arrays, np.arange(n), size, per_batch)
        for done in self._turns.run(batches, tally, self):
            if per_batch:
                hooks.call("on_test_batch_end", done - 1, logs=self._logs(tally))
                if done < n_steps:
                    hooks.call("on_test_batch_begin", done)
            if bar is not None:
                bar.update(done, partial(self._logs, tally))
        logs = self._logs(tally)
        hooks.call("on_test_end", logs=logs)
        return logs

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> np.ndarray:
        """The model's outputs for inputs, (n, …), computed in batches.

        steps   batches at most; callbacks: what is called as prediction goes along.
        Raises ValueError, ShapeError or DTypeError for inputs that do not fit.

        >>> import numpy as np
        >>> from autograd_nn import nn
        >>> nn.Sequential([nn.Dense(1, input_dim=2)]).predict(np.ones((3, 2)), verbose=0).shape
        (3, 1)
        """
        found = self._inputs(x)
        size, n_steps = data.batching(len(found), batch_size, steps, "steps")
        found = found[: n_steps * size]
        hooks = CallbackList(_listed(callbacks), self, {"verbose": verbose, "steps": n_steps})
        from autograd_nn.nn.training.progress import ProgressBar

        started, bar = time.perf_counter(), ProgressBar(1, n_steps, verbose, header=False)
        bar.begin_epoch(0)
        hooks.call("on_predict_begin")
        outputs: list[np.ndarray] = []
        forward = self._forward()
        for i, start in enumerate(range(0, len(found), size)):
            hooks.call("on_predict_batch_begin", i)
            with self._turns.step.lock:
                outputs.append(forward(found[start : start + size]))
            hooks.call("on_predict_batch_end", i, logs={"outputs": outputs[-1]})
            bar.update(i + 1, dict)
        hooks.call("on_predict_end")
        bar.end_epoch({}, time.perf_counter() - started)
        return np.concatenate(outputs)

    def _forward(self) -> Any:
        """The model on one batch, array to array: eagerly, or as a recorded program."""
        eager = self.compiled and (self.run_eagerly or self.jit_compile is False)
        if eager or self.overridden("predict_step"):
            return lambda x: self.predict_on_batch_tensor(wrap(x)).array
        if self._replay is None:
            from autograd_nn.engine.program.stretch import Replay

            found: Any = weakref.ref(self)  # the model holds the replay
            self._replay = Replay(
                lambda x: found().predict_on_batch_tensor(x), self._watch(), self.deterministic
            )
        return self._replay

    def predict_on_batch_tensor(self, x: Tensor) -> Tensor:
        """One batch of outputs, without a tape."""
        with no_grad(), np.errstate(all="ignore"):
            return self.predict_step(x)

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """The model's outputs for one batch."""
        found = wrap(self._inputs(x))
        with self._turns.step.lock:
            return np.array(self.predict_on_batch_tensor(found))

    # ---- one batch ------------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """One step on one batch; returns the batch's loss and metrics, those before forgotten.

        return_dict   by name instead of a list.
        """
        arrays = self._weighted(self._arrays(x, y, sample_weight), class_weight)
        return self._on_batch("train", arrays, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics of one batch, those before forgotten.

        return_dict   by name instead of a list.
        """
        arrays = self._arrays(x, y, sample_weight)
        return self._on_batch("test", arrays, return_dict)

    def _on_batch(self, kind: str, arrays: Arrays, return_dict: bool) -> Any:
        tally = Tally()
        with self._turns.step.lock, np.errstate(all="ignore"):
            self._fresh(tally)
            whole_step(self._step(kind), *[wrap(a) for a in arrays])
            logs = self._logs(tally)
        if return_dict:
            return logs
        values = list(logs.values())
        return values if len(values) > 1 else values[0]


def _pair(validation_data: Any) -> tuple[Any, ...]:
    if not isinstance(validation_data, list | tuple) or len(validation_data) not in (2, 3):
        raise ValueError(
            f"received validation_data of type {type(validation_data).__name__}; expected (x, y) "
            "or (x, y, sample_weight). Pass a tuple of arrays."
        )
    return tuple(validation_data)


def _listed(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]


def _due(freq: Any) -> Any:
    """Whether validation follows an epoch, counted from 1."""
    if isinstance(freq, list | tuple | set):
        return {whole(epoch, "validation_freq", 1) for epoch in freq}.__contains__
    every = whole(freq, "validation_freq", 1)
    return lambda epoch: epoch % every == 0


