"""The engine's error classes: each says what came, what was expected and how to repair it."""

from __future__ import annotations

from typing import Any


class ShapeError(ValueError):
    """Operands whose shapes do not fit the op."""


class DTypeError(TypeError, ValueError):
    """An operand whose dtype (or Python type) the op does not take.

    A ValueError as well: of arguments of the wrong type Keras raises that, and NumPy now one, now
    the other.
    """


class ArgumentError(TypeError, ValueError):
    """An argument that is not known, or of no use: Keras raises now the one, now the other."""


class GradientError(RuntimeError):
    """A derivative that was asked for does not exist, or its tape is gone."""


class MutationError(GradientError):
    """An array was changed while the tape still needed its old contents."""


class RecordError(RuntimeError):
    """Python asked for the contents of a value while a program was being recorded."""


class RecordWarning(UserWarning):
    """A function is not replayed as a program but runs op by op, and why."""


class RangeError(IndexError, ValueError):
    """An index or a label outside the range it counts in."""


def real_only(dtype: Any, what: str) -> None:
    """Raises for a complex dtype: no convention of its derivatives is in force yet."""
    if dtype.kind == "c":
        raise DTypeError(
            f"{what}: received dtype {dtype}; expected a real floating dtype, for complex numbers "
            "are computed with but not differentiated. Write the function of the real and the "
            "imaginary part, each a real tensor, or take x.detach() where no derivative is wanted."
        )


def did_you_mean(name: object, known: object) -> str:
    """`` Did you mean 'adam'?`` when a known name is near, followed by the whole list.

    >>> did_you_mean("adm", ["adam", "sgd"])
    "Did you mean 'adam'? Known names: adam, sgd."
    """
    from difflib import get_close_matches

    names = sorted(str(k) for k in known)  # type: ignore[attr-defined]
    near = get_close_matches(str(name).lower(), names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Known names: {', '.join(names)}."
