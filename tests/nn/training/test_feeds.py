"""Data that comes batch by batch: from generators, datasets and loaders, natively like arrays."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


def model(**options):
    nn.set_random_seed(3)
    made = nn.Sequential([nn.Input((3,)), nn.Dense(4, activation="tanh"), nn.Dense(1)])
    made.compile(loss="mse", optimizer="adam", metrics=["mae"], **options)
    return made


def endless(size=8, weights=False):
    while True:
        for i in range(0, 40, size):
            batch = X[i : i + size], Y[i : i + size]
            yield (*batch, np.ones(len(batch[0]))) if weights else batch


class Data(nn.utils.PyDataset):
    def __init__(self, size=8):
        super().__init__()
        self.size, self.ended, self.seen = size, 0, []

    def __len__(self):
        return -(-40 // self.size)

    def __getitem__(self, i):
        self.seen.append(i)
        return X[i * self.size : (i + 1) * self.size], Y[i * self.size : (i + 1) * self.size]

    def on_epoch_end(self):
        self.ended += 1


class Loader:
    """What a loader of another framework looks like: it gives lists of tensors."""

    batch_sampler = None

    class Array:
        def __init__(self, a):
            self.a = a

        def detach(self):
            return self

        def numpy(self):
            return self.a

    def __len__(self):
        return 5

    def __iter__(self):
        return ([self.Array(a) for a in batch] for batch in islice(endless(), 5))


def same(a, b):
    assert a.history.keys() == b.history.keys()
    for key in a.history:
        np.testing.assert_allclose(a.history[key], b.history[key], rtol=1e-5)


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("source", [endless, Data, Loader], ids=lambda s: s.__name__)
def test_a_stream_trains_as_its_arrays_do(source, eager) -> None:
    steps = {"steps_per_epoch": 5} if source is endless else {}
    plain, streamed = model(run_eagerly=eager), model(run_eagerly=eager)
    a = plain.fit(X, Y, batch_size=8, epochs=4, shuffle=False, verbose=0)
    b = streamed.fit(source(), epochs=4, shuffle=False, verbose=0, **steps)
    same(a, b)
    for v, w in zip(plain.get_weights(), streamed.get_weights(), strict=True):
        np.testing.assert_allclose(v, w, rtol=1e-5, atol=1e-7)


def test_an_uneven_last_batch_weights_and_callbacks() -> None:
    seen = []

    class Watching(nn.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((batch, sorted(logs)))

    m = model()
    m.fit(Data(16), epochs=1, verbose=0, callbacks=[Watching()])
    assert seen == [(i, ["loss", "mae"]) for i in range(3)]
    m.fit(endless(weights=True), steps_per_epoch=2, verbose=0, class_weight={0: 1.0, 1: 2.0})
    data = Data()
    m.fit(data, epochs=2, verbose=0)
    assert data.ended == 2 and sorted(data.seen) == sorted([*range(5)] * 2)
    assert data.seen[:5] != data.seen[5:] or data.seen[:5] != [0, 1, 2, 3, 4]


def test_validation_evaluation_and_prediction() -> None:
    m = model()
    a = m.fit(X, Y, verbose=0, validation_data=Data()).history
    assert "val_loss" in a
    arrays = m.evaluate(X, Y, batch_size=8, verbose=0)
    np.testing.assert_allclose(m.evaluate(Data(), verbose=0), arrays, rtol=1e-5)
    np.testing.assert_allclose(m.evaluate(endless(), steps=5, verbose=0), arrays, rtol=1e-5)
    b = m.fit(X, Y, verbose=0, validation_data=endless(), validation_steps=5, epochs=2).history
    assert len(b["val_loss"]) == 2
    expected = m.predict(X, verbose=0)
    np.testing.assert_allclose(m.predict(Data(), verbose=0), expected, rtol=1e-5, atol=1e-6)
    found = m.predict(iter([X[:8], X[8:]]), verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_generator_that_ends() -> None:
    m = model()
    with pytest.warns(UserWarning, match="ended after 2 batches"):
        m.fit(islice(endless(), 2), steps_per_epoch=4, verbose=0)
    history = m.fit(islice(endless(), 3), verbose=0)
    assert len(history.history["loss"]) == 1


@pytest.mark.parametrize("steps", [None, 2])
def test_no_epoch_is_told_of_a_generator_that_is_used_up(steps) -> None:
    m, seen = model(), []
    ends = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    with pytest.warns(UserWarning, match="no batch for epoch 2, so that training ends"):
        history = m.fit(
            islice(endless(), 2), steps_per_epoch=steps, epochs=4, verbose=0, callbacks=[ends]
        )
    assert seen == [0] and len(history.history["loss"]) == 1


def test_an_average_of_no_batch_is_refused() -> None:
    m = model()
    with pytest.raises(ValueError, match="gave no batch in this pass.*PyDataset"):
        m.fit(X, Y, validation_data=islice(endless(), 2), epochs=2, verbose=0)
    assert m.history.history["loss"] and m.history.epoch == [0]
    batches = islice(endless(), 2)
    once = type("Once", (), {"__iter__": lambda self: batches})()
    with pytest.raises(ValueError, match="the Once gave no batch"):
        m.fit(once, epochs=2, verbose=0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.fit(endless(), Y, steps_per_epoch=1), "targets or weights beside it"),
        (lambda m: m.fit(endless(), validation_split=0.5, steps_per_epoch=1), "validation_data"),
        (lambda m: m.fit(iter(())), "without a batch"),
        (lambda m: m.fit(endless(), steps_per_epoch=0), "steps_per_epoch"),
        (lambda m: m.fit(iter([(X, Y), (X, Y, Y[:, 0])]), verbose=0), "another structure"),
        (lambda m: m.fit(iter([(X[:, :2], Y)])), "shape"),
        (lambda m: m.fit(iter([(X, Y, None, Y)])), "4 parts.*Put several inputs together"),
    ],
)
def test_bad_streams(call, words) -> None:
    with pytest.raises(ValueError, match=words):
        call(model())


class Endless(nn.utils.PyDataset):
    """Batches numbered from 0, or so many of them as it is told."""

    def __init__(self, many: Any = None) -> None:
        super().__init__()
        self.many, self.asked = many, list[int]()

    @property
    def num_batches(self) -> Any:
        return self.many

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        return np.full((2, 3), index, "float32"), np.zeros((2, 1), "float32")


def test_a_data_set_may_say_its_batches_or_have_no_end() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    data = Endless()
    model.fit(data, steps_per_epoch=2, epochs=2, shuffle=True, verbose=0)
    assert data.asked == [0, 1, 2, 3]
    assert model.predict(Endless(), steps=3, verbose=0).shape == (6, 1)
    told = Endless(3)
    model.fit(told, epochs=2, shuffle=False, verbose=0)
    assert told.asked == [0, 1, 2] * 2
    for method, stop in (
        ("fit", "train"), ("evaluate", "test"), ("predict", "predict")
    ):  # fmt: skip
        data, ends = Endless(), {"train": "training", "test": "evaluating", "predict": "predicting"}

        class Stop(nn.Callback):
            def on_batch(self, batch: int, logs: Any = None, end: str = ends[stop]) -> None:
                setattr(self.model, f"stop_{end}", batch == 3)

        setattr(Stop, f"on_{stop}_batch_end", Stop.on_batch)
        getattr(model, method)(data, callbacks=[Stop()], verbose=0)
        assert data.asked == [0, 1, 2, 3]
    with pytest.raises(NotImplementedError, match="expected a __len__"):
        model.fit(nn.utils.PyDataset())


def test_a_dataset_may_set_how_many_batches_it_has():
    class Counted(nn.utils.PyDataset):
        def __init__(self, num_batches):
            super().__init__()
            self.num_batches = num_batches

        def __len__(self):
            return self.num_batches

        def __getitem__(self, i):
            seen.append(i)
            return np.ones((2, 3), "float32"), np.ones((2, 1), "float32")

    seen = []
    model = nn.Sequential([nn.Dense(1, input_dim=3)])
    model.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    model.fit(Counted(3), shuffle=False, verbose=0)
    assert seen[-2:] == [1, 2] and Counted(5).num_batches == 5
