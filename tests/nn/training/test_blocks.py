"""Batches that come one by one and run several at a time: as if each were run when it came."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.training import blocks as room
from autograd_nn.nn.training.blocks import blocks, sees_a_model
from autograd_nn.nn.training.feeds import plain_parts

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3)).astype("float32")
Y = X[:, :1] * 2 - 1


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks end by what is in them, however slow the machine is."""
    monkeypatch.setattr(room, "QUICK", 60.0)


def model(*inside):
    nn.set_random_seed(3)
    made = nn.Sequential([nn.Input((3,)), nn.Dense(4, activation="tanh"), *inside, nn.Dense(1)])
    made.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    return made


def batches(*sizes):
    ends = list(itertools.accumulate(sizes))
    return [(X[e - n : e], Y[e - n : e]) for n, e in zip(sizes, ends, strict=True)]


def joined(data, take=lambda b: b, ahead=lambda: True):
    def cleaned(batch):
        x, y, w = plain_parts(batch)
        return take(room.Given.of((x, y, w)))

    return [(b.given.n, b.size, b.batches) for b in blocks(data, cleaned, plain_parts, ahead)]


@pytest.mark.parametrize("sizes, found", [
    ((5, 5, 5), [(15, 5, 3)]),
    ((5, 5, 2), [(12, 5, 3)]),
    ((5, 2, 5), [(7, 5, 2), (5, 5, 1)]),
    ((2, 5, 5, 1), [(2, 2, 1), (11, 5, 3)]),
])  # fmt: skip
def test_blocks_are_of_batches_of_one_size(sizes, found):
    assert joined(batches(*sizes)) == found


def test_other_kinds_and_forms_begin_another_block():
    a, b = batches(5, 5)
    other = [a, (b[0].astype("float64"), b[1]), b, (b[0][:, :2], b[1]), (b[0], b[1], b[1][:, 0])]
    assert joined(other) == [(5, 5, 1)] * 5
    assert joined([a, b, a], ahead=lambda: False) == [(5, 5, 1)] * 3


def test_large_batches_stay_alone(monkeypatch):
    monkeypatch.setattr(room, "PART", 2 * (X[:5].nbytes + Y[:5].nbytes))
    assert joined(batches(5, 5, 5)) == [(10, 5, 2), (5, 5, 1)]
    assert joined(batches(12, 12)) == [(12, 12, 1)] * 2


@pytest.mark.parametrize("sizes", [(8,) * 6, (8, 8, 3, 8, 8, 5), (1,) * 9, (20, 4, 4, 4)])
def test_training_is_that_of_each_batch_by_itself(sizes):
    one, several = model(), model()
    for x, y in batches(*sizes):
        one.train_on_batch(x, y)
    several.fit(iter(batches(*sizes)), verbose=0)
    for a, b in zip(one.get_weights(), several.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(several.optimizer.iterations.numpy()) == len(sizes)


def test_a_source_may_use_its_arrays_again():
    def refilled():
        x, y = np.empty_like(X[:8]), np.empty_like(Y[:8])
        for a, b in batches(8, 8, 8, 8):
            x[:], y[:] = a, b
            yield x, y

    wanted, found = model(), model()
    wanted.fit(iter(batches(8, 8, 8, 8)), verbose=0)
    found.fit(refilled(), verbose=0)
    np.testing.assert_array_equal(found.get_weights()[0], wanted.get_weights()[0])


@pytest.mark.parametrize("what, error", [
    ("a source that breaks", RuntimeError), ("a batch with NaN", ValueError),
])  # fmt: skip
def test_what_came_before_an_error_was_trained_on(what, error):
    def source():
        yield from batches(8, 8, 8)
        if error is RuntimeError:
            raise RuntimeError("the file ends here")
        yield np.full_like(X[:8], np.nan), Y[:8]
        yield from batches(8)

    broken = model()
    with pytest.raises(error):
        broken.fit(source(), verbose=0)
    assert int(broken.optimizer.iterations.numpy()) == 3


def test_who_sees_the_model_makes_a_batch_after_the_one_before():
    seen, watched = [], model()

    def source():
        for batch in batches(*(8,) * 6):
            seen.append(int(watched.optimizer.iterations.numpy()))
            yield batch

    watched.fit(source(), verbose=0)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_a_batch_without_a_part_is_refused_wherever_it_comes():
    for given in ([()], [*batches(8, 8), ()]):
        with pytest.raises(ValueError, match="received"):
            model().fit(iter(given), verbose=0)


def test_a_batch_of_which_a_part_is_of_another_form_leaves_those_before_it():
    a, b, c = batches(5, 5, 5)
    seen = []
    joined([a, b, (c[0], c[1].astype("float64"))], take=lambda g: seen.append(g.arrays[0]) or g)
    np.testing.assert_array_equal(seen[0], np.concatenate([a[0], b[0]]))
    np.testing.assert_array_equal(seen[1], c[0])


@pytest.mark.parametrize("most", [1, 8])
def test_room_for_several_is_made_only_where_several_may_be_taken(most):
    held = room.Held(plain_parts, most)
    assert held.add(batches(5)[0]) and held.full is (most == 1) and bool(held.places) is (most > 1)


def test_draws_of_a_source_and_of_steps_come_in_turn(monkeypatch):
    def source():
        for _ in range(6):
            x = nn.random.normal((8, 3)).numpy()
            yield x, x[:, :1]

    class Noisy(nn.Layer):
        def call(self, inputs):
            return inputs + nn.random.normal((1, 4))

    found = []
    for most in (1, 64):
        monkeypatch.setattr(room, "MOST", most)
        made = model(Noisy())
        made.fit(source(), verbose=0)
        found.append(made.get_weights()[0])
    np.testing.assert_array_equal(*found)


def test_what_no_batch_is_to_blame_for_is_raised_behind_them():
    looked = []

    def interrupted(given):
        looked.append(given.n)
        if looked == [15]:
            raise TimeoutError("an alarm's handler")
        return given

    with pytest.raises(TimeoutError, match="alarm"):
        joined(batches(5, 5, 5), take=interrupted)
    assert looked == [15, 5, 5, 5]


def test_a_dataset_whose_own_iterator_ends_does_not_end_the_pass_unsaid():
    class Ending(nn.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, k):
            return next(self.source)

    given = Ending()
    given.source = iter(batches(8, 8))
    with pytest.raises(RuntimeError, match="StopIteration"):
        model().fit(given, shuffle=False, verbose=0)


def test_a_generator_goes_on_where_the_call_before_left_it():
    endless, seen = itertools.cycle(batches(8, 8, 8)), []

    def source():
        for batch in endless:
            seen.append(batch[0][0, 0])
            yield batch

    made, given = model(), source()
    for steps in (2, 3):
        made.fit(given, steps_per_epoch=steps, verbose=0)
        made.evaluate(given, steps=1, verbose=0)
    assert seen == [X[8 * (k % 3), 0] for k in range(7)]


def test_callbacks_on_batches_meet_each():
    done = []
    hook = nn.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: done.append(batch))
    model().fit(iter(batches(8, 8, 8)), verbose=0, callbacks=[hook])
    assert done == [0, 1, 2]


class Held(nn.utils.PyDataset):
    def __init__(self, what):
        super().__init__()
        self.what = what


def test_who_sees_a_model():
    made, plain = model(), {"x": X}
    assert sees_a_model(Held({"a": [made]})) and not sees_a_model(Held(plain))
    assert sees_a_model(map(made.predict, [X])) and not sees_a_model(map(len, [X]))
    assert sees_a_model(zip([X], (made(x) for x in [X]), strict=True))
    assert not sees_a_model(zip([X], [Y], strict=True))
