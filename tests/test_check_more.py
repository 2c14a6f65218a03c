"""check_gradients where checkers fail: scalar results, low precision, plateaus, kinks, edges.

All seeds, all mistakes and all tables run where AUTOGRAD_NN_CHECKS is set; otherwise some of each.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import check_gradients, nn
from autograd_nn.cli import main
from tests import catalogue_more as more

ALL = bool(os.environ.get("AUTOGRAD_NN_CHECKS"))
SEEDS = range(10 if ALL else 1)
SURE = {**more.SMOOTH, **more.SMOOTH_32}


@pytest.mark.parametrize("name", SURE)
def test_what_is_right_is_called_correct(name):
    case = SURE[name]
    for seed in SEEDS:
        report = check_gradients(
            case.f, case.draw(np.random.default_rng(seed)), vjp=case.vjp, seed=seed
        )
        assert report, f"seed {seed}\n{report}"


@pytest.mark.parametrize("name", more.HARD)
def test_what_cannot_be_told_is_not_called_wrong(name):
    case = more.HARD[name]
    for seed in SEEDS:
        report = check_gradients(
            case.f, case.draw(np.random.default_rng(seed)), vjp=case.vjp, seed=seed
        )
        assert report or (report.verdict == "inconclusive" and report.note), (
            f"seed {seed}\n{report}"
        )


@pytest.mark.parametrize("k, name", list(enumerate(SURE)))
def test_no_kind_of_mistake_is_missed(k, name):
    case = SURE[name]
    x = case.draw(np.random.default_rng(5))
    for i, (mistake, make) in enumerate(more.MISTAKES.items()):
        wrong = make(case.vjp)
        if (ALL or (i + k) % 9 == 0) and more.differs(case, wrong, x):
            report = check_gradients(case.f, x, vjp=wrong)
            assert report.verdict == "wrong", f"{mistake}\n{report}"


@pytest.mark.parametrize("k, name", list(enumerate(more.HARD)))
def test_no_mistake_is_called_correct_where_it_is_hard_to_tell(k, name):
    case = more.HARD[name]
    x = case.draw(np.random.default_rng(5))
    for i, (mistake, make) in enumerate(more.MISTAKES.items()):
        wrong = make(case.vjp)
        if (ALL or (i + k) % 9 == 0) and more.differs(case, wrong, x):
            report = check_gradients(case.f, x, vjp=wrong)
            assert not report or not more.contradicted(case, wrong, x), f"{mistake}\n{report}"


@pytest.mark.parametrize(
    "name, mistake, contradicted",
    [
        ("saturated by 20.0", "zero", True),
        ("saturated by 80.0", "zero", False),
        ("many ties", "heaviest off by 2 per mille", True),
        ("a weak kink", "one per mille", True),
        ("kinks that meet", "sum in place of each", False),
    ],
)
def test_the_catalogue_knows_which_mistakes_are_derivatives_too(name, mistake, contradicted):
    case = more.HARD[name]
    x = case.draw(np.random.default_rng(5))
    assert more.contradicted(case, more.MISTAKES[mistake](case.vjp), x) == contradicted


def test_a_derivative_that_is_lost_is_open_with_its_reason():
    for factor in (1.0, 1.5, 1e3):
        report = check_gradients(lambda x: 1e17 + x, np.ones(3), vjp=lambda x, g, c=factor: c * g)
        assert report.verdict == "inconclusive" and "too small to be told from it" in report.note


def test_zeros_by_cancellation_are_no_lost_derivatives():
    x = np.array([0.3, -1.2, 2.5])
    assert check_gradients(lambda x: ag.sum(ag.softmax(x)), x)
    assert check_gradients(lambda x: ag.sum(x - ag.mean(x)), x)


@pytest.mark.parametrize("rule", [np.abs, np.sign, np.round, lambda g: np.clip(g, -1, 1)])
def test_rules_not_linear_in_the_cotangent_are_told_at_exact_ties(rule):
    x = np.array([2.0, 2.0, 2.0, 1.0])
    report = check_gradients(np.max, x, vjp=lambda x, g: rule(g) * (x == x.max()) / 3)
    assert report.verdict == "wrong" and "not linear in the cotangent" in report.cause


def test_a_small_part_of_a_tie_is_held_to_the_sum_of_its_parts():
    x = np.array([2.0, 2.0, 2.0, 1.0])
    assert check_gradients(np.max, x, vjp=lambda x, g: g * np.array([0.5, 0.25, 0.25, 0]))
    for off in (1e-4, -1e-3):
        parts = np.array([0.5 + off, 0.25, 0.25, 0])
        assert check_gradients(np.max, x, vjp=lambda x, g, p=parts: g * p).verdict == "wrong"


@pytest.mark.parametrize("name", ["arccosh", "arccos", "arcsin", "arctanh", "log1p"])
@pytest.mark.parametrize("distance", [1e-6, 1e-10, 1e-14])
def test_a_small_mistake_near_an_edge_is_not_called_correct(name, distance):
    f = getattr(ag, name)
    x = np.array([{"arccosh": 1 + distance, "log1p": -1 + distance}.get(name, 1 - distance)])
    for factor in (0.0, 0.9999, 1.0002):
        case = more.taped(f, more.normal(1))
        vjp = more.on_answer(lambda c, k=factor: k * c)(case.vjp)
        assert not check_gradients(case.f, x, vjp=vjp)


def test_a_scalar_rule_that_ignores_its_cotangent_is_told_by_its_cause():
    report = check_gradients(lambda x: (x * x).sum(), np.ones(3), vjp=lambda x, g: 2 * x)
    assert report.verdict == "wrong" and "not linear in the cotangent" in report.cause


@pytest.mark.parametrize("f", [ag.arccos, ag.arcsin, lambda x: ag.sqrt(1 - x**2)])
def test_near_the_edge_of_a_domain(f):
    assert check_gradients(f, np.array([1 - 1e-10]))


@pytest.mark.parametrize("size", [20.0, 40.0, 100.0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_loss_that_is_sure(size, dtype):
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    report = check_gradients(lambda z: loss([1], z), np.array([[0.0, size]], dtype))
    assert report.verdict != "wrong", report


def test_float32_only_mistakes_of_a_thousandth():
    @ag.custom_op(vjp=lambda g, y, x: g * ag.cos(x) * (1.0 if x.dtype == np.float64 else 1.001))
    def sine(x):
        return np.sin(x)

    x = np.array([0.3, 1.0, 2.0])
    assert check_gradients(sine, x)
    report = check_gradients(sine, x.astype("float32"))
    assert report.verdict == "wrong" and "in the inputs' own dtype" in str(report)


def test_kinks_that_meet_are_open():
    report = check_gradients(lambda x: ag.sum(2 * ag.relu(x) - ag.relu(-x)), np.array([0.0]))
    assert report.verdict == "inconclusive" and "kinks meet" in report.note


def test_state_that_shows_late():
    count = iter(range(10**6))
    report = check_gradients(
        lambda x: x * (1.0 if next(count) < 20 else 2.0), np.ones(3), vjp=lambda x, g: g
    )
    assert report.verdict == "non-deterministic"


def test_an_input_that_is_written_to_is_fresh_each_time():
    def square(x):
        y = x * x
        x[:] = 0
        return y

    assert check_gradients(square, np.array([1.0, 2.0]), vjp=lambda x, g: 2 * g * x)


def test_numbers_too_small_are_open():
    assert check_gradients(lambda x: x * x, np.array([1e-200])).verdict == "inconclusive"


def test_custom_ops_of_ufuncs():
    sine = ag.custom_op(vjp=lambda g, y, x: g * ag.cos(x))(np.sin)
    add = ag.custom_op(vjp=lambda g, y, a, b: (g, g))(np.add)
    assert check_gradients(sine, np.array([1.0, 2.0]))
    assert check_gradients(add, np.ones(2), np.ones(2))


# ---- tables as they come, through the command line ----------------------------------------------


def tables():
    """20 tables in the manner of real ones: columns, and a target."""
    r = np.random.default_rng(0)
    n = r.standard_normal
    two, many = np.arange(24) % 2, np.arange(40) % 12
    onehot = np.eye(4)[np.arange(24) % 4]
    yield "plain", n((24, 3)), two
    yield "rows of zeros", n((24, 3)) * (np.arange(24) % 3 > 0)[:, None], two
    yield "mostly zeros", n((24, 6)) * (r.random((24, 6)) < 0.1), two
    yield "one-hot", onehot, two
    yield "one-hot and a quantity", np.c_[onehot, n(24)], n(24)
    yield "a constant column", np.c_[n((24, 2)), np.full(24, 7.0)], two
    yield "constant columns only", np.ones((24, 2)), two
    yield "a column of zeros", np.c_[n((24, 2)), np.zeros(24)], two
    yield "tiny", 1e-8 * n((24, 3)), two
    yield "huge", 1e8 * n((24, 3)), two
    yield "mixed scales", n((24, 4)) * 10.0 ** np.array([-6, 0, 3, 6]), two
    yield "a huge target", n((24, 3)), 1e6 * n(24)
    yield "few rows", n((4, 3)), np.arange(4) % 2
    yield "many classes", n((40, 3)), many
    yield "duplicates", np.repeat(n((6, 3)), 4, axis=0), np.repeat(np.arange(6) % 2, 4)
    yield "whole numbers", r.integers(0, 5, (24, 4)), two
    yield "years and money", np.c_[r.integers(1950, 2020, 24), 1e5 * r.random(24)], n(24)
    yield "separable", np.c_[two * 100.0 - 50, n(24)], two
    yield "one class is rare", n((24, 3)), (np.arange(24) == 0) * 1
    yield "wide", n((12, 30)), np.arange(12) % 3


@pytest.mark.parametrize(
    "i, table", list(enumerate(tables())), ids=lambda t: t[0] if type(t) is tuple else ""
)
def test_a_table_is_never_called_wrong(i, table, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")  # three epochs are sooner over than compiled
    if not ALL and i % 4 != 1:
        pytest.skip("AUTOGRAD_NN_CHECKS runs all")
    _, x, y = table
    lines = [",".join([*(f"c{k}" for k in range(x.shape[1])), "target"])]
    lines += [
        ",".join([*(repr(float(v)) for v in row), str(t)]) for row, t in zip(x, y, strict=True)
    ]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    status = main([
        "--csv", str(tmp_path / "table.csv"), "--target", "target", "--epochs", "3",
        "--verbose", "0", "--output", str(tmp_path / "curves.png"),
    ])  # fmt: skip
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert "gradients correct" in shown or "gradients inconclusive" in shown
