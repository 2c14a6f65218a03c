"""check_gradients: are these derivatives right? With no tolerance and no step to choose.

In go a function, a layer or a model, and inputs; out comes a `Report`: its verdict, the worst
entry, the likely cause. Start with `check_gradients` below, then ``trial.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_nn.engine.check import linear, precision
from autograd_nn.engine.check.explain import explain
from autograd_nn.engine.check.function import Derivative, Function
from autograd_nn.engine.check.judge import Evidence, Judge
from autograd_nn.engine.check.plain import Plain
from autograd_nn.engine.check.report import (
    CORRECT,
    INCONCLUSIVE,
    NON_DETERMINISTIC,
    WRONG,
    Report,
    Worst,
)
from autograd_nn.engine.check.subject import Subject
from autograd_nn.engine.check.trial import BLUNT, DOUBTED, Trial
from autograd_nn.engine.mode import no_grad

__all__ = ["Report", "Worst", "check_gradients"]

MODES = ("rev", "fwd")
UNCLEAR = 0.1  # the share of directions that may stay unclear in an input that is correct


def check_gradients(
    f: Any,
    *inputs: Any,
    order: int = 1,
    modes: Sequence[str] = MODES,
    vjp: Callable[..., Any] | None = None,
    seed: int = 0,
    **kwargs: Any,
) -> Report:
    """Whether the derivatives of ``f`` at ``inputs`` are right: <vᵀJ, u> = d/dh vᵀf(x + hu).

    f        a function of tensors (or trees of them; integers are left alone), a layer, a loss, or
             a model: check_gradients(model, x, y) takes its compiled loss. Weights are checked like
             inputs; layers run with training=True and their random state held still.
    order    2 also checks the derivatives of the gradient, and so on.
    modes    'rev' (the pullback), 'fwd' (the pushforward), or both.
    vjp      checks f, a function on plain arrays, against vjp(*inputs, g), on plain arrays too.
    seed     of the random directions.
    kwargs   are passed to f, and checked like inputs.
    The report is true only if all is correct; str() of it names the worst entry. Neither a step nor
    a tolerance is assumed: steps follow the inputs' sizes, a difference states its own error, kinks
    take any slope between their sides, and what cannot be judged is 'inconclusive'.
    Raises DTypeError: no floating input. GradientError: no floating result. ValueError: options.

    >>> import numpy as np, autograd_nn as ag
    >>> bool(ag.check_gradients(lambda x: (x * ag.exp(x)).sum(), np.array([1.0, 2.0])))
    True
    >>> ag.check_gradients(np.sin, np.array([1.0, 2.0]), vjp=lambda x, g: -g * np.cos(x)).cause
    'the sign is wrong'
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"received order={order!r}; expected an integer from 1.")
    unknown = [m for m in modes if m not in MODES]
    if unknown or not modes or isinstance(modes, str):
        raise ValueError(f"received modes={modes!r}; expected 'rev', 'fwd' or both, in a tuple.")
    if vjp is not None:
        if order > 1 or kwargs:
            raise ValueError(
                f"received vjp= with order={order} and keyword arguments {sorted(kwargs)}; "
                "expected order=1 and positional inputs: a vjp on plain arrays has no derivative."
            )
        subject: Subject = Plain(f, vjp, inputs)
    else:
        subject = _subject(f, inputs, kwargs)

    with np.errstate(all="ignore"):  # probes may leave the domain; the verdict deals with that
        report = _check(subject, modes, seed, 1)
        for level in range(2, order + 1):
            if not report:
                return report
            random = np.random.default_rng(seed + level)
            y = subject.value(subject.point)
            subject = Derivative(subject, random.choice([-1.0, 1.0], size=y.shape))
            report = _merged(report, _check(subject, modes, seed, level))
        return report


def _subject(f: Any, inputs: tuple, kwargs: dict[str, Any]) -> Subject:
    """A function as it is; a layer with its weights; a model with its loss."""
    if not hasattr(f, "trainable_weights"):
        if not callable(f):
            raise TypeError(
                f"check_gradients received {type(f).__name__}; expected a function, layer, loss or "
                "model, then its inputs. Write check_gradients(f, x), not check_gradients(f(x))."
            )
        return Function(f, inputs, kwargs, fixed=("y_true",))
    loss: Any = getattr(f, "loss", None)
    if len(inputs) == 2 and loss is None:
        raise ValueError(
            "check_gradients(model, x, y) received a model without a loss; expected a compiled "
            "one. Call model.compile(loss=...) first, or check the model alone, without y."
        )
    inputs = tuple(np.asarray(x) if isinstance(x, list | tuple) else x for x in inputs)
    with no_grad():
        f(inputs[0])  # a layer knows its weights once it has seen an input
    weights = f.trainable_weights  # found once: a walk through all that the layers hold
    penalised = [w for w in weights if getattr(w, "regularizer", None) is not None]

    def run(x: Any) -> Any:
        return f(x, training=True)

    def run_loss(x: Any, y_true: Any) -> Any:
        value = loss(y_true, f(x, training=True))
        for w in penalised:
            value = value + w.regularizer(w)
        return value

    return Function(
        run_loss if len(inputs) == 2 else run,
        inputs,
        kwargs,
        weights=weights,
        fixed=("y_true",),
        state=[f],
    )


def _check(subject: Subject, modes: Sequence[str], seed: int, order: int) -> Report:
    """One order: determinism first, then every probe, then the lower precision."""
    x = subject.point
    names = [leaf.name for leaf in subject.leaves]
    first, again = subject.value(x), subject.value(x)
    if not np.array_equal(first, again, equal_nan=True):
        at = int(np.nanargmax(np.abs(first - again))) if first.shape == again.shape else 0
        return _unsteady(names, f"two evaluations at the same inputs differ, most in result {at}")
    if not np.isfinite(first).all():
        return Report(
            INCONCLUSIVE,
            dict.fromkeys(names, INCONCLUSIVE),
            note="the function is not finite at the inputs: nothing can be compared there.",
        )
    judge = Judge(subject, modes, seed)
    pulled = subject.pull(x, judge.v)
    if not np.array_equal(pulled, judge.gradient, equal_nan=True):
        return _unsteady(names, "two derivatives at the same inputs differ")
    evidence = judge.judge()
    if not np.array_equal(subject.value(x), first, equal_nan=True):
        return _unsteady(names, "after some evaluations the value at the same inputs is another")
    verdicts, unclear = _verdicts(evidence)
    found: dict[str, Any] = {
        "probes": len(evidence.trials),
        "kinks": sum(t.kinked for t in evidence.trials),
        "unclear": len(unclear),
    }

    worst, cause = _worst(judge, evidence, verdicts, order)
    lost = False
    if worst is None and order == 1 and subject.low:
        worst, lost = precision.compare(subject, judge.v, judge.gradient)
        cause = precision.CAUSE
    if worst is not None:
        leaves = [WRONG if n == worst.leaf else v for n, v in zip(names, verdicts, strict=True)]
        found_in = dict(zip(names, leaves, strict=True))
        return Report(WRONG, found_in, replace(worst, order=order), cause, **found)
    if INCONCLUSIVE in verdicts:
        why = Counter(t.why for t in unclear if t.why).most_common(1)
        found["note"] = (
            f"differences say too little here: {why[0][0] if why else 'nothing was felt'}. "
            "Try other inputs."
        )
        return Report(INCONCLUSIVE, dict(zip(names, verdicts, strict=True)), **found)
    if lost:
        unknown = dict.fromkeys(names, INCONCLUSIVE)
        return Report(INCONCLUSIVE, unknown, note=precision.LOST, **found)
    return Report(CORRECT, dict(zip(names, verdicts, strict=True)), **found)


def _worst(
    judge: Judge, evidence: Evidence, verdicts: list[str], order: int
) -> tuple[Worst | None, str]:
    """What is wrong most, by differences, by linearity or in low precision, and a guess at why."""
    if WRONG in verdicts:
        return explain(judge, evidence, order)
    worst = linear.nonlinear(judge)
    if worst is not None:
        return worst, linear.CAUSE
    worst = linear.disagreement(judge, evidence)
    if worst is not None:
        return worst, "forward and reverse mode are not derivatives of one function"
    return None, ""


def _unsteady(names: Sequence[str], what: str) -> Report:
    return Report(
        NON_DETERMINISTIC,
        dict.fromkeys(names, NON_DETERMINISTIC),
        note=f"{what}: something in it is random or keeps state. Draw from autograd_nn.random, or "
        "pass a fixed seed.",
    )


def _verdicts(evidence: Evidence) -> tuple[list[str], list[Trial]]:
    """A verdict per leaf, and the trials that stayed unclear."""
    n = len(evidence.subject.leaves)
    own: list[list[Trial]] = [[] for _ in range(n)]
    for t in evidence.trials:
        if t.probe.leaf is not None:
            own[t.probe.leaf].append(t)
    unclear = [_unclear(trials) for trials in own]
    wrong = [any(t.wrong for t in trials) for trials in own]
    if evidence.wrong and not any(wrong):  # only several inputs together show it
        wrong = [True] * n
    verdicts = [
        WRONG if wrong[i] else INCONCLUSIVE if len(unclear[i]) > UNCLEAR * len(own[i]) else CORRECT
        for i in range(n)
    ]
    return verdicts, [t for trials in unclear for t in trials]


def _unclear(trials: list[Trial]) -> list[Trial]:
    """The trials of a leaf that say nothing, though they should."""
    confirmed = any(t.sharp.any() for t in trials)
    found = []
    for t in trials:
        # Beside entries that were confirmed, a rough agreement of a tiny one is enough.
        dull = ((t.outcome == BLUNT) & ~(t.rough & confirmed)).any() and not t.sharp.any()
        if (dull or (t.outcome == DOUBTED).any()) and not t.kinked and not t.probe.wide:
            found.append(t)
    return found


def _merged(lower: Report, higher: Report) -> Report:
    """The reports of two orders in one."""
    return Report(
        higher.verdict, higher.leaves, higher.worst, higher.cause, higher.note,
        lower.probes + higher.probes, lower.kinks + higher.kinks, lower.unclear + higher.unclear,
    )  # fmt: skip
