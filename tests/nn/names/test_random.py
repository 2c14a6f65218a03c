"""Draws under Keras's names: the seed's three meanings, distributions, and what is refused."""

import numpy as np
import pytest
from scipy import stats

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import random

DRAWS = {
    "normal": lambda seed: random.normal((500,), 1.0, 2.0, seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((500,), seed=seed),
    "uniform": lambda seed: random.uniform((500,), -1.0, 1.0, seed=seed),
    "uniform integers": lambda seed: random.uniform((500,), 2, 7, dtype="int32", seed=seed),
    "randint": lambda seed: random.randint((500,), 2, 7, seed=seed),
    "gamma": lambda seed: random.gamma((500,), 3.0, seed=seed),
    "beta": lambda seed: random.beta((500,), 2.0, 0.5, seed=seed),
    "binomial": lambda seed: random.binomial((500,), 20, 0.3, seed=seed),
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


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0, 1.5, 40.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gamma_and_beta_draws_are_so_distributed(alpha, dtype) -> None:
    y = random.gamma((4000,), alpha, dtype, seed=2).numpy()
    assert y.dtype == dtype and stats.kstest(y, stats.gamma(alpha).cdf).pvalue > 1e-3
    y = random.beta((4000,), alpha, 0.7, dtype, seed=3).numpy()
    assert y.dtype == dtype and stats.kstest(y, stats.beta(alpha, 0.7).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("n", "p"), [(1, 0.3), (20, 0.02), (20, 0.5), (1000, 0.9)])
def test_binomial_draws_are_so_distributed(n, p) -> None:
    y = random.binomial((4000,), n, p, seed=4).numpy()
    ks = np.arange(n + 1)
    found = np.searchsorted(np.sort(y), ks, side="right") / 4000
    assert np.abs(found - stats.binom(n, p).cdf(ks)).max() < 0.03
    assert ((y >= 0) & (y <= n) & (y == np.round(y))).all()


def test_parameters_may_differ_by_place() -> None:
    y = random.gamma((3000, 2), [0.5, 8.0], seed=1).numpy().mean(0)
    np.testing.assert_allclose(y, [0.5, 8.0], rtol=0.1)
    y = random.binomial((3, 4), [[0], [5], [9]], [0.0, 1.0, 0.0, 1.0]).numpy()
    np.testing.assert_array_equal(y, [[0, 0, 0, 0], [0, 5, 0, 5], [0, 9, 0, 9]])


def test_draws_are_fresh_in_a_program() -> None:
    source = random.SeedGenerator(1)
    draw = ag.jit(lambda x: x + random.beta((3,), 0.4, 2.0, seed=source)
                  + random.binomial((3,), 9, 0.5, seed=source))  # fmt: skip
    found = [draw(ag.Tensor(np.zeros(3, "float32"))).numpy() for _ in range(3)]
    other = random.SeedGenerator(1)
    for y in found:
        wanted = random.beta((3,), 0.4, 2.0, seed=other) + random.binomial((3,), 9, 0.5, seed=other)
        np.testing.assert_allclose(y, wanted, rtol=1e-6)


def test_shapes_of_noise() -> None:
    y = random.dropout(np.ones((4, 50, 3)), 0.5, noise_shape=(None, 1, None), seed=2).numpy()
    assert (y == y[:, :1]).all() and len(np.unique(y)) == 2


def test_a_seed_generator_is_made_again() -> None:
    stream = nn.random.SeedGenerator(4)
    first = stream.next().numpy()
    again = nn.random.SeedGenerator.from_config(stream.get_config())
    np.testing.assert_array_equal(again.next().numpy(), first)
    told = nn.saving.serialize_keras_object(nn.random.SeedGenerator(4))
    np.testing.assert_array_equal(nn.saving.deserialize_keras_object(told).next().numpy(), first)
    config = nn.initializers.GlorotUniform(nn.random.SeedGenerator(4)).get_config()
    made = [nn.initializers.GlorotUniform.from_config(config) for _ in range(2)]
    draws = [[m((2, 3)).numpy() for _ in range(2)] for m in made]
    np.testing.assert_array_equal(*draws)
    assert (draws[0][0] != draws[0][1]).any()
    assert nn.random.SeedGenerator().state.shape == (3,)


@pytest.mark.parametrize("seed", ["a", -1, 1.5, True])
def test_bad_seeds(seed) -> None:
    with pytest.raises(ValueError, match="expected an integer from 0"):
        random.normal((2,), seed=seed)
    with pytest.raises(ValueError, match="expected an integer from 0"):
        random.SeedGenerator(seed)


def test_bad_rates() -> None:
    with pytest.raises(ValueError, match="expected a number from 0"):
        random.dropout(np.ones(3), 1.1)
    assert not random.dropout(np.ones(3), 1.0).numpy().any()


def test_bad_draws() -> None:
    with pytest.raises(ValueError, match="expected one of integers"):
        random.randint((2,), 0, 3, dtype="float32")
    for draw in (lambda: random.gamma((2,), 0.0), lambda: random.gamma((2,), [1.0, -1.0]),
                 lambda: random.beta((2,), 1.0, np.nan), lambda: random.binomial((2,), -1, 0.5),
                 lambda: random.binomial((2,), 3, 1.5)):  # fmt: skip
        with pytest.raises(ValueError, match="expected numbers from"):
            draw()
    with pytest.raises(ValueError, match="broadcast"):
        random.gamma((2,), np.ones(3))
    for logits in (np.ones(3), np.ones((2, 3, 4))):
        with pytest.raises(ValueError, match=r"expected \(b, n\)"):
            random.categorical(logits, 2)
