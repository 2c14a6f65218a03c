"""What pipelines do besides: put together, taken apart, counted, windows over them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.pipeline.iterators import (
    ElementIterator,
    make_initializable_iterator,
    make_one_shot_iterator,
)
from autograd_nn.compat.tensorflow.values.kinds import as_dtype
from autograd_nn.compat.tensorflow.values.objects import TensorSpec
from autograd_nn.compat.tensorflow.values.shapes import TensorShape
from autograd_nn.nn import ops, tree


class Further:
    """Methods of a `Dataset` that need nothing but its elements."""

    make: Callable[[], Iterator[Any]]
    size: int | None

    def _made(self, make: Callable[[], Iterator[Any]], size: int | None = None) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def make_one_shot_iterator(self) -> ElementIterator:
        """What goes through it once, see `iterators`."""
        return make_one_shot_iterator(self, eager=False)

    def make_initializable_iterator(self, shared_name: Any = None) -> ElementIterator:
        """The same, from where its ``initializer`` is run."""
        return make_initializable_iterator(self, eager=False)

    def concatenate(self, dataset: Any) -> Any:
        """These elements, then another's."""
        sizes = self.size, dataset.size
        size = None if None in sizes else sum(n for n in sizes if n is not None)
        return self._made(lambda: itertools.chain(self.make(), dataset.make()), size)

    def enumerate(self, start: int = 0) -> Any:
        """Pairs of a number and an element."""
        return self._made(lambda: ((np.int64(i), e) for i, e in enumerate(self.make(), start)),
                          self.size)  # fmt: skip

    def flat_map(self, map_func: Callable[..., Any]) -> Any:
        """The elements of the pipelines that a function makes of each element."""

        def make() -> Iterator[Any]:
            for e in self:
                yield from (map_func(*e) if isinstance(e, tuple) else map_func(e)).make()

        return self._made(make)

    def interleave(
        self, map_func: Callable[..., Any], cycle_length: int | None = None, block_length: int = 1,
        **options: Any,
    ) -> Any:  # fmt: skip
        """`flat_map`, some pipelines in turn, so many elements of each."""

        def make() -> Iterator[Any]:
            sources = (map_func(*e) if isinstance(e, tuple) else map_func(e) for e in self)
            slots = [s.make() for s in itertools.islice(sources, cycle_length or 4)]
            at = 0
            while slots:
                at %= len(slots)
                block = list(itertools.islice(slots[at], block_length))
                yield from block
                follower = None if block else next(sources, None)
                if block:
                    at += 1
                elif follower is not None:
                    slots[at] = follower.make()
                else:
                    del slots[at]

        return self._made(make)

    def unbatch(self) -> Any:
        """The rows of each element."""

        def make() -> Iterator[Any]:
            for e in self.make():
                leaves = [np.asarray(x) for x in tree.flatten(e)]
                for i in range(len(leaves[0])):
                    yield tree.pack_sequence_as(e, [x[i] for x in leaves])

        return self._made(make)

    def window(
        self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False
    ) -> Any:
        """Pipelines of so many elements, each beginning ``shift`` after the one before."""
        step, reach = shift or size, (size - 1) * stride + 1

        def make() -> Iterator[Any]:
            entries, held = self.make(), []
            for e in entries:
                held.append(e)
                if len(held) == reach:
                    yield self._of(held[::stride])
                    rest = held[step:]
                    for _ in range(step - len(held)):
                        next(entries, None)
                    held = rest
            while held and not drop_remainder:
                yield self._of(held[::stride][:size])
                held = held[step:]

        return self._made(make)

    def _of(self, entries: list[Any]) -> Any:
        """A pipeline of elements; of tuples, a tuple of pipelines."""
        if isinstance(entries[0], tuple):
            return tuple(self._of([e[i] for e in entries]) for i in range(len(entries[0])))
        return self._made(lambda: iter(entries), len(entries))

    def padded_batch(
        self, batch_size: int, padded_shapes: Any = None, padding_values: Any = None,
        drop_remainder: bool = False, **options: Any,
    ) -> Any:  # fmt: skip
        """So many elements stacked, each made as large as the largest, zeros behind."""
        fill = padding_values if np.isscalar(padding_values) else 0

        def stacked(*xs: Any) -> Any:
            xs = tuple(map(np.asarray, xs))
            most = np.max([x.shape for x in xs], axis=0) if xs[0].ndim else ()
            found = np.full((len(xs), *map(int, most)), fill, xs[0].dtype)
            for i, x in enumerate(xs):
                found[(i, *(slice(n) for n in x.shape))] = x
            return found

        def make() -> Iterator[Any]:
            entries = self.make()
            while rows := list(itertools.islice(entries, batch_size)):
                if len(rows) == batch_size or not drop_remainder:
                    yield tree.map_structure(stacked, *rows)

        return self._made(make)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The elements joined from the left."""
        for e in self:
            initial_state = reduce_func(initial_state, e)
        return initial_state

    def apply(self, transformation_func: Callable[..., Any]) -> Any:
        """What a function makes of the pipeline."""
        return transformation_func(self)

    def shard(self, num_shards: int, index: int) -> Any:
        """Every so manieth element, from one on."""
        return self._made(lambda: itertools.islice(self.make(), index, None, num_shards))

    def cardinality(self) -> Any:
        """How many elements there are; -2 where that is not known."""
        return ops.convert_to_tensor(np.int64(-2 if self.size is None else self.size))

    def with_options(self, options: Any = None) -> Any:
        """The same."""
        return self

    def get_single_element(self) -> Any:
        """The first element."""
        return next(iter(self))

    @property
    def element_spec(self) -> Any:
        """The shapes and dtypes of the first element."""
        def told(x: Any) -> Any:
            array = np.asarray(x)
            return TensorSpec(array.shape, array.dtype.name)

        return tree.map_structure(told, next(self.make()))

    @property
    def output_types(self) -> Any:
        """The dtypes of the first element, as TensorFlow 1 told them."""
        return tree.map_structure(lambda spec: as_dtype(spec.dtype), self.element_spec)

    @property
    def output_shapes(self) -> Any:
        """The shapes of the first element, as TensorFlow 1 told them."""
        return tree.map_structure(lambda spec: TensorShape(spec.shape), self.element_spec)
