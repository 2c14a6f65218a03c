"""``ag.jit``: a function of trees of tensors, recorded once per signature and replayed natively.

In: a function and the arguments of a call. Out: its result, by a program where there is one.
``signature.py`` says which calls share a program, ``recorded.py`` what is kept of a record,
``jitted.py`` what a call does: start there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_nn.engine.argnums import positions
from autograd_nn.engine.program.jit.jitted import Jitted
from autograd_nn.engine.program.jit.signature import parameter_names
from autograd_nn.engine.program.make import target


def jit(
    f: Callable[..., Any] | None = None,
    *,
    static_argnums: int | Sequence[int] = (),
    donate_argnums: int | Sequence[int] = (),
    device: str | None = None,
) -> Any:
    """A function that records ``f`` once per signature and replays it as native code.

    f                of trees of tensors, made of this package's ops; gradients, updates of
                     tensors it holds (``assign``) and random draws inside it included.
    static_argnums   positional arguments that are fixed at recording (another value records anew).
    donate_argnums   positional arguments the caller gives up: their arrays may be written to.
    device           'cpu' (this processor), 'gpu', 'tpu' or 'xla' (whatever JAX drives), one of
                     several as 'gpu:1'; None: as AUTOGRAD_NN_DEVICE says, else 'cpu'. What f
                     assigns to then stays there until somebody looks.
    An argument that f assigns to (``x[0] = 1``) is changed for f alone, as in `grad`.
    A signature is the arguments' structure, shapes and dtypes. Arrays are inputs. Python floats are
    too, and keep their weak dtype; one that Python looks at (``if a > 0``) records anew where it
    would see something else. Integers, booleans and strings are fixed and part of the signature,
    other objects by identity. Python code runs only while recording: what it prints or appends
    happens once. A change of anything that f reads (globals, closed-over values, attributes, items,
    what its helpers read) is noticed and records anew. What cannot be watched (an iterator, a file,
    the clock, ``random``, a value f changes itself) makes f run op by op, and a RecordWarning says
    so once. On a method, each instance has its own programs. Raises RecordError where Python asks
    for the contents of an array that changes from call to call (``if x > 0``), TypeError for what
    is no function and for positions of arguments there are not, ValueError for a device there is
    not, ImportError for one that needs JAX where that is not installed.

    >>> import autograd_nn as ag
    >>> f = ag.jit(lambda x: (ag.sin(x) * x).sum())
    >>> round(float(f(ag.Tensor([1.0, 2.0]))), 6)
    2.660066
    """

    machine = target(device)

    def wrap_function(g: Any) -> Any:
        if isinstance(g, staticmethod | classmethod):
            return type(g)(wrap_function(g.__func__))
        if not callable(g):
            hint = " Put @ag.jit below @property." if isinstance(g, property) else ""
            raise TypeError(f"jit received {type(g).__name__}; expected a function.{hint}")
        names = parameter_names(g)
        count = None if names is None else len(names)
        static = frozenset(positions(static_argnums, "static_argnums", count, "jit: "))
        donated = frozenset(positions(donate_argnums, "donate_argnums", count, "jit: "))
        if isinstance(g, Jitted):
            g, static, donated = g.f, static | g.static, donated | g.donated
        if static & donated:
            raise TypeError(
                f"jit: received {sorted(static & donated)} in static_argnums and donate_argnums; "
                "expected each argument in one of them: a fixed one has no array to give up."
            )
        return Jitted(g, static, donated, machine)

    return wrap_function if f is None else wrap_function(f)
