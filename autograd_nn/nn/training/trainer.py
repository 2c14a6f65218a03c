"""fit, evaluate, predict: the doors to the one loop over batches."""

from __future__ import annotations

import time
import warnings
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import wrap
from autograd_nn.nn.callbacks import CallbackList, History
from autograd_nn.nn.callbacks.nan import sees_to_it
from autograd_nn.nn.checks import whole
from autograd_nn.nn.configurable import Changes
from autograd_nn.nn.lookup import unexpected
from autograd_nn.nn.renamed import renames
from autograd_nn.nn.settings import at_most, max_epochs
from autograd_nn.nn.training import door, feeds
from autograd_nn.nn.training.admitted import ended_by_callback
from autograd_nn.nn.training.compiled import Compiled, arguments
from autograd_nn.nn.training.door import Given
from autograd_nn.nn.training.earlier import validation_arrays
from autograd_nn.nn.training.finite import Keeper, checked, states
from autograd_nn.nn.training.interrupt import Interrupts
from autograd_nn.nn.training.jointly import jointly, led
from autograd_nn.nn.training.loop import Loop, Runner, ahead, eager
from autograd_nn.nn.training.outputs import Ends
from autograd_nn.nn.training.prediction import Prediction
from autograd_nn.nn.training.progress import ProgressBar
from autograd_nn.nn.training.step import Step
from autograd_nn.nn.training.turns import Tally


class Trainer(Compiled):
    """What a model needs to be trained; `Model` has it."""

    # ---- what steps run by ----------------------------------------------------------------------

    def _ready_for(self, what: str) -> None:
        """Raises RuntimeError before `compile`."""
        if not self.compiled:
            raise RuntimeError(
                f"{what} was called before compile; expected a loss and an optimizer. Call "
                "model.compile(loss=..., optimizer=...) first."
            )

    def _settled_ends(self, y: Any = None) -> Ends:
        """The outputs as they are, with the compiled losses and metrics settled on them."""
        ends = self._objective.ends
        needed = self._metrics_needed or y is not None and self._objective_needed
        if needed and self._calls_itself():  # type: ignore[attr-defined]
            ends = self._output_ends()  # type: ignore[attr-defined]
            self._settle_for(ends)
        return ends

    @property
    def _objective_needed(self) -> bool:
        return any(loss is not None for loss in self._objective.losses)

    @property
    def _metrics_needed(self) -> bool:
        """Whether some output is looked at by a loss or a metric."""
        watched = self._watched
        return self._objective_needed or any(m for m in (*watched.plain, *watched.weighted) if m)

    def _runner(self, step: Step, watched: bool = True) -> Runner:
        """What walks over the batches of a pass: eagerly, or by a recorded program.

        watched   whether somebody sees how far it is.
        """
        if self.run_eagerly or self.jit_compile is False:
            return partial(eager, step)
        from autograd_nn.engine.program.stretch import Stepper, stretches

        stepper = self._steppers.get(step)
        if stepper is None:
            from autograd_nn.engine.program.make import target

            stepper = self._steppers[step] = Stepper(
                step, self._watched_now(), self._deterministic, target(*self._placed)
            )
        native = partial(stretches, stepper, watched=watched, ahead=partial(ahead, self, step))
        own = self._owned.get(step)
        if own is None:
            return native
        return partial(own.batches, native, stepper.recorded.waits and stepper.target.wanted())

    def _watched_now(self) -> Any:
        """What recorded steps of this model read besides tensors."""
        from autograd_nn.engine.program.stretch import Watch

        found = weakref.ref(self)  # the model holds what watches it

        def objects() -> list[Any]:
            model: Any = found()
            return model._modules()

        return Watch(objects, lambda: Changes.count)

    # ---- fit ------------------------------------------------------------------------------------

    @renames
    @jointly
    @ended_by_callback
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
        stratify: bool = False,
        resume: Any = None,
        **options: Any,
    ) -> History:
        """Trains on arrays: ``epochs`` passes in batches, the samples in a new order each time.

        x                  (n, …) inputs; lists are accepted. Or what makes batches (x, y) or
                           (x, y, weights): a generator, a `PyDataset`, a loader.
        y                  (n,), (n, 1) or (n, …) targets. Text is taken for classes where the loss
                           is a cross-entropy: ``model.class_names`` then has them in the order of
                           their numbers, sorted. Of a table, ``feature_names`` has the columns,
                           and other columns are refused later on.
        batch_size         samples a step, 32 by default; the last batch may be smaller.
        epochs             passes over the data, counted from ``initial_epoch`` on.
        verbose            0 silent, 1 or 'auto' a progress bar, 2 a line an epoch.
        callbacks          one Callback or several, called as training goes along.
        validation_split   the last share of the samples is kept for validation; warns where its
                           classes are others than those of the rest. stratify=True takes the
                           last share of each class.
        validation_data    (x, y) or (x, y, sample_weight) to validate on instead.
        shuffle            False leaves the samples in their order.
        class_weight       {class: weight}, for training alone; sample_weight: one a sample.
        steps_per_epoch    batches an epoch; fewer than there are go on in the next epoch.
                           validation_steps, validation_batch_size: the same for validation.
        validation_freq    validation follows every so many epochs, or those in a list.
        resume             a checkpoint (see `BackupAndRestore`, `ModelCheckpoint`) to go on from as
                           if nothing had been, up to ``epochs``: model, data and callbacks are
                           those of the first call, data from their beginning.
        Returns the `History`. Raises ValueError, ShapeError, DTypeError or RangeError for data
        that does not fit, RuntimeError before `compile`, NonFiniteError where the loss or a weight
        becomes NaN or infinite (see `compile`): the model is then as before that step;
        ModelFileError for a checkpoint of another model, or a damaged one.

        >>> import numpy as np
        >>> from autograd_nn import nn
        >>> model = nn.Sequential([nn.Dense(1, input_dim=2)])
        >>> model.compile(loss="mse", optimizer="sgd")
        >>> history = model.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0)
        >>> len(history.history["loss"])
        3
        """
        if options:
            unexpected(options, arguments(self.fit), "fit")
        epochs = at_most(whole(epochs, "epochs", 0), max_epochs())
        first = whole(initial_epoch, "initial_epoch", 0)
        due = _due(validation_freq)
        feed, held = feeds.training(
            self, x, y, sample_weight, class_weight, batch_size, steps_per_epoch, shuffle,
            validation_split if validation_data is None else 0.0, stratify,
        )  # fmt: skip
        if validation_data is not None:
            held = validation_data
        tested = None if held is None else feeds.testing(
            self, held, validation_batch_size or batch_size, validation_steps, "validation_steps"
        )  # fmt: skip

        if not (team := self._team).rank:
            self._look_at(feed)
        if team.count > 1:
            team.share(states(self)[0])
        from autograd_nn.nn.training.run import Run

        history = History()
        hooks = led(
            self, [*_listed(callbacks), history], verbose=verbose, epochs=epochs, steps=feed.steps
        )
        if resume is None:
            resume = team.tell("resume", next(filter(None, [c._checkpoint() for c in hooks]), None))
        for c in hooks:
            c._resumed = resume is not None
            c.validation_data = validation_arrays(held) or c.validation_data
        bar = ProgressBar(epochs, feed.steps, 0 if hooks.shows() or team.rank else verbose)
        tally = Tally()
        current = partial(self._logs_of, tally)
        quiet = np.errstate(all="ignore")  # a diverging loss shows as nan, not as NumPy's warnings
        with (
            self._turns.fit.lock, closing(bar), Interrupts(team) as interrupts, quiet,
            ExitStack() as stack,
        ):  # fmt: skip
            self.history, self.stop_training = history, False
            step = self._step_of("train", feed.structure)
            run = self._runner(step, bar.moving)
            keeper = self._keeper(step, run, feed, tally, hooks, tested is not None)
            run = run if keeper is None else keeper.run
            loop = Loop(self, "train", hooks, current, tally, bar, interrupts, keeper, team)
            self._fit_run = training = Run(self, feed, hooks, tally, loop, step)
            stack.callback(setattr, self, "_fit_run", None)
            stack.enter_context(hooks.open())
            hooks.call("on_train_begin")
            training.epoch, done = first, 0
            if resume is not None:
                self._fresh(tally)
                done = training.resume(resume)
            logs = training.logs
            ended = resume is not None and self.stop_training
            while training.epoch < epochs and not ended:
                epoch = training.epoch
                if not done:
                    self._fresh(tally)
                    hooks.call("on_epoch_begin", epoch)
                bar.begin_epoch(epoch)
                started = time.perf_counter()
                if keeper is not None:
                    keeper.begin(epoch, done)
                training.within = True
                loop.run(feed.epoch(run, loop.every, done), feed.now, done)
                training.logs = logs = current()
                if keeper is not None:
                    keeper.told(logs, loop.done)
                if tested is not None and due(epoch + 1):
                    found = self._evaluated(tested, hooks, None)
                    logs |= {f"val_{k}": v for k, v in found.items()}
                training.epoch, training.within, done = epoch + 1, False, 0
                hooks.call("on_epoch_end", epoch, logs=logs)
                bar.end_epoch(logs, time.perf_counter() - started)
                interrupts.check()
                ended = self.stop_training or epoch + 1 < epochs and feed.over(epoch + 1)
            if keeper is not None:
                keeper.close()
            if epochs > first:
                self.optimizer.finalize_variable_values(self.trainable_weights)  # type: ignore[attr-defined]
            hooks.call("on_train_end", logs=logs)
        return history

    def _look_at(self, feed: feeds.Feed) -> None:
        """Warns of what is hardly ever meant, before the first steps after `compile`."""
        if self._unchecked:
            self._unchecked = False
            from autograd_nn.nn import advice

            advice.first_words(self, getattr(feed, "given", None))

    def check(self, x: Any, y: Any, validation_data: Any = None) -> list[str]:
        """Looks for mistakes in the model, in data and in how they meet; trains nothing.

        x, y              arrays, as for `fit`; validation_data: (x, y), as there.
        Warns with `CheckWarning` of what is likely a mistake, and returns its remarks, each with
        the repair; none for what looks sound. Raises what `fit` raises for what cannot be meant.
        `fit` itself says, once, what is hardly ever meant (see ``check`` of `compile`).

        >>> import numpy as np
        >>> from autograd_nn import nn
        >>> model = nn.Sequential([nn.Dense(4, "relu", input_dim=2), nn.Dense(1, "sigmoid")])
        >>> model.compile(loss="binary_crossentropy", optimizer="adam")
        >>> x = np.random.default_rng(0).normal(size=(20, 2))
        >>> model.check(x, x[:, 0] > 0)
        []
        """
        from autograd_nn.nn import advice

        given = door.given(self, x, y)
        held = None if validation_data is None else door.given(self, *validation_data[:2])
        found = [r.text for r in advice.examine(self, given, held)]
        if found:
            warnings.warn(advice.told(found), advice.CheckWarning, stacklevel=2)
        return found

    def _keeper(
        self, step: Step, run: Runner, feed: feeds.Feed, tally: Tally, hooks: CallbackList,
        tested: bool,
    ) -> Keeper | None:  # fmt: skip
        """What keeps the weights finite; None where they need not be, or a callback sees to it."""
        if not self._check_finite or sees_to_it(hooks):
            return None
        others = [c for c in hooks.callbacks if not isinstance(c, History)]
        steered = tested or any(c._steers and c in hooks.heard for c in others)
        return Keeper(self, run, step, tally, feed, careful=steered)

    # ---- evaluate and predict -------------------------------------------------------------------

    @renames
    @jointly
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
        feed = feeds.testing(self, x, batch_size, steps, "steps", y, sample_weight)
        hooks = led(self, _listed(callbacks), verbose=verbose, steps=feed.steps)
        team = self._team
        shown = 0 if hooks.shows() or team.rank else verbose
        started, bar = time.perf_counter(), ProgressBar(1, feed.steps, shown, header=False)
        bar.begin_epoch(0)
        with np.errstate(all="ignore"):
            logs = self._evaluated(feed, hooks, bar)
        bar.end_epoch(logs, time.perf_counter() - started)
        return _answered(logs, return_dict)

    def _evaluated(self, feed: feeds.Feed, hooks: CallbackList, bar: Any) -> dict[str, float]:
        tally, self.stop_evaluating = Tally(), False
        self._fresh(tally)
        hooks.call("on_test_begin")
        logs_of = partial(self._logs_of, tally)
        loop = Loop(self, "test", hooks, logs_of, tally, bar, team=self._team)
        run = self._runner(self._step_of("test", feed.structure), bar is not None and bar.moving)
        loop.run(feed.epoch(run, loop.every), feed.now)
        logs = self._logs_of(tally)
        hooks.call("on_test_end", logs=logs)
        return logs

    @renames
    @jointly
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The model's outputs for inputs, (n, …) each, computed in batches.

        steps   batches at most; callbacks: what is called as prediction goes along.
        Raises ValueError, ShapeError or DTypeError for inputs that do not fit.

        >>> import numpy as np
        >>> from autograd_nn import nn
        >>> nn.Sequential([nn.Dense(1, input_dim=2)]).predict(np.ones((3, 2)), verbose=0).shape
        (3, 1)
        """
        feed, found = feeds.predicting(self, x, batch_size, steps), list[Any]()
        batches = self._predict_batches(feed, found)
        if callbacks is None and verbose == 0 and self._team.count == 1:  # nobody looks on
            deque(self._turns.run(batches, None, self), maxlen=0)
        else:
            self._shown(feed, batches, found, callbacks, verbose)
        if isinstance(found[0], np.ndarray):
            return np.concatenate(found)
        return tree.map(lambda *parts: np.concatenate(parts), *found)

    def _shown(
        self, feed: feeds.Feed, batches: Iterator[int], found: list[Any], callbacks: Any,
        verbose: Any,
    ) -> None:  # fmt: skip
        """Predicts, with what is to be called or seen meanwhile."""
        hooks = led(self, _listed(callbacks), verbose=verbose, steps=feed.steps)
        team = self._team
        shown = 0 if hooks.shows() or team.rank else verbose
        started, bar = time.perf_counter(), ProgressBar(1, feed.steps, shown, header=False)
        bar.begin_epoch(0)
        if self.stop_predicting:
            self.stop_predicting = False
        hooks.call("on_predict_begin")
        loop = Loop(self, "predict", hooks, lambda: {"outputs": found[-1]}, None, bar, team=team)
        loop.run(batches, feed.steps)
        hooks.call("on_predict_end")
        bar.end_epoch({}, time.perf_counter() - started)

    def _predict_batches(self, feed: feeds.Feed, found: list[Any]) -> Iterator[int]:
        """Predicts batch by batch, into ``found``; yields the batches done so far."""
        forward = self._forward_step(feed.structure)
        for given in feed.batches():
            found.append(forward(list(given.arrays)))
            yield len(found)

    def _forward_step(self, structure: Any) -> Any:
        """The model on one batch, arrays to arrays: eagerly, or as a recorded program."""
        eagerly = self.compiled and (self.run_eagerly or self.jit_compile is False)
        if eagerly or self._overridden("predict_step"):
            return lambda arrays: tree.map(
                lambda y: y.array,
                self._predict_tensors(tree.unflatten(structure, [wrap(a) for a in arrays])),
            )
        form = self._output_ends().structure
        if self._replay is None:
            self._replay = {}
        replay = self._replay.get(structure)
        if replay is None:
            from autograd_nn.engine.program.make import target
            from autograd_nn.engine.program.stretch import Replay

            predict = Prediction(self, structure)
            replay = self._replay[structure] = Replay(
                predict.one if structure is form is tree.LEAF else predict.several,
                self._watched_now(), self._deterministic, target(*self._placed),
            )  # fmt: skip
        if form is tree.LEAF:
            return lambda arrays: replay(*arrays)[0]
        return lambda arrays: tree.unflatten(form, replay(*arrays))

    def _predict_tensors(self, x: Any) -> Any:
        """One batch of outputs, without a tape."""
        with no_grad(), np.errstate(all="ignore"):
            y = self.predict_step(x)
        self.__dict__.pop("_added", None)
        return y

    def predict_on_batch(self, x: Any) -> Any:
        """The model's outputs for one batch."""
        given = Given.of(door.even(door.inputs(self, x))).read()
        with self._turns.step.lock:
            return tree.map(np.array, self._forward_step(given.structure)(list(given.arrays)))

    # ---- one batch ------------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """One step on one batch; returns the batch's loss and metrics, those before forgotten.

        return_dict   by name instead of a list.
        Raises NonFiniteError where the loss or a weight becomes NaN or infinite (see `compile`),
        and then leaves the model as it was.
        """
        given = door.batch(self, x, y, sample_weight, class_weight)
        return self._on_batch("train", given, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics of one batch, those before forgotten.

        return_dict   by name instead of a list.
        """
        return self._on_batch("test", door.batch(self, x, y, sample_weight), return_dict)

    def _on_batch(self, kind: str, given: Given, return_dict: bool) -> Any:
        tally = Tally()
        with self._turns.step.lock, np.errstate(all="ignore"):
            self._fresh(tally)
            step = self._step_of(kind, given.structure)
            run = partial(_run, self._runner(step), given)
            if kind == "train" and self._check_finite:
                checked(self, step, given.arrays, run)
            else:
                run()
            logs = self._logs_of(tally)
        return _answered(logs, return_dict)


def _run(runner: Runner, given: Given) -> None:
    """Runs a step on one batch."""
    for _ in runner(given.arrays, np.arange(given.n), given.n, 1):
        pass


def _answered(logs: dict[str, float], return_dict: bool) -> Any:
    if return_dict:
        return logs
    values = list(logs.values())
    return values if len(values) > 1 else values[0]


def _listed(callbacks: Any) -> list[Any]:
    several = callbacks is None or isinstance(callbacks, list | tuple | CallbackList)
    return list(callbacks or ()) if several else [callbacks]


def _due(freq: Any) -> Any:
    """Whether validation follows an epoch, counted from 1."""
    if isinstance(freq, list | tuple | set):
        return {whole(epoch, "validation_freq", 1) for epoch in freq}.__contains__
    every = whole(freq, "validation_freq", 1)
    return lambda epoch: epoch % every == 0
