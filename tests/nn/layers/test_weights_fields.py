"""What weights are given: initializers in distribution, penalties, projections, under all names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import constraints, initializers, regularizers

N = (60, 50)  # enough entries for the moments below
SPREAD: dict[str, tuple[Any, float, float, float | None]] = {
    # name: what is made, mean, standard deviation, largest magnitude
    "random_normal": (initializers.RandomNormal(0.5, 0.2), 0.5, 0.2, None),
    "random_uniform": (initializers.RandomUniform(-1.0, 2.0), 0.5, 3 / 12**0.5, 2.0),
    "truncated_normal": (initializers.TruncatedNormal(0.0, 0.2), 0.0, 0.2 * 0.87962566, 0.4),
    "glorot_uniform": (initializers.GlorotUniform(), 0.0, (2 / 110) ** 0.5, (6 / 110) ** 0.5),
    "glorot_normal": (initializers.GlorotNormal(), 0.0, (2 / 110) ** 0.5, None),
    "he_uniform": (initializers.HeUniform(), 0.0, (2 / 60) ** 0.5, (6 / 60) ** 0.5),
    "he_normal": (initializers.HeNormal(), 0.0, (2 / 60) ** 0.5, None),
    "lecun_uniform": (initializers.LecunUniform(), 0.0, (1 / 60) ** 0.5, (3 / 60) ** 0.5),
    "lecun_normal": (initializers.LecunNormal(), 0.0, (1 / 60) ** 0.5, None),
    "variance_scaling": (
        initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal"),
        0.0, (3 / 50) ** 0.5, None,
    ),
    "orthogonal": (initializers.Orthogonal(2.0), 0.0, 2 / 60**0.5, 2.0),
}  # fmt: skip


@pytest.mark.parametrize("name", SPREAD)
def test_draws_have_the_moments_they_promise(name: str) -> None:
    nn.set_random_seed(1)
    make, mean, spread, most = SPREAD[name]
    w = make(N).numpy()
    assert w.shape == N and w.dtype == np.float32
    assert abs(w.mean() - mean) < 5 * spread / w.size**0.5
    assert abs(w.std() / spread - 1) < 5 / w.size**0.5
    assert most is None or np.abs(w).max() <= most * (1 + 1e-6)
    assert not np.array_equal(w, make(N).numpy())  # no seed: another draw
    for twin in (initializers.get(name), getattr(initializers, name)()):
        assert type(twin) is type(make)
    seeded = type(make).from_config({**make.get_config(), "seed": 5})
    np.testing.assert_array_equal(seeded(N), seeded(N))
    stream = type(make).from_config({**make.get_config(), "seed": nn.random.SeedGenerator(5)})
    assert not np.array_equal(stream(N), stream(N))


@pytest.mark.parametrize("shape", [(4, 4), (7, 3), (3, 7), (2, 3, 4), (1, 1)])
def test_an_orthogonal_weight(shape: tuple[int, ...]) -> None:
    w = initializers.Orthogonal(0.5, seed=2)(shape, "float64").numpy().reshape(-1, shape[-1])
    gram = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(gram, 0.25 * np.eye(len(gram)), atol=1e-12)


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    drawn = [initializers.Orthogonal(seed=k)((2, 2), "float64").numpy() for k in range(200)]
    assert 60 < sum(np.linalg.det(q) > 0 for q in drawn) < 140  # rotations, and mirrors as well
    assert abs(np.mean([q[0, 0] > 0 for q in drawn]) - 0.5) < 0.15


# Written down from Keras 3.15, shape (5, 1, 3).
STFTS: list[tuple[dict[str, Any], list[list[float]]]] = [
    ({}, [[0.0, 0.0, 0.0], [0.4082483, 0.0, -0.4082483], [0.8164966, -0.8164966, 0.8164966],
          [0.4082483, 0.0, -0.4082483], [0.0, 0.0, 0.0]]),
    ({"side": "imag", "window": "hamming", "scaling": "spectrum", "periodic": True},
     [[0.0, 0.0, 0.0], [0.0, -0.1473526, 0.0], [0.0, 0.0, 0.0], [0.0, 0.3378325, 0.0],
      [0.0, 0.0, 0.0]]),
    ({"window": [1.0, 2.0, 3.0, 2.0, 1.0], "scaling": None},
     [[1.0, 1.0, 1.0], [2.0, 0.0, -2.0], [3.0, -3.0, 3.0], [2.0, 0.0, -2.0], [1.0, 1.0, 1.0]]),
]  # fmt: skip


@pytest.mark.parametrize("options, expected", STFTS)
def test_the_kernel_of_a_fourier_transform(
    options: dict[str, Any], expected: list[list[float]]
) -> None:
    kernel = initializers.STFT(**options)((5, 1, 3))
    np.testing.assert_allclose(kernel[:, 0], expected, atol=1e-6)
    twin = initializers.deserialize(initializers.serialize(initializers.STFT(**options)))
    np.testing.assert_array_equal(twin((5, 1, 3)), kernel)


# Written down from Keras 3.15, of W.
W = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
PENALTIES: list[tuple[Any, float]] = [
    (regularizers.l1(0.1), 0.75),
    (regularizers.L2(0.1), 1.525),
    (regularizers.l1_l2(0.1, 0.2), 3.8),
    (regularizers.OrthogonalRegularizer(0.3), 0.26912558),
    (regularizers.orthogonal_regularizer(0.3, "columns"), 0.19941919),
]


@pytest.mark.parametrize("regularizer, expected", PENALTIES)
def test_penalties(regularizer: Any, expected: float) -> None:
    np.testing.assert_allclose(float(regularizer(W)), expected, rtol=1e-6)
    twin = regularizers.deserialize(regularizers.serialize(regularizer))
    assert float(twin(W)) == float(regularizer(W)) and twin is not regularizer


def test_a_penalty_on_angles_trains_rows_apart() -> None:
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(3, input_dim=3, kernel_regularizer="orthogonal_regularizer")])
    model.compile(nn.SGD(5.0), "mse", run_eagerly=True)
    before = float(regularizers.get("orthogonal_regularizer")(model.weights[0]))
    model.fit(np.zeros((8, 3)), np.zeros((8, 3)), epochs=100, verbose=0)
    assert float(regularizers.get("orthogonal_regularizer")(model.weights[0])) < 0.5 * before


@pytest.mark.parametrize("old, new", [
    ("maxnorm", constraints.MaxNorm), ("nonneg", constraints.NonNeg),
    ("unitnorm", constraints.UnitNorm), ("min_max_norm", constraints.MinMaxNorm),
])  # fmt: skip
def test_old_names_of_constraints(old: str, new: Any) -> None:
    made = constraints.get(old)
    assert type(made) is new and getattr(constraints, old) is new
    assert constraints.deserialize(constraints.serialize(made)).get_config() == made.get_config()


@pytest.mark.parametrize("call, words", [
    (lambda: initializers.Orthogonal()((3,)), "two sizes or more"),
    (lambda: initializers.Orthogonal(gain="a"), "gain='a'"),
    (lambda: initializers.Orthogonal(seed=-1), "seed=-1"),
    (lambda: initializers.STFT(side="left"), "'real' or 'imag'"),
    (lambda: initializers.STFT(scaling="loud"), "'density', 'spectrum' or None"),
    (lambda: initializers.STFT()((3, 2)), "(T, 1, F/2 + 1)"),
    (lambda: initializers.STFT(window=[1.0])((3, 1, 2)), "expected (3,)"),
    (lambda: regularizers.OrthogonalRegularizer(mode="all"), "'rows' or 'columns'"),
    (lambda: regularizers.OrthogonalRegularizer()([1.0]), "expected a matrix"),
    (lambda: regularizers.get("l3"), "unknown regularizer 'l3'"),
])  # fmt: skip
def test_what_cannot_be(call: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)


def test_a_variable_begins_as_an_initializer_says() -> None:
    a = nn.Variable("ones", shape=(2, 3), dtype="float64", aggregation="mean")
    b = nn.Variable(initializer=nn.initializers.Constant(1), shape=[2, 3], dtype="float64")
    c = nn.Variable(initializer=lambda shape, dtype: np.ones(shape, dtype), shape=(2, 3))
    d = nn.Variable(initializer=np.ones((2, 3)))
    for v in (a, b, c, d):
        np.testing.assert_array_equal(v, np.ones((2, 3)))
    assert a.dtype == b.dtype == d.dtype == "float64" and c.dtype == "float32"
    for wrong, text in (
        (lambda: nn.Variable("ones"), "`shape` argument"),
        (lambda: nn.Variable(), "`shape` argument"),
        (lambda: nn.Variable([1.0], aggregation="total"), "aggregation='total'"),
        (lambda: nn.Variable([1.0], synchronization="late"), "synchronization='late'"),
    ):
        with pytest.raises(ValueError, match=text):
            wrong()
