"""What the engine refuses: the class, and the words: what came, what was expected, how to go on."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_nn as ag
from tests.refused import Cases, arguments, derivatives, shapes

CASES: Cases = {
    **shapes.CASES,
    **arguments.CASES,
    **derivatives.CASES,
    "unknown name": (lambda: ag.ops.add_n, AttributeError, ["add_n"]),
}


@pytest.mark.parametrize("name", CASES)
def test_refused_with_words(name: str) -> None:
    call, kind, words = CASES[name]
    with pytest.raises(kind) as error:
        call()
    assert type(error.value) is kind or kind is TypeError
    for word in words:
        assert word in str(error.value), f"{word!r} is not in: {error.value}"


def test_an_op_cannot_be_registered_twice() -> None:
    from autograd_nn.engine.declare import elementwise

    with pytest.raises(ValueError, match="'add' is already registered.*choose another"):
        elementwise(1, 1, numpy=np.add, name="add")(lambda a, b: a + b)


def test_an_op_declares_one_rule_per_operand() -> None:
    from autograd_nn.engine.declare import elementwise, primitive

    with pytest.raises(TypeError, match="2 operands but 1 partials"):
        elementwise(1, numpy=np.add)(lambda a, b: a + b)
    with pytest.raises(TypeError, match="2 operands but 1 vjps"):
        primitive(lambda g, y, a, b: g, shape="(),()->()")(lambda a, b: a + b)


def test_a_refused_call_leaves_no_tape_and_no_mode_behind() -> None:
    from autograd_nn.engine.mode import mode

    with pytest.raises(ag.ShapeError):
        ag.grad(lambda x: ag.ones((2, 3)) + ag.ones(4))(1.0)
    with pytest.raises(ag.RecordError):
        ag.jit(lambda x: x[x > 0])(ag.Tensor([1.0, -2.0]))
    assert mode.taping and mode.recorder is None


@pytest.mark.parametrize(
    "act, words",
    [
        (lambda g: g.bernoulli((2,), p=2.0), "p=2.0"),
        (lambda g: g.bernoulli((2,), p=ag.Tensor([0.5, float("nan")])), "from 0 to 1"),
        (lambda g: g.normal((2,), stddev=-1.0), "stddev=-1.0"),
        (lambda g: g.truncated_normal((2,), stddev=-1.0), "stddev=-1.0"),
        (lambda g: g.exponential((2,), scale=-1.0), "scale=-1.0"),
    ],
)
def test_draws_outside_their_range_are_refused(act, words):
    generator = ag.random.Generator(0)
    with pytest.raises(ag.RangeError) as caught:
        act(generator)
    assert words in str(caught.value) and generator.state.tolist()[2] == 0


def test_a_step_of_nothing_never_arrives():
    with pytest.raises(ValueError, match="step=0"):
        ag.arange(0, 3, 0)


def test_the_look_for_nan_in_a_gradient_warns_of_nothing():
    with np.errstate(all="raise"):
        x = ag.Tensor([1.0, -1.0], requires_grad=True)
        (x * 2.0).backward(ag.Tensor([1e300, 1e300]))
