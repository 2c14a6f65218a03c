"""What an op is, and the ways to declare one; everything else about it follows from the block.

An op is one block: a kernel on arrays, its derivatives in Tensor ops, its shape rule, the domain
on which it is smooth, its docstring. The block's name becomes the public function, the Tensor
method, both derivative modes, the shape error and the property tests.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from copy import deepcopy
from sys import getrefcount
from typing import Any, NoReturn
from weakref import ref

import numpy as np

from autograd_nn.engine import doors, shapes
from autograd_nn.engine.cuts import product
from autograd_nn.engine.errors import (
    DTypeError,
    GradientError,
    MutationError,
    RangeError,
    ShapeError,
)
from autograd_nn.engine.mode import mode, recording
from autograd_nn.engine.node import SCALARS, Node, in_state
from autograd_nn.engine.tensor import (
    Shared,
    Tensor,
    as_tensor,
    is_scalar,
    native_order,
    share,
    source,
    wrap,
)
from autograd_nn.engine.weak import Weak, partners

new, ndarray, asarray = object.__new__, np.ndarray, np.asarray
Rule = Callable[..., Any]
Interval = tuple[float, float]

REGISTRY: dict[str, Op] = {}
NO_PARAMS: dict[str, Any] = {}
MUTABLE = frozenset((list, dict, set, ndarray))


class Op:
    """A primitive: a kernel on arrays, its derivatives in Tensor ops, its shapes, its domain.

    name      what the public function, the Tensor method and every error call it.
    forward   (*arrays, **params) -> array; NumPy, or anything that takes and gives arrays.
    vjps      per operand, (g, y, *xs, **params) -> cotangent of that operand; None: not
              differentiable in it. A single callable serves ops of any number of operands, as
              (i, g, y, *xs, **params).
    jvps      per operand, (t, y, *xs, **params) -> tangent; left out, the transpose of the vjp.
    shape     (*shapes, **params) -> shape, or a signature such as "(n,k),(k,m)->(n,m)".
    domain    per operand, the interval where the op is smooth: where tests draw from.
    body      for an elementwise op, the scalar function that native code inlines.
    linear    linear in each operand (given the others): jvps follow from forward.
    cuts      the rules cut entries off (a mask, an index, a limit); see cuts.py.
              None: not known (an op of the user's).
    reach     (i, live, forward) -> live: how a mask of cut-off entries passes, where that is known.
    several   whether ``vjps`` is such a single one.
    seams     by the op that made the operand: the node of both as one function; see ops/seams.py.
    """

    __slots__ = (
        "arity",
        "body",
        "cuts",
        "domain",
        "forward",
        "function",
        "jvps",
        "linear",
        "name",
        "params",
        "partials",
        "reach",
        "seams",
        "several",
        "shape",
        "signature",
        "vjps",
    )

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        vjps: Sequence[Rule | None] | Rule | None,
        *,
        arity: int | None,
        params: tuple[str, ...] = (),
        jvps: Sequence[Rule | None] | Rule | None = None,
        shape: Callable[..., tuple[int, ...]] | None = None,
        signature: str = "",
        domain: tuple[Interval, ...] = (),
        body: Callable[..., Any] | None = None,
        partials: Sequence[Any] = (),
        linear: bool = False,
        cuts: bool | None = False,
        reach: Callable[..., Tensor] | None = None,
    ) -> None:
        self.name = name
        self.forward = forward
        self.vjps = vjps
        self.several = callable(vjps)
        self.jvps = jvps
        self.arity = arity
        self.params = params
        self.shape = shape
        self.signature = signature
        self.domain = domain
        self.body = body
        self.partials = partials
        self.linear = linear
        self.cuts = cuts
        self.reach = reach
        self.seams: dict[Op, Callable[..., Node | None]] = {}
        self.function: Callable[..., Tensor] = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<op {self.name}{self.signature or ''}>"

    @property
    def differentiable(self) -> bool:
        return self.vjps is not None

    def vjp(self, i: int, g: Tensor, y: Tensor, xs: tuple, params: dict[str, Any]) -> Tensor | None:
        """The cotangent of operand ``i``; None where the op does not depend smoothly on it."""
        rules = self.vjps
        if callable(rules):
            return rules(i, g, y, *xs, **params)
        if rules is None or (rule := rules[i]) is None:
            return None
        return rule(g, y, *xs, **params)

    def jvp(self, i: int, t: Tensor, y: Tensor, xs: tuple, params: dict[str, Any]) -> Tensor | None:
        """The tangent of the result when operand ``i`` moves by ``t``.

        Without a rule of its own it is the transpose of the vjp: the vjp is linear in its
        cotangent u, so pulling t back through it to u gives the pushforward.
        """
        if self.linear:
            return self.function(*xs[:i], t, *xs[i + 1 :], **params)
        rules = self.jvps
        if rules is not None:
            if callable(rules):
                return rules(i, t, y, *xs, **params)
            rule = rules[i]
            return None if rule is None else rule(t, y, *xs, **params)
        from autograd_nn.engine.tape import fit_to, pullback

        outer, mode.taping = mode.taping, True
        try:
            u = Tensor(np.zeros_like(y.array), requires_grad=True)
            c = self.vjp(i, u, y, xs, params)
            if c is None:
                return None
            c = fit_to(c, xs[i])
            target: Node = u.node  # type: ignore[assignment]
            return pullback([c], [t], [target], taping=outer).get(target.serial)
        finally:
            mode.taping = outer

    def explain(
        self, error: Exception, operands: tuple, params: dict[str, Any]
    ) -> Exception | None:
        """The error a user can act on for what a kernel raised; None: as it came."""
        what = ", ".join(shapes.describe(x) for x in operands)
        given = "".join(f", {k}={v!r}" for k, v in params.items() if v is not None)
        if self.shape is not None:
            try:
                self.shape(*(np.shape(getattr(x, "array", x)) for x in operands), **params)
            except (ShapeError, IndexError, TypeError) as better:
                if type(better) is not IndexError:
                    return type(better)(f"{self.name}({what}{given}): {better}")
                error = better
        text = f"{self.name}({what}{given}): {error}"
        if isinstance(error, np.exceptions.AxisError):
            return np.exceptions.AxisError(text)
        if isinstance(error, RangeError | DTypeError):  # the kernel's own words
            return type(error)(text)
        if isinstance(error, IndexError):
            return type(error)(
                f"{text}. Expected one index per axis at most, each from -n to n - 1 for n entries."
            )
        if isinstance(error, TypeError):
            return DTypeError(
                f"{text}. Expected operands of a dtype the op takes; convert them with .astype "
                "(to an integer dtype for bitwise ops, to a float for the others)."
            )
        if "zero-size" in str(error) or "empty sequence" in str(error):
            return ShapeError(f"{text}. Expected at least one entry; test x.size first.")
        if isinstance(error, ValueError):
            return ShapeError(text)
        return None


def operand(x: Any, name: str) -> Any:
    """What an op computes with: a Tensor, or a Python number left as it is (NEP 50: weak dtype)."""
    if isinstance(x, Tensor) or is_scalar(x):
        return x
    try:
        return as_tensor(x)
    except (TypeError, ValueError) as error:
        raise DTypeError(f"{name}: {error}") from None


def call(op: Op, operands: tuple, params: dict[str, Any]) -> Tensor:
    """Runs an op: the general way, for any number of operands and with parameters."""
    xs = operands
    arrays = []
    taped = False
    for x in xs:
        if isinstance(x, Tensor):
            arrays.append(x.array)
            if x.node is not None:
                taped = True
        elif is_scalar(x):
            arrays.append(x)
        else:
            if any([type(x) is Weak for x in xs]):
                xs = partners(op, xs, params)
            return call(op, tuple([operand(x, op.name) for x in xs]), params)
    try:
        array = op.forward(*arrays, **params)
    except (ValueError, TypeError, IndexError) as error:
        raise op.explain(error, xs, params) or error from None
    y = new(Tensor)  # as `wrap` does
    y.array = array = array if array.__class__ is ndarray else asarray(array)
    y.node = y.grad = None
    if array.base is not None or array is arrays[0]:
        y = _view(y, xs)
    if taped and op.vjps is not None and mode.taping:
        if params:
            params = settled(params)
        y.node = Node(op, sources(xs) if len(xs) > 1 else (xs[0].node,), tuple(arrays), params)
    if recording and mode.recorder is not None:
        mode.recorder.record(op, xs, params, y)
    return y


def settled(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that the caller cannot change any more: lists and arrays in them are copied."""
    for v in params.values():
        kind = v.__class__
        if kind in MUTABLE or (kind is tuple and not MUTABLE.isdisjoint(map(type, v))):
            return deepcopy(params)
    return params


def sources(xs: tuple) -> tuple:
    """What a node keeps of its operands: their nodes, or what watches over a constant."""
    return tuple([getattr(x, "node", None) or source(x) for x in xs])


def _view(y: Tensor, xs: tuple) -> Tensor:
    """A result that may show an operand's memory: what holds for the operand's holds for it.

    Somebody else's array is watched, what a program writes is copied, and an assignment to the view
    has to know whose memory it is.
    """
    array = y.array
    base = array.base
    for x in xs:
        if isinstance(x, Tensor):
            a = x.array
            if base is a or array is a or (base is not None and base is a.base):
                if array is a:
                    array = a.view()  # so that every view's array has a base
                if x.__class__ is Shared:
                    y = share(array)
                y.array, base = array, array.base
                y.shown = (ref(x),)
                if a.base is not None and (above := getattr(x, "shown", ())):  # a view of a view
                    y.shown += tuple([r for r in above if r() is not None])
                break
    if (base.__class__ is not ndarray or base.base is not None) and in_state(array):  # type: ignore[union-attr]
        y.array = array.copy()
    return y


def _unary(op: Op) -> Callable[[Any], Tensor]:
    """`call` for one operand without parameters: the same steps, unrolled, for speed."""
    forward, differentiable, seams = op.forward, op.differentiable, op.seams
    fresh = op.body is not None

    def function(x: Any, /) -> Tensor:
        if not isinstance(x, Tensor):
            x = operand(x, op.name)
            if not isinstance(x, Tensor):
                return call(op, (x,), NO_PARAMS)
        a = x.array
        try:
            array = forward(a)
        except (ValueError, TypeError) as error:
            raise op.explain(error, (x,), NO_PARAMS) or error from None
        y = new(Tensor)  # as `wrap` does
        y.array = array if array.__class__ is ndarray else asarray(array)
        y.node = y.grad = None
        if not fresh and (y.array.base is not None or y.array is a):
            y = _view(y, (x,))
        s = x.node
        if s is not None and differentiable and mode.taping:
            y.node = Node(op, (s,), (a,), NO_PARAMS)
            if seams and (join := seams.get(s.op)) is not None:
                y.node = join(x) or y.node
        if recording and mode.recorder is not None:
            mode.recorder.record(op, (x,), NO_PARAMS, y)
        return y

    return function


def _binary(op: Op) -> Callable[[Any, Any], Tensor]:
    """`call` for two operands without parameters: the same steps, unrolled, for speed."""
    forward, differentiable, seams = op.forward, op.differentiable, op.seams

    def function(x1: Any, x2: Any, /) -> Tensor:
        a: Any
        b: Any
        if isinstance(x1, Tensor):
            a, s1 = x1.array, x1.node
        elif type(x1) in SCALARS:  # (a weak number passes for a float elsewhere)
            a, s1 = x1, None
        else:
            return call(op, (x1, x2), NO_PARAMS)
        if isinstance(x2, Tensor):
            b, s2 = x2.array, x2.node
        elif type(x2) in SCALARS:
            b, s2 = x2, None
        else:
            return call(op, (x1, x2), NO_PARAMS)
        try:
            array = forward(a, b)
        except (ValueError, TypeError) as error:
            raise op.explain(error, (x1, x2), NO_PARAMS) or error from None
        y = new(Tensor)  # as `wrap` does
        y.array = array if array.__class__ is ndarray else asarray(array)
        y.node = y.grad = None
        if s1 is not None or s2 is not None:
            if differentiable and mode.taping:
                # A constant whose memory is its own needs no watch: nobody can change it.
                if s1 is None and (recording or x1.__class__ is not Tensor or a.base is not None):
                    s1 = source(x1)
                if s2 is None and (recording or x2.__class__ is not Tensor or b.base is not None):
                    s2 = source(x2)
                y.node = Node(op, (s1, s2), (a, b), NO_PARAMS)
                if seams and s1.__class__ is Node and (b is x2 or x1 is x2):
                    if (join := seams.get(s1.op)) is not None:
                        y.node = join(x1, x2) or y.node
        if recording and mode.recorder is not None:
            mode.recorder.record(op, (x1, x2), NO_PARAMS, y)
        return y

    return function


def _general(op: Op, defaults: dict[str, Any]) -> Callable[..., Tensor]:
    """The public function of an op with parameters, which may come by position as in NumPy."""
    arity, names = op.arity, op.params
    required = len(defaults) < len(names)

    given = set(names)

    def function(*operands: Any, **params: Any) -> Tensor:
        if len(operands) == arity and params.keys() == given:
            return call(op, operands, params)
        if arity is not None and len(operands) != arity:
            extra = operands[arity:]
            if len(operands) < arity or len(extra) > len(names):
                raise TypeError(
                    f"{op.name}() takes {arity} operand{'s' * (arity != 1)}"
                    + (f" and the parameters {', '.join(names)}" if names else "")
                    + f"; received {len(operands)} positional arguments."
                )
            operands = operands[:arity]
            for key, value in zip(names, extra, strict=False):
                if key in params:
                    raise TypeError(f"{op.name}() received {key!r} twice: by position and by name.")
                params[key] = value
        if defaults:
            params = {**defaults, **params}
        if len(params) != len(names) or (required and params.keys() != set(names)):
            strange = sorted(params.keys() - set(names))
            lacking = sorted(set(names) - params.keys())
            came = f"received unknown parameters {', '.join(strange)}" if strange else ""
            came += (" and " if strange and lacking else "") + (
                f"did not receive {', '.join(lacking)}" if lacking else ""
            )
            raise TypeError(f"{op.name}() {came}; expected {', '.join(names) or 'none'}.")
        return call(op, operands, params)

    return function


def register(op: Op, source: Callable[..., Any], defaults: dict[str, Any]) -> Callable[..., Tensor]:
    """Enters an op in the registry and makes its public function, which carries it as ``.op``."""
    if op.name in REGISTRY:
        raise ValueError(
            f"an op named {op.name!r} is already registered: {REGISTRY[op.name]!r}. "
            "Expected a new name; choose another, or use the one there is."
        )
    REGISTRY[op.name] = op
    if op.params or op.arity not in (1, 2):
        function = _general(op, defaults)
    else:
        function = _unary(op) if op.arity == 1 else _binary(op)  # type: ignore[assignment]
    function.__name__ = function.__qualname__ = op.name
    function.__module__ = source.__module__
    function.__doc__ = source.__doc__
    function.__signature__ = inspect.signature(source)  # type: ignore[attr-defined]
    function.op = op  # type: ignore[attr-defined]
    op.function = function
    return function


def _signature(source: Callable[..., Any]) -> inspect.Signature:
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


def _parameters(source: Callable[..., Any]) -> tuple[int | None, tuple[str, ...], dict[str, Any]]:
    """Operands are the positional parameters of a kernel, parameters its keyword-only ones."""
    arity: int | None = 0
    names, defaults = [], {}
    for p in _signature(source).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            arity = None
        elif p.kind is p.KEYWORD_ONLY:
            names.append(p.name)
            if p.default is not p.empty:
                defaults[p.name] = p.default
        else:
            arity = (arity or 0) + 1
    return arity, tuple(names), defaults


def primitive(
    *vjps: Rule | None,
    shape: str | Callable[..., tuple[int, ...]],
    domain: Sequence[Interval] = (),
    jvps: Sequence[Rule | None] | Rule | None = None,
    variadic: Rule | None = None,
    linear: bool = False,
    cuts: bool = False,
    reach: Callable[..., Tensor] | None = None,
    name: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Tensor]]:
    """Declares a general op from its kernel: arguments by position are operands, others parameters.

    Give one vjp per operand, or ``variadic=`` one for any number of them, (i, g, y, *xs, **params).
    """

    def declare(kernel: Callable[..., Any]) -> Callable[..., Tensor]:
        arity, names, defaults = _parameters(kernel)
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
        )
        return register(op, kernel, defaults)

    return declare


def _times(partial: Any) -> Rule:
    """The product rule of one operand: cotangent (or tangent) times dy/dx; both modes are this."""
    if callable(partial):

        def rule(g: Tensor, y: Tensor, *xs: Any) -> Tensor:
            d = partial(y, *xs)
            if d.__class__ is not Tensor and type(d) not in SCALARS:
                d = _answer(d, "a partial derivative", (g, y, *xs))
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
) -> Callable[[Callable[..., Any]], Callable[..., Tensor]]:
    """Declares an elementwise op from its scalar body.

    partials  dy/dx per operand: a function (y, *xs) -> Tensor, a number, or None (no derivative).
              None given at all: the op is piecewise constant.
    numpy     the same function on arrays, for the eager path (nothing is compiled before use).
    rules     in place of partials where g·dy/dx is not how the derivative is best computed.
    cuts      the rules cut entries off, as that of ``where`` does.
    The body is a plain function of Python numbers: the reference, and what native code inlines.
    """

    def declare(body: Callable[..., Any]) -> Callable[..., Tensor]:
        arity, names, defaults = _parameters(body)
        if arity is None or names:
            raise TypeError(
                f"{body.__name__}: received a body with *operands or keyword-only parameters; "
                "expected operands only. Declare it with primitive."
            )
        products = tuple(rules or (None if d is None else _times(d) for d in partials))
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
        )
        return register(op, body, defaults)

    return declare


def custom_op(
    vjp: Rule,
    *,
    jvp: Rule | None = None,
    shape: str | Callable[..., tuple[int, ...]] | None = None,
    once: bool = False,
    name: str | None = None,
    domain: Sequence[Interval] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Tensor]]:
    """Declares an op of your own: a function on arrays, and its vjp.

    y = f(*xs, **params); vjp(g, y, *xs, **params) returns the cotangents of all operands, a tuple
    (one alone for one operand), None for an operand without derivative.

    vjp    written on Tensors: derivatives of every order. With ``once=True`` it is written on plain
           arrays: a second derivative through it is then refused with an error, never wrong. One
           that answers with arrays without saying so serves first derivatives alone.
    jvp    (ts, y, *xs, **params) -> tangent, ``ts`` with None where nothing moves; optional.
    shape  signature or rule, for errors at the door; optional.
    The op is not entered in the registry, so the name is free. It takes part in everything:
    transforms, programs (run between native stretches), ``check_gradients``.

    >>> import numpy as np, autograd_nn as ag
    >>> @ag.custom_op(vjp=lambda g, y, x: g * 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> float(ag.grad(cube)(2.0)), float(ag.grad(ag.grad(cube))(2.0))
    (12.0, 12.0)
    """

    def declare(kernel: Callable[..., Any]) -> Callable[..., Tensor]:
        arity, names, defaults = _parameters(kernel)
        label = name or kernel.__name__

        def checked(g: Tensor, y: Tensor, xs: tuple, params: dict[str, Any]) -> tuple:
            found = vjp(g, y, *xs, **params)
            found = found if isinstance(found, tuple | list) else (found,)
            if len(found) != len(xs):
                raise GradientError(
                    f"the vjp of {label!r} returned {len(found)} cotangents; expected {len(xs)}, "
                    "one per operand (None where there is no derivative)."
                )
            return tuple(found)

        def variadic(i: int, g: Tensor, y: Tensor, *xs: Any, **params: Any) -> Tensor | None:
            if once:
                c = _once(label, checked, i, g, y, xs, params)
            else:
                c = checked(g, y, xs, params)[i]
            if c is None:
                return None
            c = _answer(c, f"the vjp of {label!r}", (g, y, *xs))
            want = np.shape(getattr(xs[i], "array", xs[i]))
            if c.shape != want and len(xs) == 1:
                raise GradientError(
                    f"the vjp of {label!r} returned a cotangent of shape {c.shape} for operand "
                    f"{i}; expected the operand's shape {want}."
                )
            return c

        def forward(*arrays: Any, **params: Any) -> Any:
            try:
                y = kernel(*[_locked(a) for a in arrays], **params)
            except ValueError as error:
                if "read-only" not in str(error):
                    raise
                raise MutationError(
                    f"the custom op {label!r} writes to its operands ({error}): others may read "
                    "them. Expected a function that leaves them as they are; write to a copy "
                    "(x = x.copy())."
                ) from None
            # What it keeps itself, such as a buffer for every call, it may write again.
            return y.copy() if _holders(y) > FRESH else native_order(np.asarray(y))

        def moved(i: int, t: Tensor, y: Tensor, *xs: Any, **params: Any) -> Tensor:
            ts = tuple(t if k == i else None for k in range(len(xs)))
            moved = jvp(ts if len(xs) > 1 else t, y, *xs, **params)  # type: ignore[misc]
            return _answer(moved, f"the jvp of {label!r}", (t, y, *xs))

        op = Op(
            label,
            forward,
            variadic,
            arity=arity,
            params=names,
            jvps=moved if jvp is not None else None,
            shape=shapes.signature_rule(shape) if isinstance(shape, str) else shape,
            signature=shape if isinstance(shape, str) else "",
            domain=tuple(domain) or ((-2.0, 2.0),) * (arity or 1),
            cuts=None,
        )
        general = _general(op, defaults)

        def function(*operands: Any, **params: Any) -> Tensor:
            for key in names:
                if isinstance(params.get(key), Tensor):
                    doors.contents(params[key], f"the parameter {key!r} of {label!r}, a constant,")
            return general(*operands, **params)

        function.__name__ = function.__qualname__ = label
        function.__module__ = getattr(kernel, "__module__", __name__)
        function.__doc__ = kernel.__doc__
        function.__signature__ = _signature(kernel)  # type: ignore[attr-defined]
        function.op = op  # type: ignore[attr-defined]
        op.function = function
        return function

    return declare


def _answer(c: Any, what: str, given: tuple) -> Tensor:
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


def _locked(array: Any) -> Any:
    """A view that cannot be written through."""
    if array.__class__ is ndarray:
        array = array.view()
        array.setflags(write=False)
    return array


def _holders(y: Any) -> int:
    """How many references there are to an array's memory."""
    if y.__class__ is not ndarray:
        return 0
    owner = y if y.base is None else y.base
    return getrefcount(owner)


def _of_a_fresh_array() -> int:
    y = np.zeros(1)
    return _holders(y)


FRESH = _of_a_fresh_array()


def _once(
    label: str, vjp: Callable[..., tuple], i: int, g: Tensor, y: Tensor, xs: tuple, params: dict
) -> Tensor | None:
    """An array-only vjp as a taped op whose own derivative is refused."""

    def refuse() -> NoReturn:
        raise GradientError(
            f"{label!r} was declared once-differentiable (once=True: its vjp is on plain arrays). "
            "Received a request for a second derivative; expected one at most. Write its vjp on "
            "Tensors and drop once=True."
        )

    def forward(g: Any, y: Any, *xs: Any) -> Any:
        c = vjp(_locked(g), _locked(y), tuple(_locked(x) for x in xs), params)[i]
        return None if c is None else np.asarray(c)

    def jvps(k: int, t: Tensor, c: Tensor, g: Tensor, y: Tensor, *xs: Any) -> Tensor | None:
        if k == 0:  # linear in the cotangent, whatever the operands
            return as_tensor(forward(t.array, y.array, *(getattr(x, "array", x) for x in xs)))
        refuse()

    def vjps(k: int, h: Tensor, c: Tensor, g: Tensor, y: Tensor, *xs: Any) -> Tensor | None:
        if k != 0:
            refuse()
        # The vjp's own transpose, the pushforward: only by unit cotangents, one call an entry.
        rest = [getattr(x, "array", x) for x in (y, *xs)]
        unit, moved = np.zeros(g.array.size, g.array.dtype), np.zeros(g.array.size, g.array.dtype)
        for j in range(unit.size):
            unit[:] = 0
            unit[j] = 1
            row = forward(unit.reshape(g.array.shape), *rest)
            moved[j] = 0 if row is None else (row * h.array).sum()
        return wrap(moved.reshape(g.array.shape))

    arrays = [getattr(x, "array", x) for x in (g, y, *xs)]
    array = forward(*arrays)
    if array is None:
        return None
    out = wrap(array)
    taped = any(getattr(x, "node", None) is not None for x in (g, y, *xs))
    op = Op(f"{label} vjp", forward, vjps, arity=None, jvps=jvps, cuts=None)
    op.function = lambda *o, **p: call(op, o, p)
    if taped and mode.taping:
        out.node = Node(op, sources((g, y, *xs)), tuple(arrays), NO_PARAMS)
    if mode.recorder is not None:
        mode.recorder.record(op, (g, y, *xs), NO_PARAMS, out)
    return out
