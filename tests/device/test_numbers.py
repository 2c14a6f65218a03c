"""What other tests try of losses, metrics, optimizers and draws, on a device.

By numbers.py, against NumPy op by op; ops have test_every_op.py, layers the command alone.
"""

from __future__ import annotations

import pytest

pytest.importorskip("jax")

from tests.device import numbers  # noqa: E402


@pytest.mark.parametrize("dtype", numbers.STEPS)
@pytest.mark.parametrize("kind", ["draws", "metrics", "losses", "optimizers"])
def test_the_numbers_of_here(kind: str, dtype: str) -> None:
    found = [row for rows in numbers.KINDS[kind](dtype, numbers.PLAIN) for row in rows]
    assert found and not [row for row in found if not row.good]


def test_what_is_no_rounding_is_told() -> None:
    """The measure itself: a slip in one entry, a NaN, another dtype, other whole numbers."""
    told = numbers.np.array([1.0, 1e-3, numbers.math.inf])
    assert numbers.away(told, told) == 0
    assert numbers.away(told + [0, 1e-9, 0], told) == pytest.approx(1e-9)
    for found in (told[:2], told.astype("float32"), told * [1, numbers.math.nan, 1], -told):
        assert numbers.away(found, told) > 0.1
    assert numbers.away(numbers.np.array([1, 2]), numbers.np.array([1, 3])) == numbers.math.inf
    assert numbers.away(numbers.np.array([1e-17]), numbers.np.array([-1e-17]), 1.0) < 1e-16
