"""Iterators over a data set as TensorFlow 1 had them: what comes next is a symbol, or values.

``x, y = dataset.make_one_shot_iterator().get_next()`` gives symbols, for which each run of a
session takes the next element; where a script enabled eager execution, or asks by the function of
``tf.compat.v1.data``, the element itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from autograd_nn.compat.after import AFTER
from autograd_nn.compat.tensorflow.elder.sessions import Operation
from autograd_nn.compat.tensorflow.values.objects import TensorSpec
from autograd_nn.nn import tree
from autograd_nn.nn.layers import Input


class _Mode:
    """Whether values come at once, where a script has said so."""

    eager: bool | None = None


def _say(eager: bool | None) -> None:
    if _Mode.eager is None:
        AFTER.append(partial(_say, None))
    _Mode.eager = eager


def enable_eager_execution(*args: Any, **options: Any) -> None:
    """Has iterators give values: whatever else is computed has them in any case."""
    _say(True)


def disable_eager_execution() -> None:
    """Has iterators give symbols: tensors have their values in any case."""
    _say(False)


class Elements:
    """A data set's elements, one after the other, each also by ``get_next()``."""

    def __init__(self, elements: Iterator[Any]) -> None:
        self._elements = elements

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._elements)

    get_next = __next__


class ElementIterator:
    """Goes through a data set, from its beginning once an initializer is run.

    spec    the shapes and dtypes of its elements.
    eager   whether it gives values, where the script has not said how it computes.
    """

    def __init__(self, spec: Any, dataset: Any = None, eager: bool = False) -> None:
        self.spec, self.dataset = spec, dataset
        self._eager = eager if _Mode.eager is None else _Mode.eager
        self._left: Iterator[Any] | None = None
        self._symbols: list[Any] = []  # those of each `get_next`

    @staticmethod
    def from_structure(
        output_types: Any, output_shapes: Any = None, *args: Any, **options: Any
    ) -> ElementIterator:
        """An iterator over whichever data set `make_initializer` began last."""
        return ElementIterator(_specs(output_types, output_shapes))

    def begin(self, dataset: Any) -> None:
        """Starts over, of a data set."""
        self.dataset, self._left = dataset, iter(dataset)

    @property
    def initializer(self) -> Any:
        """An operation that starts over when it is run."""
        return self.make_initializer(self.dataset)

    def make_initializer(self, dataset: Any, name: Any = None) -> Any:
        """An operation that goes through a data set from here on when it is run."""
        found = Operation([], "initializer")
        found.begin = lambda: self.begin(dataset)  # type: ignore[method-assign]
        return found

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._left is None:
            raise RuntimeError(
                "an iterator was read before its initializer ran; expected "
                "session.run(iterator.initializer) first."
            )
        return next(self._left)

    def get_next(self, name: Any = None) -> Any:
        """Symbols of what comes next in each run, or what does."""
        if self._eager:
            return next(self)
        found = tree.map_structure(_symbol, self.spec)
        self._symbols.append(found)
        for symbol in tree.flatten(found):
            symbol.call.function._drawn_from = self
        return found

    def values(self) -> dict[Any, Any]:
        """The next element, by the symbols that stand for its parts."""
        element = tree.flatten(next(self))
        return {s: v for found in self._symbols
                for s, v in zip(tree.flatten(found), element, strict=True)}  # fmt: skip


def _specs(kinds: Any, shapes: Any) -> Any:
    """Dtypes and shapes of one structure as `TensorSpec`."""
    if isinstance(kinds, dict):
        return {k: _specs(kind, shapes and shapes[k]) for k, kind in kinds.items()}
    if isinstance(kinds, tuple | list):
        told = shapes or [None] * len(kinds)
        return tuple(_specs(k, s) for k, s in zip(kinds, told, strict=True))
    return TensorSpec(shapes, kinds)


def _symbol(spec: Any) -> Any:
    if spec.dtype in ("str", "string", "object") or str(spec.dtype).startswith("<U"):
        raise TypeError(
            "get_next received a data set of texts, which no symbol is of; expected numbers. "
            "Enable eager execution, or go through the data set by `for`."
        )
    shape = tuple(spec.shape or ())
    return Input(batch_shape=(None, *shape[1:]) if shape else (), dtype=str(spec.dtype))


def make_one_shot_iterator(dataset: Any, eager: bool = True) -> ElementIterator:
    """An iterator over a data set, at its beginning."""
    found = ElementIterator(dataset.element_spec, dataset, eager)
    found.begin(dataset)
    return found


def make_initializable_iterator(
    dataset: Any, shared_name: Any = None, eager: bool = True
) -> ElementIterator:
    """An iterator over a data set, which starts when its ``initializer`` runs."""
    return ElementIterator(dataset.element_spec, dataset, eager)
