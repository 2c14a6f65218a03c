"""What passes take batches from: arrays, or a stream of them from a generator or a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count, islice
from typing import Any

import numpy as np

from autograd_nn.engine.beside import WORTH
from autograd_nn.engine.random import default_generator
from autograd_nn.nn import checks
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.settings import at_most, max_steps_per_epoch
from autograd_nn.nn.training import door, rows
from autograd_nn.nn.training.blocks import Block, Early, blocks, sees_a_model
from autograd_nn.nn.training.door import Given
from autograd_nn.nn.training.samples import Samples, samples
from autograd_nn.nn.utils.dataset import PyDataset

ONCE = (
    "A generator is gone through once: let it go on without end and say how many steps a pass has, "
    "or pass a PyDataset."
)


def of(x: Any, y: Any = None, sample_weight: Any = None) -> Stream | None:
    """The stream that ``x`` is, or None where it is arrays.

    Raises ValueError where targets or weights come beside a stream: a batch brings its own.
    """
    if isinstance(x, np.ndarray):
        return None
    indexed = isinstance(x, PyDataset) or (
        hasattr(x, "on_epoch_end") and hasattr(x, "__len__") and hasattr(x, "__getitem__")
    )
    loads = hasattr(x, "__iter__") and (hasattr(x, "batch_sampler") or _endless(x))
    if not indexed and not loads and not hasattr(x, "__next__"):
        return None
    if y is not None or sample_weight is not None:
        raise ValueError(
            f"received x as a {type(x).__name__}, and targets or weights beside it; expected "
            "batches (x, y) or (x, y, weights) from it. Let it make them. Collect the samples of "
            "one that gives single ones, as in np.array(list(...))."
        )
    return Stream(x, indexed)


def _endless(x: Any) -> bool:
    """Whether x can be gone through, and is neither an array nor one of Python's containers."""
    return not (
        isinstance(x, set | frozenset)
        or any([hasattr(x, name) for name in ("__getitem__", "__array__", "tocsr")])
    )


def _count(source: Any) -> int | None:
    if isinstance(source, PyDataset):
        return source.num_batches
    try:
        return len(source)
    except TypeError:
        return None


class Stream:
    """Batches from a source that makes them one by one.

    count   how many batches a pass has; None where only the end tells.
    """

    def __init__(self, source: Any, indexed: bool) -> None:
        self.source, self.indexed = source, indexed
        self.count = _count(source)
        self.restarts = indexed or not hasattr(source, "__next__")
        self._waiting: Iterator[Any] | None = None
        self.turn, self.at, self.open = 1, 0, True  # passes begun, batches of it taken, not ended
        self.drawn: np.ndarray | None = None  # what its order was drawn from
        self._structure: Any = None

    def first(self, taken: Callable[[Any], Given]) -> Given:
        """The first batch, which is not lost by looking; raises ValueError where there is none."""
        batches = self._batches(False)
        try:
            one = next(batches)
        except StopIteration:
            raise ValueError(
                f"received a {type(self.source).__name__} without a batch; expected at least one."
            ) from None
        self._waiting = chain([one], batches)
        given = taken(one)
        self._structure = given.structure
        return given

    def steps(self, wanted: Any, name: str, every: int = 1) -> int | None:
        """How many batches a pass takes: those asked for, in whole executions, else all."""
        steps = self.count if wanted is None else -(-checks.batches(wanted, name) // every) * every
        return at_most(steps, max_steps_per_epoch())

    def _batches(self, shuffle: bool) -> Iterator[Any]:
        """The batches of one pass over the source; of a generator, those that are left."""
        if not self.indexed:
            yield from chain(self.source)  # a generator itself would end with this one
            return
        n = self.count = _count(self.source)  # which may be another at each pass
        if n is None:
            yield from self._indexed(count())
            return
        self.drawn = default_generator().state.array.copy() if shuffle else None
        order = default_generator().permutation(n).tolist() if shuffle else range(n)
        yield from self._indexed(order)

    def _indexed(self, places: Iterable[int]) -> Iterator[Any]:
        for i in places:
            yield self.source[i]
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()

    def resume(self, turn: int, at: int, open: bool, drawn: Any) -> None:
        """Goes on after ``at`` batches of a pass, or behind it; raises ValueError for too many."""
        if self.indexed:
            for _ in range(turn - open):
                if hasattr(self.source, "on_epoch_end"):
                    self.source.on_epoch_end()
            n = self.count
            if n is None:
                places: Any = count(at)
            else:
                places = range(at, n) if drawn is None else rows.redrawn(drawn, n)[at:].tolist()
            self._waiting = self._indexed(places) if open else None
        elif open or not self.restarts:
            batches = iter(self.source) if self.restarts else self._waiting or iter(self.source)
            passed = sum(1 for _ in islice(batches, at))
            if passed < at:
                raise ValueError(
                    f"fit was to go on behind {at} batches of the {type(self.source).__name__}, "
                    f"which gave {passed}; expected one that begins anew, as when training began."
                )
            self._waiting = batches
        else:
            self._waiting = None
        self.turn, self.at, self.open = turn, at, open
        self.drawn = None if drawn is None else np.asarray(drawn, np.uint64)

    def given(
        self, taken: Callable[[Any], Given], steps: int | None, shuffle: bool = False,
        done: int = 0, ahead: Callable[[], bool] = lambda: False,
    ) -> Iterator[Block]:  # fmt: skip
        """The batches of one pass, checked; warns where they end before ``steps`` of them.

        done   how many of them were taken before; ahead: see `blocks`.
        """
        if steps == self.count:
            steps = None  # to the very end, which the source is told of
        while True:
            fresh = self._waiting is None
            if fresh and self.restarts:
                self.turn, self.at, self.open = self.turn + 1, 0, True
            batches, self._waiting = self._waiting or self._batches(shuffle), None
            had = done
            due = islice(batches, None if steps is None else steps - done)
            for block in blocks(due, taken, plain_parts, ahead):
                if self._structure is not None and block.given.structure != self._structure:
                    raise ValueError(
                        f"batch {done} of the {type(self.source).__name__} has another structure "
                        "than the first; expected the same parts in each: inputs, targets, weights."
                    )
                done += block.batches
                self.at += block.batches
                yield block
            if steps is None:
                self._some(done)
                self.open = False
                return
            if done >= steps:
                self._waiting = batches
                return
            if not self.restarts or (fresh and done == had):
                self._some(done)
                warn_user(
                    f"the {type(self.source).__name__} ended after {done} batches; expected "
                    f"{steps}. Let it go on without end, or ask for fewer steps.",
                    UserWarning,
                )
                return

    def _some(self, done: int) -> None:
        """Raises ValueError for a pass without a batch, of which every average would be 0."""
        if not done:
            raise ValueError(
                f"the {type(self.source).__name__} gave no batch in this pass; expected at least "
                f"one. {ONCE}"
            )

    def over(self) -> bool:
        """Whether what can be gone through but once has come to its end."""
        if self.restarts:
            return False
        batches, self._waiting = self._waiting or self._batches(False), None
        for one in batches:
            self._waiting = chain([one], batches)
            return False
        return True


class Streamed:
    """A stream as passes over it take it: each of ``steps`` batches, or of all there are.

    Raises ValueError for a stream without a batch, and where batches differ in their structure.
    """

    def __init__(
        self, stream: Stream, take: Callable[[Any], Given], steps: Any, name: str,
        shuffle: bool = False, every: int = 1,
    ) -> None:  # fmt: skip
        self.stream, self.take, self.shuffle = stream, take, shuffle
        self.steps = stream.steps(steps, name, every)
        self._first = stream.first(take)
        self.structure = self._first.structure
        # Whether batches may be made ahead: None until it is known whether steps draw, as they may.
        self.free: bool | None = False if sees_a_model(stream.source) else None

    @property
    def now(self) -> int | None:
        """How many batches the pass has that runs, where that is known."""
        return self.steps

    streamed = True
    place: Any = None  # which nobody knows

    def first(self) -> tuple[np.ndarray, ...]:
        """Some batch, of which nothing is taken by it."""
        return self._first.arrays

    def epoch(
        self, run: Callable[..., Iterator[int]], every: int, done: int = 0
    ) -> Iterator[int]:
        """One pass, of which some batches are done: runs the others, yields how many are so far."""
        ahead, drawn = self._ahead(every), default_generator().state
        found = Early(self._blocks(done, ahead))
        for block in found:
            given, began, before = block.given, done, drawn.array.item(2)
            done += block.batches
            others = not block.last and done != self.steps and ahead()
            fetch = found.fetch if others and block.own and found.took > WORTH else None
            order = np.arange(given.n)
            for now in run(given.arrays, order, block.size, every, meanwhile=fetch):
                yield began + now
            if self.free is not False and fetch is None:
                self.free = drawn.array.item(2) == before

    def batches(self, done: int = 0) -> Iterator[Given]:
        """The batches of one pass, of which some are done."""
        return (block.given for block in self._blocks(done, self._ahead(1)))

    def _ahead(self, every: int) -> Callable[[], bool]:
        """Whether batches may be made before those before them were run; ``every``: as for `run`.

        Not where somebody is told of each, where they depend on what runs, or where steps draw from
        the generator that they may draw from.
        """
        return (lambda: False) if every else (lambda: self.free is True)

    def _blocks(self, done: int, ahead: Callable[[], bool]) -> Iterator[Block]:
        return self.stream.given(self.take, self.steps, self.shuffle, done, ahead)

    def over(self, epoch: int) -> bool:
        """Whether nothing is left for an epoch, which a warning tells then."""
        if not self.stream.over():
            return False
        warn_user(
            f"the {type(self.stream.source).__name__} has no batch for epoch {epoch + 1}, so that "
            f"training ends. {ONCE}", UserWarning,
        )  # fmt: skip
        return True

    def told(self, within: bool) -> dict[str, Any]:
        """Where to go on, for a checkpoint."""
        stream = self.stream
        drawn = None if stream.drawn is None else stream.drawn.tolist()
        return {"turn": stream.turn, "at": stream.at, "open": stream.open, "drawn": drawn}

    def resume(self, told: Mapping[str, Any], within: bool) -> None:
        """Goes on there with a source that is as at first; raises ValueError where it is shorter.

        What a generator gave is taken from it again, and thrown away.
        """
        self.stream.resume(told["turn"], told["at"], told["open"], told["drawn"])


Feed = Samples | Streamed


def parts(batch: Any) -> tuple[Any, Any, Any]:
    """A batch's inputs, targets and weights: of (x,), (x, y), (x, y, weights) or x alone."""
    if isinstance(batch, tuple) and 1 <= len(batch) <= 3:
        return (*batch, None, None)[:3]
    if isinstance(batch, list) and 2 <= len(batch) <= 3:  # a loader's (x, y)
        return (*batch, None)[:3]  # type: ignore[return-value]
    return batch, None, None


def plain_parts(batch: Any) -> tuple[Any, Any, Any]:
    """`parts`, a loader's tensors as arrays."""
    if isinstance(batch, tuple) and len(batch) > 3:
        raise ValueError(
            f"received a batch of {len(batch)} parts; expected (x, y) or (x, y, weights). Put "
            "several inputs together, as in ((x1, x2), y)."
        )
    x, y, weight = parts(batch)
    return _plain(x), _plain(y), _plain(weight)


def taken(model: Any, class_weight: Any = None) -> Callable[[Any], Given]:
    """What makes clean arrays of a batch to train on or to test."""

    def clean(batch: Any) -> Given:
        return door.batch(model, *plain_parts(batch), class_weight)

    return clean


def taken_inputs(model: Any) -> Callable[[Any], Given]:
    """What makes clean arrays of a batch to predict for: of its inputs alone."""
    return lambda batch: Given.of(door.inputs(model, _plain(parts(batch)[0]))).read()


def _plain(value: Any) -> Any:
    """A loader's tensors as arrays."""
    if hasattr(value, "detach") and hasattr(value, "numpy"):
        value = value.detach()
        try:
            return value.numpy()
        except (TypeError, RuntimeError):  # of a dtype, or a device, that NumPy has not
            return value
    return value


# ---- what fit, evaluate and predict were given ---------------------------------------------------


def training(
    model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any, steps: Any,
    shuffle: bool, validation_split: float, stratify: bool,
) -> tuple[Feed, Given | None]:  # fmt: skip
    """What `fit` trains on, and the samples kept for validation where a share of them was asked.

    Raises ValueError for a share of a stream.
    """
    stream, held, every = of(x, y, sample_weight), None, model.steps_per_execution
    if stream is not None:
        if validation_split:
            raise ValueError(
                f"received validation_split={validation_split} for a {type(x).__name__}; expected "
                "arrays, whose last samples can be kept. Pass validation_data."
            )
        take = taken(model, class_weight)
        return Streamed(stream, take, steps, "steps_per_epoch", shuffle, every), None
    before = model.class_names, model.feature_names
    try:
        given = door.given(model, x, y, sample_weight, learn=True)
        if validation_split:
            given, held = door.split(model, given, validation_split, stratify)
        if class_weight is not None:
            given = door.weighted(model, given, class_weight)
        size, n_steps = rows.batching(given.n, batch_size, steps, "steps_per_epoch", every)
    except BaseException:
        model.class_names, model.feature_names = before
        raise
    order = rows.Rows(given.n, min(given.n, n_steps * size), shuffle)
    return samples(given, size, n_steps, order), held


def testing(
    model: Any, x: Any, batch_size: Any, steps: Any, name: str, y: Any = None,
    sample_weight: Any = None,
) -> Feed:  # fmt: skip
    """What to test on: arrays, a stream, or as validation data (x, y) or (x, y, weights)."""
    if isinstance(x, Given):
        given = x
    else:
        if name == "validation_steps" and of(x) is None:
            x, y, sample_weight = _pair(x)
        stream = of(x, y, sample_weight)
        if stream is not None:
            return Streamed(stream, taken(model), steps, name)
        given = door.given(model, x, y, sample_weight)
    size, n_steps = rows.batching(given.n, batch_size, steps, name)
    return samples(given.cut(0, n_steps * size), size, n_steps)


def predicting(model: Any, x: Any, batch_size: Any, steps: Any) -> Feed:
    """What to predict for: arrays, or a stream whose targets and weights are left aside."""
    stream = of(x)
    if stream is not None:
        return Streamed(stream, taken_inputs(model), steps, "steps")
    given = Given.of(door.even(door.inputs(model, x)))
    size, n_steps = rows.batching(given.n, batch_size, steps, "steps")
    return samples(given.cut(0, n_steps * size), size, n_steps)


def _pair(validation_data: Any) -> tuple[Any, Any, Any]:
    if not isinstance(validation_data, list | tuple) or len(validation_data) not in (2, 3):
        raise ValueError(
            f"received validation_data of type {type(validation_data).__name__}; expected (x, y) "
            "or (x, y, sample_weight). Pass a tuple of arrays."
        )
    return (*validation_data, None)[:3]  # type: ignore[return-value]
