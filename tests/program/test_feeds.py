"""A stream's batches run the program that batches of arrays run."""

from itertools import cycle

import numpy as np

from autograd_nn import nn

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def test_a_stream_runs_the_program_that_arrays_run() -> None:
    def model():
        nn.set_random_seed(3)
        made = nn.Sequential([nn.Input((3,)), nn.Dense(4, activation="tanh"), nn.Dense(1)])
        made.compile(loss="mse", optimizer="adam", metrics=["mae"], deterministic=True)
        return made

    plain, streamed = model(), model()
    batches = [(X[i : i + 8], Y[i : i + 8]) for i in range(0, 40, 8)]
    plain.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    streamed.fit(X, Y, batch_size=8, epochs=1, shuffle=False, verbose=0)
    programs = [p for s in streamed._steppers.values() for p in s.programs.values()]
    assert len(programs) == 1
    streamed.fit(cycle(batches), steps_per_epoch=5, epochs=2, verbose=0)
    assert [p for s in streamed._steppers.values() for p in s.programs.values()] == programs
    for v, w in zip(plain.get_weights(), streamed.get_weights(), strict=True):
        np.testing.assert_array_equal(v, w)
