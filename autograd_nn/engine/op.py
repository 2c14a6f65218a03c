"""What an op is; everything else about it follows from its block.

An op is one block: a kernel on arrays, its derivatives in Tensor ops, its shape rule, the domain
on which it is smooth, its docstring. The block's name becomes the public function, the Tensor
method, both derivative modes, the shape error and the property tests. declare.py and custom.py
have the ways to write one, calls.py the call that runs one.
"""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict, Unpack

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import met, widened
from autograd_nn.engine.mode import mode, taping
from autograd_nn.engine.node import Node
from autograd_nn.engine.tape import fit_to, pullback
from autograd_nn.engine.tensor import Tensor

Rule = Callable[..., Any]
Interval = tuple[float, float]

Kind = Literal["elementwise", "copy", "view", "reduction", "product", "random", "general"]

REGISTRY: dict[str, Op] = {}


class Traits(TypedDict, total=False):
    """Facts about an op that passes, native code and tests read in its block; each may be left out.

    kind        elementwise: has a body. reduction: has a fold. copy: its operand's entries, one for
                one. view: shows its operand's memory. product: sums of products. random: draws.
                general: none of these.
    pure        equal operands give equal results, every time: equal calls are shared, calls on
                constants made once.
    exact       a floating result is not rounded: told from the operands, or one of their entries.
    keeps       where shape and dtype stay, the result is the operand, entry for entry.
    shows       the result may lie in an operand's memory.
    fold        of a reduction, how two partial results join: sum, prod, max, min, any or all.
    lands       (shape of the result, **params) -> strides: the result is a sum of the operand's
                entries, each of which is added where these, over the operand's axes, lead.
    neutral     per operand, the number with which the result is the other operand; None: there
                is none. (0 is one for whole numbers alone: -0 + 0 is 0.)
    absorbing   per operand, the number that the result is where the operand is it, whatever finite
                number other than 0 the other operand is; None: there is none.
    conditions  the operands that are read as truths.
    takes       the kinds of dtype that it takes, by NumPy's letters.
    inlines     the kinds of dtype of the result for which native code may inline the body.
    kernel      (operands, results, params): a plain function of arrays that writes its results: the
                op's code in programs. Of an op with a signature it sees one sample at a time, the
                signature's axes; of others the whole arrays.
    lowering    (builder, call) -> bool: how a call becomes steps; see program/lower.
    device      (*operands, **params) -> result, in functions of JAX: what the op is on a device,
                where its name alone does not say it. Without one the kernel runs on the host.
    widens      whether operands of bfloat16 go to float32 first, and results back; see halves.py.
                False: what shows memory, keeps its operand's dtype whatever comes, or runs a
                record, which has dtypes of its own.
    units       how many units in the last place native code may be from the array kernel.
    partial     of several results: rules are given None, not zeros, for the cotangent of a result
                that nobody used.
    batch       (n, on, *xs, **params) -> result: for n samples along the first axis of the operands
                that ``on`` names, and of the result; NotImplemented: sample by sample. True: every
                leading axis is one already. False: always sample by sample. None: it follows, if by
                anything, from body, signature or axis; see graph/batch.py.
    """

    kind: Kind
    pure: bool
    exact: bool
    keeps: bool
    shows: bool
    fold: str
    lands: Callable[..., tuple[int, ...]] | None
    neutral: tuple[float | None, ...]
    absorbing: tuple[float | None, ...]
    conditions: tuple[int, ...]
    takes: str
    inlines: str
    widens: bool
    units: float
    partial: bool
    kernel: Callable[..., None] | None
    lowering: Callable[[Any, Any], bool | str] | None
    device: Callable[..., Any] | None
    batch: Callable[..., Any] | bool | None


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
    reach     (i, live, forward, y, xs, **params) -> live: how a mask of cut-off entries passes,
              where that is known; None is the mask of no cut, and size 1 stands for an axis along
              which a mask is the same.
    several   whether ``vjps`` is such a single one.
    results   how many there are. Of several, forward gives a tuple, and g, y and t are tuples in
              rules: a result nobody used has a cotangent of zeros, whole numbers have None.
    answer    makes the tuple of several results: of names, where the op names them.
    traits    facts that passes, native code and tests read: see `Traits`.
    seams     by the op that made the operand: the node of both as one function; see ops/seams.py.
    """

    __slots__ = (
        "absorbing",
        "answer",
        "arity",
        "batch",
        "body",
        "conditions",
        "cuts",
        "device",
        "domain",
        "exact",
        "fold",
        "forward",
        "function",
        "inlines",
        "jvps",
        "kernel",
        "keeps",
        "kind",
        "lands",
        "linear",
        "lowering",
        "name",
        "neutral",
        "params",
        "partial",
        "partials",
        "pure",
        "reach",
        "results",
        "seams",
        "several",
        "shape",
        "shows",
        "signature",
        "takes",
        "units",
        "vjps",
        "widens",
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
        results: int | tuple[str, ...] = 1,
        **traits: Unpack[Traits],
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
        self.results = results if isinstance(results, int) else len(results)
        self.answer: Callable[..., Any] = tuple
        if not isinstance(results, int):
            title = name if name.isidentifier() else "Results"
            self.answer = namedtuple(title, results)._make  # type: ignore[misc]
        self.seams: dict[Op, Callable[..., Node | None]] = {}
        self.function: Callable[..., Tensor] = None  # type: ignore[assignment]
        self.fold: str = traits.pop("fold", "")
        self.lands: Callable[..., tuple[int, ...]] | None = traits.pop("lands", None)
        follows: Kind = "elementwise" if body else "reduction" if self.fold else "general"
        self.kind: Kind = traits.pop("kind", follows)
        self.pure: bool = traits.pop("pure", True)
        self.exact: bool = traits.pop("exact", self.kind in ("copy", "view", "random"))
        self.keeps: bool = traits.pop("keeps", self.kind == "copy")
        self.shows: bool = traits.pop("shows", self.kind == "view")
        self.neutral: tuple[float | None, ...] = traits.pop("neutral", ())
        self.absorbing: tuple[float | None, ...] = traits.pop("absorbing", ())
        self.conditions: tuple[int, ...] = traits.pop("conditions", ())
        self.takes: str = traits.pop("takes", "biufc")
        self.inlines: str = traits.pop("inlines", "biuf")
        self.widens: bool = traits.pop("widens", self.kind != "view")
        self.units: float = traits.pop("units", 8)
        self.partial: bool = traits.pop("partial", False)
        self.kernel: Callable[..., None] | None = traits.pop("kernel", None)
        self.lowering: Callable[[Any, Any], bool | str] | None = traits.pop("lowering", None)
        self.batch: Callable[..., Any] | bool | None = traits.pop("batch", None)
        self.device: Callable[..., Any] | None = traits.pop("device", None)
        if self.kernel is not None:
            self._fit(self.kernel)
        if traits:
            raise TypeError(
                f"op {name!r} received unknown traits {', '.join(sorted(traits))}; expected some "
                f"of {', '.join(Traits.__annotations__)}."
            )

    def _fit(self, kernel: Any) -> None:
        """Raises TypeError where a kernel on arrays cannot be one of this op."""
        if not callable(kernel):
            raise TypeError(
                f"{self.name}: received kernel={kernel!r}; expected a function of the operands, "
                "the results and the parameters, which writes the results."
            )
        known = inspect.signature(getattr(kernel, "py_func", kernel)).parameters
        wanted = None if self.arity is None else self.arity + self.results + len(self.params)
        if wanted is not None and len(known) != wanted:
            raise TypeError(
                f"{self.name}: received a kernel of ({', '.join(known)}); expected {wanted} "
                f"parameters: {self.arity} operands, {self.results} results to write to, and the "
                f"parameters ({', '.join(self.params) or 'none'})."
            )

    def __repr__(self) -> str:
        return f"<op {self.name}{self.signature or ''}>"

    def run(self, *arrays: Any, **params: Any) -> Any:
        """Its results on arrays of any dtype, bfloat16 among them."""
        return widened(self, arrays, params) if met else self.forward(*arrays, **params)

    @property
    def differentiable(self) -> bool:
        return self.vjps is not None

    def vjp(self, i: int, g: Any, y: Any, xs: tuple, params: dict[str, Any]) -> Tensor | None:
        """The cotangent of operand ``i``; None where the op does not depend smoothly on it."""
        rules = self.vjps
        if callable(rules):
            return rules(i, g, y, *xs, **params)
        if rules is None or (rule := rules[i]) is None:
            return None
        return rule(g, y, *xs, **params)

    def jvp(self, i: int, t: Tensor, y: Any, xs: tuple, params: dict[str, Any]) -> Any:
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
        outer = mode.taping
        with taping(True):
            us = [_free(one) for one in y] if self.results > 1 else [_free(y)]
            u: Any = self.answer(us) if self.results > 1 else us[0]
            c = self.vjp(i, u, y, xs, params)
            if c is None:
                return None
            ends = [None if u is None else u.node for u in us]
            targets = [e for e in ends if e is not None]
            found = pullback([fit_to(c, xs[i])], [t], targets, taping=outer)
            ts = [None if e is None else found.get(e.serial) for e in ends]
            return self.answer(ts) if self.results > 1 else ts[0]

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
        if isinstance(error, RangeError | DTypeError | np.linalg.LinAlgError):  # the kernel's words
            return type(error)(text)
        if isinstance(error, IndexError):
            return type(error)(
                f"{text}. Expected one index per axis at most, each from -n to n - 1 for n entries."
            )
        if isinstance(error, TypeError):
            kind = "a float" if "f" in self.takes else "an integer dtype"
            return DTypeError(
                f"{text}. Expected operands of a dtype the op takes; convert them with .astype, "
                f"to {kind} perhaps."
            )
        if "zero-size" in str(error) or "empty sequence" in str(error):
            return ShapeError(f"{text}. Expected at least one entry; test x.size first.")
        if isinstance(error, ValueError):
            return ShapeError(text)
        return None


def _free(y: Tensor) -> Tensor | None:
    """A leaf in the place of a result's cotangent; None in that of whole numbers."""
    if y.array.dtype.kind in "iub":
        return None
    return Tensor(np.zeros_like(y.array), requires_grad=True)
