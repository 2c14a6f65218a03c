"""Inputs that may be None, in every form in which inputs come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

ONE = np.ones((3, 2), "float32")


class Sum(nn.Layer):
    """The sum of what is there."""

    def call(self, x: Any = None, y: Any = None) -> Any:
        return y if x is None else x if y is None else x + y


def model(form: type, first: bool = False) -> nn.Model:
    """The sum of 'a' and of the optional 'b', in this order or the other."""
    a, b = nn.Input((2,), name="a"), nn.Input((2,), name="b", optional=True)
    y = Sum()(b, a) if first else Sum()(a, b)
    made = nn.Model({"a": a, "b": b} if form is dict else form([a, b]), y)
    made.compile(nn.SGD(), "mae", run_eagerly=True)
    return made


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(("form", "x"), [
    (list, [ONE, None]), (tuple, (ONE, None)), (dict, {"a": ONE, "b": None}), (dict, {"a": ONE}),
    (list, {"a": ONE}), (list, {"b": None, "a": ONE}),
])  # fmt: skip
def test_none_stands_for_what_is_not_there(form: type, x: Any, first: bool) -> None:
    made = model(form, first)
    np.testing.assert_array_equal(made(x), ONE)
    np.testing.assert_array_equal(made.predict(x, verbose=0), ONE)
    assert made.evaluate(x, ONE, verbose=0) == made.fit(x, ONE, verbose=0).history["loss"][0] == 0
    assert made.train_on_batch(x, ONE) == made.test_on_batch(x, ONE) == 0
    both = [ONE, ONE] if form is not dict else {"a": ONE, "b": ONE}
    assert made.evaluate(both, ONE, verbose=0) == 1  # and the same model takes both


def test_a_stream_may_leave_it_out_and_a_larger_model_too() -> None:
    made = model(dict)
    batches = [({"a": ONE, "b": None}, ONE)] * 2
    assert made.fit(iter(batches), verbose=0).history["loss"] == [0]
    a, b = nn.Input((2,)), nn.Input((2,), optional=True)
    larger = nn.Model([a, b], made({"a": 2 * a, "b": b}))
    np.testing.assert_array_equal(larger([ONE, None]), 2 * ONE)
    np.testing.assert_array_equal(larger([ONE, ONE]), 3 * ONE)


def test_it_is_part_of_the_configuration() -> None:
    made = model(list)
    again = nn.Model.from_config(made.get_config(), {"Sum": Sum})
    np.testing.assert_array_equal(again([ONE, None]), ONE)


@pytest.mark.parametrize("x", [
    [None, ONE], {"b": ONE}, [None, None], [ONE], [ONE, None, None], {"a": None, "b": ONE},
])  # fmt: skip
@pytest.mark.parametrize("form", [list, dict])
def test_others_may_not_be_none(form: type, x: Any) -> None:
    made = model(form)
    for call in (made, made.predict, lambda x: made.fit(x, ONE)):
        with pytest.raises((ValueError, TypeError), match="'?a'?|expected"):
            call(x)


def test_a_list_may_have_none_where_a_model_takes_a_dict() -> None:
    np.testing.assert_array_equal(model(dict)([ONE, None]), ONE)
    with pytest.raises(ValueError, match="not optional"):
        model(dict)([None, ONE])


def test_inputs_that_a_model_has_not_are_warned_of() -> None:
    a = nn.Input((2,), name="a")
    made = nn.Model({"a": a}, 2 * a)
    with pytest.warns(UserWarning, match="named 'b', which the model has not.*expected 'a'"):
        np.testing.assert_array_equal(made({"a": ONE, "b": ONE[:, :1]}), 2 * ONE)
