"""A training as it goes: what a checkpoint holds of it beyond the model, and going on from one.

A checkpoint is the model's own file with more in it. The walk over all state gives what training
changes by ops; the rest (where in the data, what the callbacks and the history have come to) is
plain data.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.whole import whole
from autograd_nn.nn import plain
from autograd_nn.nn.callbacks import Callback, CallbackList
from autograd_nn.nn.configurable import fields
from autograd_nn.nn.saving import native, state
from autograd_nn.nn.saving.errors import ModelFileError, damaged
from autograd_nn.nn.saving.strict import parsed
from autograd_nn.nn.saving.tensors import Tensors
from autograd_nn.nn.training.feeds import Feed
from autograd_nn.nn.training.finite import states
from autograd_nn.nn.training.loop import Loop

STATE, ASIDE = "@state/", "@run/"
SPOILT = (KeyError, TypeError, AttributeError, IndexError, ValueError, OverflowError)
Contents = tuple[dict[str, np.ndarray], dict[str, str]]


class Run:
    """One call of `fit`.

    epoch    that runs, or is the next; within: whether it runs.
    logs     of the last epoch.
    """

    _unguarded = True  # no step depends on it

    def __init__(
        self, model: Any, feed: Feed, hooks: CallbackList, tally: Any, loop: Loop,
        step: Callable[..., Any],
    ) -> None:  # fmt: skip
        self.model, self.feed, self.hooks, self.tally, self.loop = model, feed, hooks, tally, loop
        self.step, self._own = step, model._owned.get(step)  # the user's own step, if it is one
        self.epoch, self.within = 0, False
        self.logs: dict[str, Any] = {}
        self._given = [_own(c) for c in hooks.callbacks] if hooks.saves() else []
        self._said: dict[str, str] | None = None

    # ---- what a checkpoint holds ----------------------------------------------------------------

    def contents(self, whole: bool = True) -> Contents:
        """All of a run as it is now: copies of the arrays, and texts.

        whole   False leaves out what the model is made of again, where that cannot be said.
        """
        model, turns = self.model, self.model._turns
        arrays: dict[str, np.ndarray] = {}
        with turns.step.lock:
            turns.take(self.tally, model)
            told = json.dumps(self._told(arrays))
            arrays |= {name: t.array.copy() for name, t in self._tensors().items()}
        if self._said is None:
            try:
                self._said = native.texts(model)
            except TypeError:
                if whole:
                    raise
                self._said = {}
        return arrays, {**self._said, "run": told}

    def _tensors(self) -> dict[str, Tensor]:
        """All that a step may change, by the names that a model's file has for it."""
        model = self.model
        found = state.weights(model) | state.generators(model) | state.optimizer(model)
        named = {id(v) for v in found.values()}
        rest = [v for v in states(model)[0] if id(v) not in named]
        return found | {f"{STATE}{i}": v for i, v in enumerate(rest)}

    def _told(self, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        callbacks = []
        for c, given in zip(self.hooks.callbacks, self._given, strict=True):
            now = {k: v for k, v in c.get_state().items() if k not in given or v is not given[k]}
            callbacks.append([type(c).__name__, plain.packed(now, arrays, ASIDE)])
        return {
            "epoch": self.epoch, "done": self.loop.done if self.within else None,
            "data": self.feed.told(self.within), "callbacks": callbacks,
            "logs": plain.packed(self.logs, arrays, ASIDE),
            "stop": bool(self.model.stop_training),
            "spawned": [g.spawned for g in _generators(self.model)],
            "optimizers": [type(o).__name__ for o in states(self.model)[1]],
            "swapped": [o._swapped for o in _swappers(self.model)],
            "own": None if self._own is None else self._own.told(),
        }

    # ---- going on from one ----------------------------------------------------------------------

    def resume(self, path: str | os.PathLike[str]) -> int:
        """Goes on from a checkpoint; returns how many batches of ``epoch`` are done.

        Raises ModelFileError for a file that is none, or of another model, ValueError for other
        data; then the model is as it was.
        """
        model = self.model
        with Tensors(path) as found:
            if "run" not in found.said:
                raise ModelFileError(
                    f"{found.path} holds no training to go on with; expected a checkpoint, as "
                    "BackupAndRestore writes it, or ModelCheckpoint to a file of the library's own."
                )
            told = parsed(found.said["run"], found.path, "where training was", infinite=True)
            remembered = any(name.startswith(state.OPTIMIZER) for name in found)
            if remembered and not model.optimizer.built:
                model.optimizer.build(model.trainable_weights)
            state.carry(model, found)
            held = self._tensors()
            if any(name not in held and not name.startswith(ASIDE) for name in found):
                held = self._met()
            try:
                done, then = self._checked(told)
                saved = [(k, dict(plain.unpacked(v, found))) for k, v in told["callbacks"]]
                logs = dict(plain.unpacked(told["logs"], found))
                spawned, swapped = [int(n) for n in told["spawned"]], list(told["swapped"])
                self._alike(told, held, found)
                new = state.fitting(held, found, found.path)
            except ModelFileError:
                raise
            except SPOILT as error:
                what = f"it does not say where training was ({error})"
                raise damaged(found.path, what) from None
            try:
                self.feed.resume(told["data"], done is not None)
                self._callbacks(saved)
            except SPOILT as error:
                raise ModelFileError(f"{found.path} does not fit this training: {error}") from None
        state.put(held, new)
        for g, n in zip(_generators(model), spawned, strict=False):
            g.spawned = n
        for optimizer, was in zip(_swappers(model), swapped, strict=False):
            optimizer._swapped = bool(was)
        if self._own is not None and told.get("own") is not None:
            self._own.resume(told["own"])
        self.epoch, self.logs, model.stop_training = then, logs, told["stop"]
        return done or 0

    def _met(self) -> dict[str, Tensor]:
        """All that a step may change, once one has run that is taken back.

        What a step makes when it first runs (a subclass's weights, what optimizers of one's own
        remember) has a place for what the file holds of it then.
        """
        before = [(t, t.array) for t in states(self.model)[0]]
        try:
            whole(self.step, *map(wrap, self.feed.first()))
        finally:
            for t, array in before:
                t.array = array
        return self._tensors()

    def _callbacks(self, saved: list[Any]) -> None:
        """Gives all callbacks their state, or none."""
        hooks = self.hooks.callbacks
        aside: dict[str, np.ndarray] = {}
        before = [plain.packed(c.get_state(), aside, "") for c in hooks]
        try:
            for c, (name, now) in zip(hooks, _matched(self.hooks, saved), strict=True):
                if name is not None:
                    c.set_state({k: v for k, v in now.items() if _may(c, k, v)})
        except BaseException:
            for c, former in zip(hooks, before, strict=True):
                plain.put_back(c, plain.unpacked(former, aside))
            raise

    def _checked(self, told: Mapping[str, Any]) -> tuple[int | None, int]:
        done, epoch = told["done"], told["epoch"]
        if not (done is None or type(done) is int and done >= 0) or type(epoch) is not int:
            raise TypeError(f"epoch {epoch!r}, {done!r} batches")
        if type(told["stop"]) is not bool or epoch < 0:
            raise TypeError(f"epoch {epoch!r}, stop {told['stop']!r}")
        own = told.get("own") or [0, 0, 0]
        if len(own) != 3 or not all(type(n) is int and 0 <= n < 2**63 for n in own):
            raise ValueError(f"a step that ran {str(own)[:60]}")
        if not all(0 <= n < 2**63 for n in told["spawned"]):
            raise ValueError(f"generators that made {str(told['spawned'])[:60]} others")
        # what is walked over again has been walked over: no number of it is believed
        steps, epochs = self.feed.steps, self.hooks.params["epochs"]
        passed = (min(epoch, epochs) + 1) * (steps or 1)
        if steps is not None and (done or 0) > steps:
            raise ValueError(f"{done} of {steps} batches done")
        for name, most in (("turn", passed + 1), ("at", passed if steps else 2**63)):
            if not 0 <= told["data"].get(name, 0) <= most:
                raise ValueError(f"{name} {told['data'][name]} after {epoch} epochs")
        return done, epoch

    def _alike(self, told: Mapping[str, Any], held: Mapping[str, Tensor], found: Tensors) -> None:
        """Raises ModelFileError where a checkpoint is that of another model or optimizer."""
        now = [type(o).__name__ for o in states(self.model)[1]]
        if now != told["optimizers"]:
            raise ModelFileError(
                f"{found.path} was written with {', '.join(map(str, told['optimizers']))}; fit "
                f"received {', '.join(now)}. Compile the model as when training began."
            )
        more = [k for k in found if k not in held and not k.startswith(ASIDE)]
        if more:
            raise ModelFileError(
                f"{found.path} holds {more[0]!r}, which the model has not; expected a checkpoint "
                "of this model. Make and compile it as when training began."
            )


def _swappers(model: Any) -> list[Any]:
    """The optimizers whose averages may stand in the weights' place."""
    return [o for o in states(model)[1] if hasattr(o, "_swapped")]


def _generators(model: Any) -> list[Generator]:
    """The streams that layers draw from, this thread's first."""
    inside = [g for m in model._modules() for g in m._holds(Generator)]
    return list({id(g): g for g in (default_generator(), *inside)}.values())


def _own(callback: Callback) -> dict[str, Any]:
    """What a callback was given by its constructor, which a checkpoint need not say."""
    known = fields(type(callback))
    return {k: v for k, v in vars(callback).items() if k in known}


def _may(callback: Callback, name: str, value: Any) -> bool:
    """Whether a checkpoint may say this: it changes no method, and no path that was given."""
    above = getattr(type(callback), name, None)
    if callable(above) or isinstance(above, property):
        return False
    return name not in fields(type(callback)) or not isinstance(value, str)


def _matched(hooks: CallbackList, saved: list[Any]) -> list[tuple[Any, Any]]:
    """For each callback what was saved of one of its class, in order; (None, None): nothing."""
    left, found = list(saved), []
    for c in hooks.callbacks:
        mine = next((pair for pair in left if pair[0] == type(c).__name__), None)
        if mine is not None:
            left.remove(mine)
        found.append(mine or (None, None))
    return found
