"""FeatureSpace: columns of every kind side by side, adapted, within models, in files; bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from autograd_nn import nn
from autograd_nn.nn import layers

Space = nn.utils.FeatureSpace
rng = np.random.default_rng(0)
N = 12
DATA = {
    "f": rng.normal(size=N), "n": rng.normal(5, 2, N), "r": rng.normal(size=N),
    "d": rng.normal(size=N), "i": np.arange(N) % 5, "ih": np.arange(N) * 7,
    "s": rng.choice(["a", "b", "c"], N), "sh": rng.choice(["u", "v"], N),
    "t": rng.choice(["hello you", "good bye you"], N),
}  # fmt: skip
N_WORDS = 5  # hello, good, bye, you and one for others


def features() -> dict:
    return {
        "f": "float", "n": "float_normalized", "r": Space.float_rescaled(2.0, 1.0),
        "d": Space.float_discretized(4), "i": "integer_categorical", "ih": "integer_hashed",
        "s": "string_categorical", "sh": Space.string_hashed(3),
        "t": Space.feature("string", layers.TextVectorization(output_mode="multi_hot"), "float"),
    }  # fmt: skip


def space(**options) -> Space:
    made = Space(features(), crosses=[("s", "i"), Space.cross(("d", "sh"), 6)], **options)
    made.adapt(DATA)
    return made


def test_few_values_make_no_narrower_code() -> None:
    made = Space({"a": Space.float_discretized(6)})
    made.adapt({"a": [0.0, 0.5, 1.0]})
    assert len(made.preprocessors["a"].bin_boundaries) < 5
    assert made({"a": [0.2, 0.9]}).shape == (2, 6)


def test_each_feature_is_what_its_layer_gives():
    found = {k: v.numpy() for k, v in space(output_mode="dict")(DATA).items()}
    assert list(found) == [*sorted(DATA), "d_X_sh", "s_X_i"]
    column = {k: v[:, None] for k, v in DATA.items()}
    np.testing.assert_allclose(found["f"], column["f"], rtol=1e-6)
    scaled = (DATA["n"] - DATA["n"].mean()) / DATA["n"].std()
    np.testing.assert_allclose(found["n"][:, 0], scaled, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["r"], 2 * column["r"] + 1, rtol=1e-6)
    sizes = {"d": 4, "i": 6, "ih": 32, "s": 4, "sh": 3, "d_X_sh": 6, "s_X_i": 32}
    for name, size in sizes.items():
        assert found[name].shape == (N, size)
        np.testing.assert_array_equal(found[name].sum(axis=1), 1)
    np.testing.assert_array_equal(found["t"].sum(axis=1), [len(t.split()) for t in DATA["t"]])
    same = DATA["s"] == DATA["s"][0]
    assert (found["s"][same] == found["s"][0]).all()
    assert (found["s"][~same] != found["s"][0]).any(axis=1).all()
    crossed = layers.HashedCrossing(6)(
        [layers.Discretization(space().preprocessors["d"].bin_boundaries)(column["d"]),
         layers.Hashing(3)(column["sh"])]
    ).numpy()  # fmt: skip
    np.testing.assert_array_equal(found["d_X_sh"].argmax(axis=1), crossed[:, 0])


def test_it_takes_tables_batches_and_single_samples():
    made = space()
    whole = made(DATA).numpy()
    assert whole.shape == (N, 3 + 4 + 6 + 32 + 4 + 3 + N_WORDS + 6 + 32)
    np.testing.assert_array_equal(made(pd.DataFrame(DATA)).numpy(), whole)
    np.testing.assert_array_equal(made({k: list(v) for k, v in DATA.items()}).numpy(), whole)
    one = made({k: v[3] for k, v in DATA.items()}).numpy()
    np.testing.assert_array_equal(one, whole[3])
    parts = [{k: v[i : i + 5] for k, v in DATA.items()} for i in range(0, N, 5)]
    for data in (pd.DataFrame(DATA), iter(parts), ((p, 0) for p in parts)):
        other = Space(features(), crosses=[("s", "i"), Space.cross(("d", "sh"), 6)])
        other.adapt(data)
        np.testing.assert_allclose(other(DATA).numpy(), whole, rtol=1e-6)


@pytest.mark.parametrize("ending", ["agnn", "keras"])
def test_files_hold_what_it_learned(ending, tmp_path):
    made = space()
    made.save(tmp_path / f"space.{ending}")
    again = nn.models.load_model(tmp_path / f"space.{ending}")
    np.testing.assert_array_equal(again(DATA).numpy(), made(DATA).numpy())


def test_a_model_of_raw_columns(tmp_path):
    made, y = space(), np.arange(N) % 2
    inputs = made.get_inputs()
    ends = made.get_encoded_features()
    nn.set_random_seed(3)
    head = nn.Dense(1, activation="sigmoid")
    model = nn.Model(inputs, head(ends))
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(pd.DataFrame(DATA), y, epochs=2, verbose=0, shuffle=False)
    nn.set_random_seed(3)
    plain = nn.Sequential([nn.Dense(1, activation="sigmoid")])
    plain.compile("sgd", "binary_crossentropy", run_eagerly=True)
    wanted = plain.fit(made(DATA).numpy(), y, epochs=2, verbose=0, shuffle=False)
    np.testing.assert_allclose(history.history["loss"], wanted.history["loss"], rtol=1e-5)
    p = model.predict(DATA, verbose=0)
    within = nn.Model(inputs, head(made(inputs)))  # called as a layer
    np.testing.assert_allclose(within.predict(DATA, verbose=0), p, rtol=1e-6)
    within.save(tmp_path / "m.keras")
    again = nn.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(DATA, verbose=0), within.predict(DATA, verbose=0))


def test_what_needs_no_adapting_is_ready():
    made = Space({"a": "float", "b": Space.float_discretized(3, bin_boundaries=[0.0, 1.0])})
    found = made({"a": [2.0, 3.0], "b": [-1.0, 7.0]})
    assert found.tolist() == [[2.0, 1.0, 0.0, 0.0], [3.0, 0.0, 0.0, 1.0]]


BAD = {
    "no features": (lambda: Space({}), "cannot be None or empty"),
    "another kind": (lambda: Space({"a": "flaot"}), "'float'"),
    "another output": (lambda: Space({"a": "float"}, output_mode="list"), "Received: output_mode"),
    "another mode": (lambda: Space.string_hashed(3, "multi"), "output_mode=multi"),
    "an unknown cross": (lambda: Space({"a": "float"}, crosses=[("a", "b")]), "unknown features"),
    "no room to cross": (
        lambda: Space({"a": "float"}, crosses=[("a", "a")], crossing_dim=0), "crossing_dim"),
    "too early": (lambda: Space({"a": "string_categorical"})({"a": ["x"]}), "adapt"),
    "no dict": (lambda: space()([1.0]), "only be called with a dict"),
    "a lacking column": (lambda: space()({"f": [1.0]}), "without the feature 'n'"),
    "no table to learn from": (
        lambda: Space({"a": "float_normalized"}).adapt([1.0, 2.0]), "Received instead"),
    "nothing to learn from": (lambda: Space({"a": "float_normalized"}).adapt(iter(())), "no data"),
    "indices side by side": (
        lambda: Space({"a": Space.string_hashed(3, "int")})({"a": ["x"]}), "output_mode='dict'"),
    "numbers as places": (
        lambda: Space({"a": Space.feature("float32", layers.Identity(), "one_hot")}).get_inputs(),
        "integer dtype"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_a_space(case):
    call, text = BAD[case]
    with pytest.raises(ValueError, match=text):
        call()
