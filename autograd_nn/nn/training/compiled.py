"""compile: what a model is trained by, the steps that follow from it, and the metrics' names."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.engine.whole import whole as whole_step
from autograd_nn.nn import losses, metrics, optimizers
from autograd_nn.nn.callbacks import History
from autograd_nn.nn.checks import number
from autograd_nn.nn.config import Changes
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.lookup import unexpected
from autograd_nn.nn.module import held
from autograd_nn.nn.training import step as steps
from autograd_nn.nn.training.turns import Tally, Turns


class Compiled:
    """What `compile` says of a model: how it is trained, and what is watched meanwhile."""

    optimizer: optimizers.Optimizer
    loss: losses.Loss | None
    stop_training: bool = False
    history: History | None = None
    _loss_tracker: metrics.Mean
    plain_metrics: list[metrics.Metric]
    weighted_metrics: list[metrics.Metric]
    run_eagerly: bool
    jit_compile: Any
    compiled: bool = False
    deterministic: bool | None = None
    loss_weight: float = 1.0
    _returned: dict[str, Any] | None = None
    _replay: Any = None
    # what training keeps for itself: no function of the model depends on it
    unguarded = (
        "_steps", "_steppers", "_replay", "_found_metrics", "history", "stop_training",
        *Layer.unguarded,
    )  # fmt: skip

    def __getstate__(self) -> dict[str, Any]:
        # The compiled steps close over this very model; a copy makes its own.
        kept = Layer.__getstate__(self)  # type: ignore[arg-type]
        kept.pop("_found_metrics", None)
        return {**kept, "_steps": {}, "_steppers": {}, "_replay": None}

    # ---- compile --------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        jit_compile: Any = "auto",
        deterministic: bool | None = None,
        loss_weights: Any = None,
        **options: Any,
    ) -> None:
        """Says how to train: the optimizer, the loss, what to watch; each a name or an object.

        optimizer       'adam', nn.Adam(0.01), …
        loss            'mse', a Loss, a function (y_true, y_pred), or one of these in a list.
        metrics         a list of names, functions or Metrics.
        weighted_metrics   the same, for metrics that weigh samples as the loss does.
        loss_weights    what the loss is multiplied by.
        run_eagerly     run every op by itself; jit_compile=False does the same.
        deterministic   the same bits in every run (see `set_deterministic`); None: as set there.
        Raises ValueError for an unknown name, with the nearest one.

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
        for name, value in (("run_eagerly", run_eagerly), ("deterministic", deterministic)):
            if value not in (True, False, None):
                raise ValueError(f"compile received {name}={value!r}; expected True or False.")
        found = optimizers.get("rmsprop" if optimizer is None else optimizer)
        loss = losses.get(self._only(loss, "loss"))
        factor = self._only(loss_weights, "loss_weights")
        factor = 1.0 if factor is None else number(factor, "loss_weights", "compile")
        plain = self._watched(metrics, "metrics")
        weighted = self._watched(weighted_metrics, "weighted_metrics")
        # From here on nothing fails: a refused compile leaves the model as it was.
        self.optimizer, self.loss, self.loss_weight = found, loss, factor
        self.plain_metrics, self.weighted_metrics = plain, weighted
        self._loss_tracker = _mean("loss")
        self.run_eagerly, self.jit_compile = bool(run_eagerly), jit_compile
        self.deterministic, self._replay = deterministic, None
        self.compiled = True
        self._steps: dict[Any, steps.Step] = {}
        self._steppers: dict[steps.Step, Any] = {}

    def _only(self, given: Any, what: str) -> Any:
        """What is said of the one output: [it], {'its name': it}, or itself."""
        if isinstance(given, dict) and "class_name" not in given:
            names = self._output_names()
            if len(given) == 1 and (not names or set(given) <= names):
                return next(iter(given.values()))
            raise ValueError(
                f"compile received {what} for the outputs {', '.join(map(repr, given))}; expected "
                f"one for this model's only output, {' or '.join(map(repr, sorted(names)))}. "
                f"Pass it alone, as in {what}=..."
            )
        if isinstance(given, list | tuple):
            if len(given) == 1:
                return given[0]
            raise ValueError(
                f"compile received {what}={given!r}, {len(given)} of them; expected one, for this "
                "model has one output. Add up several losses in a function of (y_true, y_pred)."
            )
        return given

    def _output_names(self) -> set[str]:
        """What the output may be called: the last layer's name."""
        stack = getattr(self, "layers", [])
        return {stack[-1].name, self.name} if stack else set()  # type: ignore[attr-defined]

    def _watched(self, given: Any, what: str) -> list[Any]:
        """Metrics by name or as objects; raises TypeError for a bare name."""
        if isinstance(given, dict):
            given = self._only(given, what)
            given = given if isinstance(given, list | tuple) else [given]
        if given is None:
            return []
        if isinstance(given, str) or not isinstance(given, list | tuple):
            raise TypeError(
                f"compile received {what}={given!r}; expected a list of names, functions or "
                "metrics, as in ['accuracy']. Write [...] around it."
            )
        if len(given) == 1 and isinstance(given[0], list | tuple):  # a list for each output
            given = given[0]
        return [metrics.get(m) for m in given]

    @property
    def metrics(self) -> list[metrics.Metric]:
        """The loss's mean, the metrics that `compile` was given, then those held as attributes."""
        return list(self._named_metrics().values())

    @property
    def metrics_names(self) -> list[str]:
        """What `evaluate` returns, in order: 'loss', then the metrics; a second 'mae' is 'mae_1'.

        A weighted metric of the name of another is 'weighted_mae'.
        """
        return list(self._named())

    def _named(self) -> dict[str, metrics.Metric]:
        if type(self).metrics is Compiled.metrics:
            return self._named_metrics()
        return {m.name: m for m in self.metrics}  # a subclass's own list

    def _named_metrics(self) -> dict[str, metrics.Metric]:
        """The metrics by their names in the logs; looked for anew where anything was set since."""
        seen, found = self.__dict__.get("_found_metrics", (None, None))
        if seen != Changes.count:
            found = self._find_metrics()
            self.__dict__["_found_metrics"] = Changes.count, found  # which is no change itself
        return found  # type: ignore[return-value]

    def _find_metrics(self) -> dict[str, metrics.Metric]:
        # what was found before is no attribute to look through: `compile` may have replaced it
        self.__dict__.pop("_found_metrics", None)
        plain: list[metrics.Metric] = []
        weighted: list[metrics.Metric] = []
        if self.compiled:
            plain, weighted = [self._loss_tracker, *self.plain_metrics], self.weighted_metrics
        given = {id(m) for m in (*plain, *weighted)}
        # what a model inside this one was compiled with is that model's own
        mine = [s for s in self.flattened() if s is self or not isinstance(s, Compiled)]  # type: ignore[attr-defined]
        inside = {id(m): m for s in mine for m in held(s, metrics.Metric)}
        others = [m for k, m in inside.items() if k not in given]
        names = _numbered([m.name for m in (*plain, *others)])
        weighing = [f"weighted_{n}" if n in names else n
                    for n in _numbered([m.name for m in weighted])]  # fmt: skip
        n = len(plain)
        return dict(zip(
            [*names[:n], *weighing, *names[n:]], [*plain, *weighted, *others], strict=True
        ))  # fmt: skip

    def reset_metrics(self) -> None:
        """Forgets the batches that metrics have seen."""
        with self._turns.step.lock:
            if self._returned is not None:
                self._returned = None
            found = self.metrics
            plain = all(type(m).reset_state is metrics.Metric.reset_state for m in found)
            if not plain or not metrics.written_back(found):
                whole_step(_reset, found)

    @property
    def _turns(self) -> Turns:
        own = self.__dict__
        return own.get("_turns") or own.setdefault("_turns", Turns())  # one, whoever is first

    def _fresh(self, tally: Tally) -> None:
        """Lets a call's metrics begin anew."""
        with self._turns.step.lock:
            self._turns.take(tally, self)
            self.reset_metrics()

    def _logs(self, tally: Tally) -> dict[str, float]:
        with self._turns.step.lock:
            self._turns.take(tally, self)
            if self._returned is not None:  # by a step of the user's own
                return {name: float(value) for name, value in self._returned.items()}
            return {n: m.value() for n, m in self._named().items()}

    def _step(self, kind: str) -> steps.Step:
        """The training or test step; made again when other weights are trainable."""
        if self._own(kind):
            return self._own_step(kind)
        return self._built_in(kind)

    def _built_in(self, kind: str) -> steps.Step:
        key = (kind, tuple(id(v) for v in self.trainable_weights))  # type: ignore[attr-defined]
        if key not in self._steps:
            make = steps.train_step if kind == "train" else steps.evaluation_step
            self._steps[key] = make(self)  # type: ignore[arg-type]
        return self._steps[key]

    # ---- steps of the user's own ----------------------------------------------------------------

    def overridden(self, name: str) -> bool:
        """Whether a subclass (or this very object) has a method of its own in place of ours."""
        return name in vars(self) or getattr(type(self), name) is not getattr(Compiled, name)

    def _own(self, kind: str) -> bool:
        """Whether a step is the user's: it runs op by op, for what it does is not known."""
        return self.overridden(f"{kind}_step") or self.overridden("compute_metrics")

    def _own_step(self, kind: str) -> steps.Step:
        def step(*batch: Tensor) -> Any:
            logs = getattr(self, f"{kind}_step")(batch if len(batch) > 1 else batch[0])
            if not isinstance(logs, dict):
                raise TypeError(
                    f"{type(self).__name__}.{kind}_step returned {type(logs).__name__}; expected "
                    "a dict of logs, as in {m.name: m.result() for m in self.metrics}."
                )
            self._returned = logs
            return logs

        return step

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step on ``data``, (x, y) or (x, y, sample_weight); override it for one of your own.

        Returns the logs by name. An override runs op by op; it may take gradients by
        `value_and_grad` or ``loss.backward()``, and hand them to ``self.optimizer``.
        """
        self._built_in("train")(*data)
        return self._results()

    def test_step(self, data: Any) -> dict[str, Any]:
        """The loss and metrics of ``data``; override it for an evaluation of your own."""
        self._built_in("test")(*data)
        return self._results()

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
        """What a step minimizes: the compiled loss and the weights' penalties; may be overridden.

        x, y, sample_weight   the batch, y_pred the outputs for it.
        training              whether a step of training asks.
        """
        return steps.objective(self)(y, y_pred, sample_weight)  # type: ignore[arg-type]

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Adds a batch to the compiled metrics and returns all results; may be overridden."""
        steps.watcher(self)(y, y_pred, sample_weight)  # type: ignore[arg-type]
        return self._results()

    def _results(self) -> dict[str, Any]:
        return {n: m.result() for n, m in self._named().items()}

    get_metrics_result = _results


def _reset(found: Sequence[metrics.Metric]) -> None:
    for m in found:
        m.reset_state()


def _mean(name: str) -> metrics.Mean:
    return metrics.Mean(name)


def arguments(function: Any) -> list[str]:
    """What a method's caller may pass by name."""
    named = inspect.signature(function).parameters.values()
    return [p.name for p in named if p.kind is not p.VAR_KEYWORD]


def _numbered(names: Sequence[str]) -> list[str]:
    """The names, with _1, _2, … behind those that came before.

    >>> _numbered(["mae", "mse", "mae"])
    ['mae', 'mse', 'mae_1']
    """
    found: list[str] = []
    for name in names:
        n = sum(name == other for other in names[: len(found)])
        found.append(f"{name}_{n}" if n else name)
    return found
