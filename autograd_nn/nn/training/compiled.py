"""compile: what a model is trained by, the steps that follow from it, and the metrics' names."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.alone import Alone
from autograd_nn.engine.tensor import Tensor
from autograd_nn.engine.whole import whole as whole_step
from autograd_nn.nn import metrics, optimizers
from autograd_nn.nn.callbacks import History
from autograd_nn.nn.checks import whole
from autograd_nn.nn.configurable import Changes
from autograd_nn.nn.distribution import default_devices
from autograd_nn.nn.kept import kept
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.lookup import unexpected
from autograd_nn.nn.renamed import renames
from autograd_nn.nn.saving import deserialize_keras_object, serialize_keras_object
from autograd_nn.nn.saving.models import BEYOND
from autograd_nn.nn.training import spec
from autograd_nn.nn.training import step as steps
from autograd_nn.nn.training.jointly import team
from autograd_nn.nn.training.loop import STOPS
from autograd_nn.nn.training.objective import Objective
from autograd_nn.nn.training.outputs import Ends, PlaceError
from autograd_nn.nn.training.own import OwnStep
from autograd_nn.nn.training.turns import Tally, Turns
from autograd_nn.nn.training.watched import Watched, labels
from autograd_nn.nn.variable import Variable


class Compiled:
    """What `compile` says of a model: how it is trained, and what is watched meanwhile."""

    optimizer: optimizers.Optimizer
    loss: Any
    stop_training: bool = False
    stop_evaluating: bool = False
    stop_predicting: bool = False
    history: History | None = None
    _objective: Objective
    _watched: Watched
    run_eagerly: bool
    jit_compile: Any
    steps_per_execution: int = 1
    compiled: bool = False
    _deterministic: bool | None = None
    _spread: tuple[Any, Any] | None = None  # where to be placed if `compile` says nothing
    _placed: tuple[Any, Any] = (None, None)  # the device, and how many of them
    _check_finite: bool = True
    _unchecked: bool = False  # whether the next fit looks for mistakes first
    _said: spec.Said
    class_names: list[str] | None = None  # of text labels, in the order of their numbers
    feature_names: list[str] | None = None  # a table's columns that it was fitted to
    _fit_run: Any = None  # the `Run` of a fit, while it runs
    _returned: Any = None  # whose items are the logs, after a step of the user's own
    _replay: Any = None
    # what training keeps for itself: no function of the model depends on it
    _unguarded = (
        "_steps", "_steppers", "_replay", "history", *STOPS.values(),
        "_returned", "_said", "_ends", "_widest", "_owned", "_unchecked", "_fit_run", "class_names",
        "feature_names", *Layer._unguarded,
    )  # fmt: skip

    def __getstate__(self) -> dict[str, Any]:
        # The compiled steps close over this very model; a copy makes its own.
        own = Layer.__getstate__(self)  # type: ignore[arg-type]
        anew: dict[str, Any] = {"_steps": {}, "_steppers": {}, "_owned": {}}
        return {**own, **anew, "_replay": None, "_fit_run": None}

    # ---- compile --------------------------------------------------------------------------------

    @renames
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        jit_compile: Any = "auto",
        deterministic: bool | None = None,
        loss_weights: Any = None,
        steps_per_execution: int = 1,
        check_finite: bool = True,
        auto_scale_loss: bool = True,
        check: bool = True,
        device: Any = None,
        devices: Any = None,
        **options: Any,
    ) -> None:
        """Says how to train: the optimizer, the loss, what to watch; each a name or an object.

        optimizer       'adam', nn.Adam(0.01), …
        loss            'mse', a Loss, a function (y_true, y_pred). For several outputs one for
                        all, or one each: a list in order, or a dict by the outputs' names (those
                        left out, or None, have no loss).
        metrics         a list of names, functions or Metrics; of several outputs a list for each,
                        or a dict.
        weighted_metrics   the same, for metrics that weigh samples as the loss does.
        loss_weights    what the losses are multiplied by before they are added.
        run_eagerly     run every op by itself; jit_compile=False does the same.
        deterministic   the same bits in every run (see `set_deterministic`); None: as set there.
        steps_per_execution   batches between two calls of batch callbacks; an epoch of
                              ``steps_per_epoch`` is of whole ones.
        check_finite    whether training raises NonFiniteError where the loss or a weight becomes
                        NaN or infinite, and keeps the weights from before; False trains on, as
                        `TerminateOnNaN` among the callbacks does until it stops.
        auto_scale_loss whether a model with layers of the policy 'mixed_float16' gets a
                        `LossScaleOptimizer` around its optimizer.
        check           whether the first `fit` warns of what is hardly ever meant (see
                        `Model.check`).
        device          where training, evaluation and prediction run: 'cpu', 'gpu', 'tpu', 'xla'
                        (whatever JAX drives), or one of several, 'gpu:1'. None: as
                        `nn.distribution` or AUTOGRAD_NN_DEVICE say, else 'cpu'. See
                        docs/devices.md.
        devices         how many of them share each batch, or 'all'.
        Raises ValueError for an unknown name, with the nearest one, for outputs there are not, or a
        device there is not; ImportError for a device that needs JAX where that is not installed.

        >>> from autograd_nn import nn
        >>> model = nn.Sequential([nn.Dense(1, input_dim=2)])
        >>> model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
        >>> model.metrics_names
        ['loss', 'mae']
        """
        unexpected(options, arguments(self.compile), "compile")
        if jit_compile not in (True, False, None, "auto"):
            raise ValueError(
                f"compile received jit_compile={jit_compile!r}; expected True, False or 'auto'."
            )
        flags = {
            "run_eagerly": run_eagerly, "deterministic": deterministic,
            "check_finite": check_finite, "auto_scale_loss": auto_scale_loss, "check": check,
        }  # fmt: skip
        for name, value in flags.items():
            if value not in (True, False, None):
                raise ValueError(f"compile received {name}={value!r}; expected True or False.")
        every = whole(steps_per_execution, "steps_per_execution", 1)
        placed = (device, devices)
        if placed == (None, None):
            placed = self._spread or (default_devices(), None)
        if placed != (None, None):
            from autograd_nn.engine.program.make import target

            target(*placed)  # raises where it is not there
        found = optimizers.get("rmsprop" if optimizer is None else optimizer)
        said = spec.Said(loss, loss_weights, metrics, weighted_metrics)
        ends, names = self._known_ends(), self._output_names()
        objective, watched = said.guess(names) if ends is None else said.settle(ends, names)
        kinds = {(s.compute_dtype, s.variable_dtype) for s in self._flattened()}  # type: ignore[attr-defined]
        half = [computes for computes, _ in kinds if computes.endswith("float16")]
        if half and jit_compile is True:
            warnings.warn(
                f"compile received jit_compile=True for {self.name!r}, whose layers compute in "  # type: ignore[attr-defined]
                f"{half[0]}; these run op by op, for compiled kernels have no {half[0]}. Use "
                "'float32' for speed, or leave jit_compile at 'auto'.",
                UserWarning,
                stacklevel=2,
            )
        # From here on nothing fails: a refused compile leaves the model as it was.
        if auto_scale_loss and ("float16", "float32") in kinds and found.loss_scale_factor is None:
            scales = isinstance(found, optimizers.LossScaleOptimizer)
            found = found if scales else optimizers.LossScaleOptimizer(found)
        self.optimizer, self._said = found, said
        self.run_eagerly, self.jit_compile = bool(run_eagerly), jit_compile
        self._deterministic, self._replay, self._placed = deterministic, None, placed
        self.steps_per_execution, self._check_finite = every, bool(check_finite)
        self.compiled, self._unchecked = True, bool(check)
        self._beyond = {name: flags[name] for name in BEYOND}
        self._settle(objective, watched)

    def _show_accuracy(self) -> None:
        """Watches the accuracy where nothing was watched, as Keras 0's ``show_accuracy=`` asked."""
        if self.compiled and not self._said.plain:
            said = self._said
            self._said = spec.Said(said.loss, said.loss_weights, ["accuracy"], said.weighted)
            ends, names = self._known_ends(), self._output_names()
            self._settle(*(self._said.guess(names) if ends is None else
                           self._said.settle(ends, names)))  # fmt: skip

    @property
    def _team(self) -> Alone:
        """The processes that train it together."""
        return team(self)

    def get_compile_config(self) -> dict[str, Any] | None:
        """What `compile` was told, as plain data; None before it."""
        if not self.compiled:
            return None
        said = self._said
        told = {
            "optimizer": self.optimizer, "loss": said.loss, "loss_weights": said.loss_weights,
            "metrics": said.plain, "weighted_metrics": said.weighted,
            "run_eagerly": self.run_eagerly, "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }  # fmt: skip
        told |= {k: v for k, v in self._beyond.items() if v is not BEYOND[k]}
        return {name: serialize_keras_object(value) for name, value in told.items()}

    def compile_from_config(
        self, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> None:
        """Compiles as `get_compile_config` says."""
        self.compile(**deserialize_keras_object(config, custom_objects))

    def _compile_alike(self, twin: Any) -> None:
        """Compiles another as this model is, with an optimizer and metrics of its own."""
        if not self.compiled or type(self).compile is not Compiled.compile:
            return
        said, own = self._said, self.optimizer
        config = own.get_config()
        if callable(own.__dict__.get("_rate")):  # of which a configuration has perhaps a name alone
            config["learning_rate"] = own._rate
        device, devices = self._placed
        try:
            twin.compile(
                type(own).from_config(config), said.loss, deepcopy(said.plain),
                deepcopy(said.weighted), self.run_eagerly, self.jit_compile,
                loss_weights=said.loss_weights, steps_per_execution=self.steps_per_execution,
                device=device, devices=devices, **self._beyond,
            )  # fmt: skip
        except PlaceError:  # it has outputs of other names
            return
        twin.reset_metrics()

    def _settle(self, objective: Objective, watched: Watched) -> None:
        self._objective, self._watched = objective, watched
        self.loss = objective.losses[0] if len(objective.losses) == 1 else list(objective.losses)
        self._steps: dict[Any, steps.Step] = {}
        self._owned: dict[steps.Step, OwnStep] = {}
        self._steppers: dict[steps.Step, Any] = {}

    def _settle_for(self, ends: Ends) -> None:
        """Settles what compile said for the outputs there turn out to be."""
        if ends.key != self._objective.ends.key:
            self._settle(*self._said.settle(ends, self._output_names()))

    def _known_ends(self) -> Ends | None:
        """The outputs; None where they are not known before data come."""
        raise NotImplementedError

    def _output_names(self) -> set[str]:
        """What the only output may be called: the last layer's name."""
        stack = getattr(self, "layers", [])
        return {stack[-1].name, self.name} if stack else set()  # type: ignore[attr-defined]

    # ---- metrics --------------------------------------------------------------------------------

    @property
    def metrics(self) -> list[metrics.Metric]:
        """The losses' means, the metrics that `compile` was given, then those in attributes."""
        return list(self._named_metrics().values())

    @property
    def metrics_names(self) -> list[str]:
        """What `evaluate` returns, in order: 'loss', the outputs' losses, then the metrics.

        Of several outputs 'a' and 'b': 'loss', 'a_loss', 'b_loss', 'a_mae', …
        """
        return list(self._named())

    def _named(self) -> dict[str, metrics.Metric]:
        if type(self).metrics is Compiled.metrics:
            return self._named_metrics()
        return {m.name: m for m in self.metrics}  # a subclass's own list

    @kept
    def _named_metrics(self) -> dict[str, metrics.Metric]:
        """The metrics by their names in the logs."""
        plain: list[Any] = []
        weighted: list[Any] = []
        if self.compiled:
            means = [m for m in self._objective.means if m is not None]
            plain = [("", m) for m in (self._objective.mean, *means)] + self._watched.rows(False)
            weighted = self._watched.rows(True)
        given = {id(m) for _, m in (*plain, *weighted)}
        # what a model inside this one was compiled with is that model's own
        layers: list[Any] = self._flattened()  # type: ignore[attr-defined]
        mine: list[Any] = [s for s in layers if s is self or not isinstance(s, Compiled)]
        inside = {id(m): m for s in mine for m in s._holds(metrics.Metric)}
        return labels(plain, weighted, [m for k, m in inside.items() if k not in given])

    @kept
    def _metric_states(self) -> list[tuple[Variable, Tensor]] | None:
        """What the metrics count in, with what it starts from; None where one resets itself."""
        found = self._named_metrics().values()
        plain = metrics.Metric.reset_state
        if any("reset_state" in vars(m) or type(m).reset_state is not plain for m in found):
            return None
        return [pair for m in found for pair in m._pairs()]

    def _look_up(self, tally: Tally) -> None:
        """Tells a call its metrics: once, and again where anything was set since."""
        if tally.count != Changes.count:
            count, ours = Changes.count, type(self).metrics is Compiled.metrics
            tally.named = self._named()
            tally.states = self._metric_states() if ours else None
            tally.count = count if ours else None

    def _reset_metrics(self, tally: Tally) -> None:
        self._look_up(tally)
        if self._returned is not None:
            self._returned = None
        if tally.states is None:
            whole_step(_reset, tally.named.values())
        elif not metrics.written_back(tally.states):
            whole_step(metrics.assigned, tally.states)

    def reset_metrics(self) -> None:
        """Forgets the batches that metrics have seen."""
        with self._turns.step.lock:
            self._reset_metrics(Tally())

    @property
    def _turns(self) -> Turns:
        own = self.__dict__
        return own.get("_turns") or own.setdefault("_turns", Turns())  # one, whoever is first

    def _fresh(self, tally: Tally) -> None:
        """Lets a call's metrics begin anew."""
        turns = self._turns
        with turns.step.lock:
            tally.kept = tally.returned = None
            if not turns.take(tally, self):
                self._reset_metrics(tally)

    def _logs_of(self, tally: Tally) -> dict[str, float]:
        turns = self._turns
        with turns.step.lock:
            turns.take(tally, self)
            if self._returned is not None:  # by a step of the user's own
                return {name: float(value) for name, value in self._returned.items()}
            self._look_up(tally)
            return {n: m._read() for n, m in tally.named.items()}

    # ---- steps ----------------------------------------------------------------------------------

    def _step_of(self, kind: str, structure: Any) -> steps.Step:
        """The training or test step; one for each choice of weights that are trained."""
        if not self._has_own(kind):
            return self._built_in(kind, structure)
        key = ("own", kind, structure)
        found = self._steps.get(key)
        if found is None:
            own = OwnStep(self, kind, structure)
            found = self._steps[key] = own.step()
            self._owned[found] = own
        return found

    def _built_in(self, kind: str, structure: Any) -> steps.Step:
        weights: Any = self.trainable_weights  # type: ignore[attr-defined]
        key = (kind, structure, *[id(v) for v in weights])
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = steps.made_step(self, structure, kind == "train")  # type: ignore[arg-type]
        return found

    def _overridden(self, name: str) -> bool:
        """Whether a subclass (or this very object) has a method of its own in place of ours."""
        return name in vars(self) or getattr(type(self), name) is not getattr(Compiled, name)

    def _has_own(self, kind: str) -> bool:
        """Whether a step is the user's."""
        return self._overridden(f"{kind}_step") or self._overridden("compute_metrics")

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step on ``data``, (x, y) or (x, y, sample_weight); override it for one of your own.

        Returns the logs by name. An override may take gradients by `value_and_grad` or
        ``loss.backward()``, and hand them to ``self.optimizer``. It is recorded and replayed like
        a step of ours, so that what it does besides ops is done when it is recorded alone; where
        it looks at values, or with run_eagerly=True, it runs op by op.
        """
        return self._stepped("train", data)

    def test_step(self, data: Any) -> dict[str, Any]:
        """The loss and metrics of ``data``; override it for an evaluation of your own."""
        return self._stepped("test", data)

    def _stepped(self, kind: str, data: Any) -> dict[str, Any]:
        x, y, w = (*data, None, None)[:3] if isinstance(data, tuple) else (data, None, None)
        leaves, structure = tree.flatten((x, y, w), inside=True)
        found = self._built_in(kind, structure)(*leaves)
        return found if isinstance(found, dict) else self._metric_results()

    def predict_step(self, data: Any) -> Any:
        """The outputs for one batch of inputs; override it for a prediction of your own."""
        return self(data, training=False)  # type: ignore[operator]

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """What a step minimizes: the compiled loss and all penalties; may be overridden.

        x, y, sample_weight   the batch, y_pred the outputs for it.
        training              whether a step of training asks.
        """
        return steps.compiled_loss(self, y, y_pred, sample_weight)[0]

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Adds a batch to the compiled metrics and returns all results; may be overridden."""
        self._watched.update(*steps.lists(self._objective.ends, y, y_pred, sample_weight))
        return self._metric_results()

    def _metric_results(self) -> dict[str, Any]:
        return {n: m.result() for n, m in self._named().items()}

    get_metrics_result = _metric_results


def _reset(found: Iterable[metrics.Metric]) -> None:
    for m in found:
        m.reset_state()


def arguments(function: Any) -> list[str]:
    """What a method's caller may pass by name."""
    named = inspect.signature(function).parameters.values()
    return [p.name for p in named if p.kind is not p.VAR_KEYWORD]
