"""The progress bar, with a clock and streams of the test's own."""

from __future__ import annotations

import io
import sys
import types

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.training.progress import ProgressBar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def plain(monkeypatch):
    """No colours, and a terminal wide enough."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")


def no_logs() -> dict:
    raise AssertionError("the logs were asked for although nothing was due")


def lines(stream: io.StringIO) -> list[str]:
    """What a terminal would show: what follows a carriage return overwrites the line."""
    shown = []
    for line in stream.getvalue().split("\n"):
        screen: list[str] = []
        for part in line.split("\r"):
            screen[: len(part)] = part
        shown.append("".join(screen).rstrip())
    return shown


def test_a_terminal_shows_keras_line(clock, plain):
    out = Terminal()
    bar = ProgressBar(3, 24, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    clock.now += 0.012
    bar.update(12, lambda: {"loss": 0.7, "accuracy": 0.5})
    assert lines(out)[1] == (
        "12/24 ━━━━━━━━━━           0s 1ms/step - accuracy: 0.5000 - loss: 0.7000"
    )
    bar.end_epoch({"loss": 0.66, "accuracy": 0.65}, 0.024)
    assert lines(out) == [
        "Epoch 1/3",
        "24/24 ━━━━━━━━━━━━━━━━━━━━ 0s 1ms/step - accuracy: 0.6500 - loss: 0.6600",
        "",
    ]


def test_updates_come_at_most_ten_times_a_second(clock, plain):
    out = Terminal()
    bar = ProgressBar(1, 1000, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    asked = []
    for step in range(1, 1001):
        clock.now += 0.001
        bar.update(step, lambda: asked.append(step) or {"loss": 1.0})  # noqa: B023
    assert 9 <= len(asked) <= 11


def test_throttling_holds_across_short_epochs(clock, plain):
    out = Terminal()
    bar = ProgressBar(50, 2, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    bar.update(1, dict)
    for epoch in range(1, 50):
        bar.begin_epoch(epoch)
        clock.now += 0.001
        bar.update(1, no_logs)


def test_a_log_file_gets_plain_lines_without_control_characters(clock):
    out = io.StringIO()
    bar = ProgressBar(2, 24, 1, stream=out, clock=clock)
    for epoch in range(2):
        bar.begin_epoch(epoch)
        for step in range(1, 25):
            clock.now += 1
            bar.update(step, no_logs)
        bar.end_epoch({"loss": 0.5, "val_loss": 2e-5}, 24.0)
    text = out.getvalue()
    assert text.splitlines() == [
        "Epoch 1/2",
        "24/24 - 24s - 1s/step - loss: 0.5000 - val_loss: 2.0000e-05",
        "Epoch 2/2",
        "24/24 - 24s - 1s/step - loss: 0.5000 - val_loss: 2.0000e-05",
    ]
    assert all(c == "\n" or ord(c) >= 32 for c in text)


def test_verbose_0_writes_nothing(clock):
    out = Terminal()
    bar = ProgressBar(2, 3, 0, stream=out, clock=clock)
    bar.begin_epoch(0)
    bar.update(1, no_logs)
    bar.end_epoch({"loss": 1.0}, 1.0)
    bar.close()
    assert out.getvalue() == ""


def test_verbose_2_on_a_terminal_moves_nothing(clock):
    out = Terminal()
    bar = ProgressBar(2, 3, 2, stream=out, clock=clock)
    bar.begin_epoch(1)
    clock.now += 5
    bar.update(1, no_logs)
    bar.end_epoch({"loss": 1.0}, 0.0006)
    assert out.getvalue() == "Epoch 2/2\n3/3 - 0s - 200us/step - loss: 1.0000\n"


@pytest.mark.parametrize("kind, moves", [(Terminal, True), (io.StringIO, False)])
def test_auto_moves_only_where_a_line_can_move(kind, moves, clock, plain):
    out = kind()
    bar = ProgressBar(2, 3, "auto", stream=out, clock=clock)
    bar.begin_epoch(0)
    bar.update(1, lambda: {"loss": 1.0})
    assert ("1/3" in out.getvalue()) is moves


def test_a_notebook_moves_without_escape_codes(clock, monkeypatch):
    out = io.StringIO()
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    bar = ProgressBar(2, 4, "auto", clock=clock)
    bar.begin_epoch(0)
    bar.update(1, lambda: {"loss": 1.0})
    assert "\r1/4 ━━━━━" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_evaluate_and_predict_have_no_header(clock, plain):
    out = Terminal()
    bar = ProgressBar(1, 3, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    bar.end_epoch({"loss": 1.0}, 0.3)
    assert "Epoch" not in out.getvalue()
    assert lines(out)[0] == "3/3 ━━━━━━━━━━━━━━━━━━━━ 0s 100ms/step - loss: 1.0000"


def test_a_single_epoch_of_training_can_have_a_header(clock, plain):
    out = Terminal()
    ProgressBar(1, 3, 1, header=True, stream=out, clock=clock).begin_epoch(0)
    assert out.getvalue() == "Epoch 1/1\n"


def test_colours_unless_told_otherwise(clock, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    coloured, dumb = Terminal(), Terminal()
    ProgressBar(1, 3, 1, stream=coloured, clock=clock).end_epoch({}, 1.0)
    monkeypatch.setenv("TERM", "dumb")
    ProgressBar(1, 3, 1, stream=dumb, clock=clock).end_epoch({}, 1.0)
    assert "\x1b[32m" in coloured.getvalue()
    assert "\x1b" not in dumb.getvalue()


def test_a_shorter_line_erases_the_longer_one(clock, plain):
    out = Terminal()
    bar = ProgressBar(1, 2, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    bar.update(1, lambda: {"a_long_name": 123456.0})
    bar.end_epoch({"b": 1.0}, 0.2)
    assert lines(out)[0].endswith("100ms/step - b: 1.0000")


def test_a_line_is_cut_to_the_terminals_width(clock, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    out = Terminal()
    bar = ProgressBar(1, 24, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    bar.update(1, lambda: {f"metric_{i}": 1.0 for i in range(9)})
    assert len(out.getvalue().lstrip("\r")) == 39


def test_time_left_while_it_runs_and_time_taken_at_the_end(clock, plain):
    out = Terminal()
    bar = ProgressBar(1, 100, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    clock.now += 50
    bar.update(10, dict)
    assert "7:30 5s/step" in lines(out)[0]
    bar.end_epoch({}, 4000.0)
    assert "1:06:40 40s/step" in lines(out)[0]


def test_an_unknown_number_of_steps(clock, plain):
    out = Terminal()
    bar = ProgressBar(1, None, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    clock.now += 1
    bar.update(5, dict)
    assert lines(out)[0].startswith("5/unknown ")
    bar.end_epoch({}, 1.0)
    assert lines(out)[0].startswith("5/5 ━━━━━━━━━━━━━━━━━━━━ 1s 200ms/step")


def test_a_stream_that_cannot_write_the_bar_gets_ascii(clock, plain):
    class Narrow(Terminal):
        encoding = "ascii"

    out = Narrow()
    ProgressBar(1, 3, 1, stream=out, clock=clock).end_epoch({}, 1.0)
    assert "====================" in out.getvalue()
    assert out.getvalue().isascii()


def test_close_ends_an_interrupted_line(clock, plain):
    out = Terminal()
    bar = ProgressBar(1, 3, 1, stream=out, clock=clock)
    bar.begin_epoch(0)
    bar.update(1, dict)
    bar.close()
    bar.close()
    assert out.getvalue().count("\n") == 1


def test_a_reader_who_leaves_does_not_stop_training(clock, plain):
    class Broken(Terminal):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    bar = ProgressBar(2, 3, 1, stream=Broken(), clock=clock)
    bar.begin_epoch(0)
    clock.now += 1
    bar.update(1, no_logs)
    bar.end_epoch({}, 1.0)


@pytest.mark.parametrize("verbose", [3, -1, "yes", None])
def test_another_verbose_is_an_error(verbose):
    with pytest.raises(ValueError, match=r"received verbose=.*expected 0, 1, 2 or 'auto'"):
        ProgressBar(1, 1, verbose)


def test_predictions_of_several_widths_are_no_logs(monkeypatch, plain):
    """What the bar of predict is asked for is none of the predictions, of whatever shapes."""
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr("autograd_nn.nn.training.progress.INTERVAL", 0.0)
    x = nn.Input((2,))
    model = nn.Model(x, [nn.layers.Dense(1)(x), nn.layers.Dense(3)(x)])
    narrow, wide = model.predict(np.ones((8, 2)), batch_size=2, verbose=1)
    assert narrow.shape == (8, 1) and wide.shape == (8, 3)
    assert "4/4" in lines(out)[-2] and "outputs" not in out.getvalue()
