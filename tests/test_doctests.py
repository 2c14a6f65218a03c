"""Every example in the engine's docstrings prints what it says; every public op has one."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil

import numpy as np
import pytest

import autograd_nn as ag
import autograd_nn.engine

MODULES = sorted(
    m.name
    for m in pkgutil.walk_packages(autograd_nn.engine.__path__, "autograd_nn.engine.")
    if ".xla." not in m.name or importlib.util.find_spec("jax")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    with np.errstate(all="ignore"):
        # as in NumPy's own examples, the package itself is taken as imported
        result = doctest.testmod(
            importlib.import_module(name), extraglobs={"ag": ag}, verbose=False
        )
    assert not result.failed


PUBLIC = {
    n: f
    for n, f in vars(ag.ops).items()
    if not n.startswith("_")
    and callable(f)
    and getattr(f, "__module__", "").startswith("autograd_nn.engine.ops")
}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_op_has_a_sentence_and_an_example(name: str) -> None:
    text = PUBLIC[name].__doc__ or ""
    assert text.strip().splitlines()[0].rstrip().endswith(".")
    assert doctest.DocTestParser().get_examples(text), f"{name} has no example"


def test_examples_of_ops_are_found() -> None:
    """An op's function is made in another module than its docstring: doctest must find it still."""
    from autograd_nn.engine.ops import arithmetic

    found = {t.name for t in doctest.DocTestFinder().find(arithmetic) if t.examples}
    assert "autograd_nn.engine.ops.arithmetic.add" in found
