"""The ways to declare an op of the registry: from a scalar body, or from a kernel on arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Unpack

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.calls import binary, general, unary
from autograd_nn.engine.cuts import product
from autograd_nn.engine.errors import GradientError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.numeric import SCALARS
from autograd_nn.engine.op import REGISTRY, Interval, Op, Rule, Traits
from autograd_nn.engine.tensor import Tensor, as_tensor


def register(op: Op, source: Callable[..., Any], defaults: dict[str, Any]) -> Callable[..., Tensor]:
    """Enters an op in the registry and makes its public function, which carries it as ``.op``."""
    if op.name in REGISTRY:
        raise ValueError(
            f"an op named {op.name!r} is already registered: {REGISTRY[op.name]!r}. "
            "Expected a new name; choose another, or use the one there is."
        )
    REGISTRY[op.name] = op
    if op.params or op.arity not in (1, 2) or op.results > 1:
        function = general(op, defaults)
    else:
        function = unary(op) if op.arity == 1 else binary(op)  # type: ignore[assignment]
    function.__name__ = function.__qualname__ = op.name
    function.__module__ = source.__module__
    function.__doc__ = source.__doc__
    function.__signature__ = signature(source)  # type: ignore[attr-defined]
    function.op = op  # type: ignore[attr-defined]
    op.function = function
    return function


@lru_cache(maxsize=1)  # an op's is asked for twice, one time after the other
def signature(source: Callable[..., Any]) -> inspect.Signature:
    """A function's parameters; a ufunc's are its inputs, and a builtin that keeps quiet has any."""
    kind = inspect.Parameter
    if isinstance(source, np.ufunc):
        return inspect.Signature(
            [kind(f"x{i + 1}", kind.POSITIONAL_ONLY) for i in range(source.nin)]
        )
    try:
        return inspect.signature(source)
    except ValueError:
        return inspect.Signature([kind("xs", kind.VAR_POSITIONAL)])


def parameters(source: Callable[..., Any]) -> tuple[int | None, tuple[str, ...], dict[str, Any]]:
    """Operands are the positional parameters of a kernel, parameters its keyword-only ones."""
    arity: int | None = 0
    names, defaults = [], {}
    for p in signature(source).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            arity = None
        elif p.kind is p.KEYWORD_ONLY:
            names.append(p.name)
            if p.default is not p.empty:
                defaults[p.name] = p.default
        else:
            arity = (arity or 0) + 1
    return arity, tuple(names), defaults


def counted(name: str, shape: Any, results: int | tuple[str, ...]) -> int | tuple[str, ...]:
    """The results of an op, as its signature or ``results=`` has them; they have to agree."""
    told = shapes.results(shape) if isinstance(shape, str) else 1
    given = results if isinstance(results, int) else len(results)
    if results == 1:
        return told
    if isinstance(shape, str) and told != given:
        raise TypeError(
            f"{name}: received results={results!r} and the signature {shape}, which has {told}; "
            "expected as many."
        )
    return results


def primitive(
    *vjps: Rule | None,
    shape: str | Callable[..., Any],
    domain: Sequence[Interval] = (),
    jvps: Sequence[Rule | None] | Rule | None = None,
    variadic: Rule | None = None,
    linear: bool = False,
    cuts: bool = False,
    reach: Callable[..., Tensor] | None = None,
    name: str | None = None,
    results: int | tuple[str, ...] = 1,
    **traits: Unpack[Traits],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a general op from its kernel: arguments by position are operands, others parameters.

    Give one vjp per operand, or ``variadic=`` one for any number of them, (i, g, y, *xs, **params).
    results   of several: how many, or their names; see `Op`. A signature tells it as well.
    """

    def declare(kernel: Callable[..., Any]) -> Callable[..., Tensor]:
        arity, names, defaults = parameters(kernel)
        rules: Any = variadic if variadic is not None else (vjps or None)
        if variadic is None and vjps and len(vjps) != arity:
            raise TypeError(f"{kernel.__name__}: {arity} operands but {len(vjps)} vjps.")
        op = Op(
            name or kernel.__name__.rstrip("_"),
            kernel,
            rules,
            arity=arity,
            params=names,
            jvps=jvps,
            shape=shapes.signature_rule(shape) if isinstance(shape, str) else shape,
            signature=shape if isinstance(shape, str) else "",
            domain=tuple(domain) or ((-2.0, 2.0),) * (arity or 2),
            linear=linear,
            cuts=cuts,
            reach=reach,
            results=counted(kernel.__name__, shape, results),
            **traits,
        )
        return register(op, kernel, defaults)

    return declare


def times(partial: Any) -> Rule:
    """The product rule of one operand: cotangent (or tangent) times dy/dx; both modes are this."""
    if callable(partial):

        def rule(g: Tensor, y: Tensor, *xs: Any) -> Tensor:
            d = partial(y, *xs)
            if d.__class__ is not Tensor and type(d) not in SCALARS:
                d = answer(d, "a partial derivative", (g, y, *xs))
            return product(g, d)

    elif partial == 1:

        def rule(g: Tensor, y: Tensor, *xs: Any) -> Tensor:
            return g

    elif partial == -1:

        def rule(g: Tensor, y: Tensor, *xs: Any) -> Tensor:
            return -g

    else:

        def rule(g: Tensor, y: Tensor, *xs: Any) -> Tensor:
            return g * partial

    return rule


def elementwise(
    *partials: Any,
    numpy: Callable[..., Any],
    domain: Sequence[Interval] = (),
    name: str | None = None,
    rules: Sequence[Rule | None] | None = None,
    cuts: bool = False,
    **traits: Unpack[Traits],
) -> Callable[[Callable[..., Any]], Callable[..., Tensor]]:
    """Declares an elementwise op from its scalar body.

    partials  dy/dx per operand: a function (y, *xs) -> Tensor, a number, or None (no derivative).
              None given at all: the op is piecewise constant.
    numpy     the same function on arrays, for the eager path (nothing is compiled before use).
    rules     in place of partials where g·dy/dx is not how the derivative is best computed.
    cuts      the rules cut entries off, as that of ``where`` does.
    traits    facts that native code and tests read: see `Traits`.
    The body is a plain function of Python numbers: the reference, and what native code inlines.
    """

    def declare(body: Callable[..., Any]) -> Callable[..., Tensor]:
        arity, names, defaults = parameters(body)
        if arity is None or names:
            raise TypeError(
                f"{body.__name__}: received a body with *operands or keyword-only parameters; "
                "expected operands only. Declare it with primitive."
            )
        products = tuple(rules or (None if d is None else times(d) for d in partials))
        if products and len(products) != arity:
            raise TypeError(f"{body.__name__}: {arity} operands but {len(products)} partials.")
        op = Op(
            name or body.__name__.rstrip("_"),
            numpy,
            products or None,
            jvps=products or None,
            arity=arity,
            shape=shapes.broadcast,
            signature=",".join(["()"] * arity) + "->()",
            domain=tuple(domain) or ((-2.0, 2.0),) * arity,
            body=body,
            partials=partials,
            cuts=cuts,
            **traits,
        )
        return register(op, body, defaults)

    return declare


def answer(c: Any, what: str, given: tuple) -> Tensor:
    """What a rule of the user's returned, as a Tensor; refused where that is no function of it.

    While the walk itself is taped (a second derivative), or recorded, plain numbers would be taken
    for constants.
    """
    if isinstance(c, Tensor):
        return c
    recorder = mode.recorder
    for x in given:
        if isinstance(x, Tensor) and (
            (x.node is not None and mode.taping) or (recorder is not None and recorder.owns(x))
        ):
            raise GradientError(
                f"{what} returned {type(c).__name__} while it is itself being differentiated or "
                "recorded; expected a Tensor, for plain numbers would count as a constant. Write "
                "it with ops on Tensors (None for no derivative), or declare the op with once=True."
            )
    return as_tensor(c)
