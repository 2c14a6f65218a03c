"""Draws under Keras's names: the seed's three meanings, distributions, and what is refused."""

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import random

DRAWS = {
    "normal": lambda seed: random.normal((500,), 1.0, 2.0, seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((500,), seed=seed),
    "uniform": lambda seed: random.uniform((500,), -1.0, 1.0, seed=seed),
    "uniform integers": lambda seed: random.uniform((500,), 2, 7, dtype="int32", seed=seed),
    "randint": lambda seed: random.randint((500,), 2, 7, seed=seed),
    "categorical": lambda seed: random.categorical(np.zeros((2, 5)), 250, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(500), seed=seed),
    "dropout": lambda seed: random.dropout(np.ones(500), 0.3, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
def test_what_a_seed_means(name) -> None:
    draw = DRAWS[name]
    same = [draw(3).numpy(), draw(3).numpy()]
    np.testing.assert_array_equal(*same)
    stream = random.SeedGenerator(3)
    first, second = draw(stream).numpy(), draw(stream).numpy()
    np.testing.assert_array_equal(first, same[0])
    assert (first != second).any()
    ag.random.set_seed(5)
    default = draw(None).numpy()
    ag.random.set_seed(5)
    np.testing.assert_array_equal(draw(None).numpy(), default)


def test_values() -> None:
    x = {name: draw(11).numpy() for name, draw in DRAWS.items()}
    assert abs(x["normal"].mean() - 1) < 0.4 and abs(x["normal"].std() - 2) < 0.3
    assert abs(x["truncated_normal"]).max() <= 2
    assert -1 <= x["uniform"].min() and x["uniform"].max() < 1
    for name in ("randint", "uniform integers"):
        assert x[name].dtype == np.int32 and set(x[name]) == {2, 3, 4, 5, 6}
    assert x["categorical"].shape == (2, 250) and set(x["categorical"].ravel()) == set(range(5))
    assert sorted(x["shuffle"]) == list(range(500))
    assert set(np.round(x["dropout"], 6)) == {0, np.round(1 / 0.7, 6)}
    assert abs((x["dropout"] == 0).mean() - 0.3) < 0.1
    assert random.normal((2,)).dtype == np.float32
    assert random.uniform((2,), dtype="float64").dtype == np.float64


def test_shapes_of_noise() -> None:
    y = random.dropout(np.ones((4, 50, 3)), 0.5, noise_shape=(None, 1, None), seed=2).numpy()
    assert (y == y[:, :1]).all() and len(np.unique(y)) == 2


def test_a_seed_generator_is_made_again() -> None:
    stream = nn.random.SeedGenerator(4)
    first = stream.next().numpy()
    again = nn.random.SeedGenerator.from_config(stream.get_config())
    np.testing.assert_array_equal(again.next().numpy(), first)
    assert nn.random.SeedGenerator().state.shape == (3,)


@pytest.mark.parametrize("seed", ["a", -1, 1.5, True])
def test_bad_seeds(seed) -> None:
    with pytest.raises(ValueError, match="expected an integer from 0"):
        random.normal((2,), seed=seed)
    with pytest.raises(ValueError, match="expected an integer from 0"):
        random.SeedGenerator(seed)


def test_bad_rates() -> None:
    with pytest.raises(ValueError, match="expected a number from 0"):
        random.dropout(np.ones(3), 1.0)


def test_bad_draws() -> None:
    with pytest.raises(ValueError, match="expected one of integers"):
        random.randint((2,), 0, 3, dtype="float32")
    for logits in (np.ones(3), np.ones((2, 3, 4))):
        with pytest.raises(ValueError, match=r"expected \(b, n\)"):
            random.categorical(logits, 2)
