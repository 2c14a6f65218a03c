"""Where messages go, what tracebacks show, and how far a trial run goes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from autograd_nn import nn

X, Y = np.ones((6, 2), "float32"), np.ones((6, 1), "float32")


@pytest.fixture
def model() -> nn.Sequential:
    made = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    made.compile("sgd", "mse", run_eagerly=True)
    return made


@pytest.fixture
def logged() -> Iterator[None]:
    nn.config.disable_interactive_logging()
    yield
    nn.config.enable_interactive_logging()


@pytest.mark.usefixtures("logged")
def test_what_fit_and_callbacks_say_goes_to_the_log(
    model: nn.Sequential, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture
) -> None:
    assert not nn.utils.is_interactive_logging_enabled()
    early = nn.EarlyStopping(monitor="loss", min_delta=1e9, patience=1, verbose=1)
    with caplog.at_level(logging.INFO, "autograd_nn"):
        model.fit(X, Y, epochs=5, callbacks=[early])
    said = [r.getMessage() for r in caplog.records]
    assert said[0] == "Epoch 1/5" and said[1].startswith("1/1 - 0s - ")
    assert said[-1] == "Epoch 2: early stopping"
    assert not capsys.readouterr().out


def test_messages_are_printed_once_they_are_enabled_again(
    model: nn.Sequential, capsys: pytest.CaptureFixture
) -> None:
    nn.utils.disable_interactive_logging()
    nn.utils.enable_interactive_logging()
    assert nn.config.is_interactive_logging_enabled()
    model.fit(X, Y, epochs=1)
    assert "1/1" in capsys.readouterr().out


def test_filtered_tracebacks_have_only_the_lines_of_the_script(
    model: nn.Sequential, capsys: pytest.CaptureFixture
) -> None:
    before = sys.excepthook
    try:
        model(np.ones((1, 3)))
    except ValueError as error:
        raised = error
    nn.config.enable_traceback_filtering()
    try:
        assert nn.config.is_traceback_filtering_enabled()
        sys.excepthook(type(raised), raised, raised.__traceback__)
    finally:
        nn.config.disable_traceback_filtering()
    assert sys.excepthook is before and not nn.config.is_traceback_filtering_enabled()
    text = capsys.readouterr().err
    assert str(raised) in text and text.count("  File ") == 1 and __file__ in text


@pytest.mark.parametrize("data", ["arrays", "stream"])
def test_a_trial_run_is_bounded(model: nn.Sequential, data: str) -> None:
    class Batches(nn.utils.PyDataset):
        def __len__(self) -> int:
            return 6

        def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
            return X[i : i + 1], Y[i : i + 1]

    seen: list[int] = []
    count = nn.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    given = (Batches(),) if data == "stream" else (X, Y)
    options = {} if data == "stream" else {"batch_size": 1}
    nn.config.set_max_epochs(2)
    nn.config.set_max_steps_per_epoch(3)
    try:
        assert (nn.config.max_epochs(), nn.config.max_steps_per_epoch()) == (2, 3)
        model.fit(*given, epochs=9, verbose=0, callbacks=[count], **options)
        assert len(model.predict(X, batch_size=1, verbose=0)) == 3
    finally:
        nn.config.set_max_epochs(None)
        nn.config.set_max_steps_per_epoch(None)
    assert seen == [0, 1, 2] * 2


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", True])
def test_a_bound_is_a_whole_number_above_0(value: object) -> None:
    for setting in (nn.config.set_max_epochs, nn.config.set_max_steps_per_epoch):
        with pytest.raises((TypeError, ValueError), match="max_"):
            setting(value)
    assert nn.config.max_epochs() is None and nn.config.max_steps_per_epoch() is None


def test_attention_made_from_now_on_is_told_of_the_setting() -> None:
    assert nn.config.is_flash_attention_enabled() is None
    nn.config.disable_flash_attention()
    try:
        assert nn.layers.MultiHeadAttention(1, 2)._flash_attention is False
        assert nn.config.is_flash_attention_enabled() is False
    finally:
        nn.config.enable_flash_attention()
    assert nn.config.is_flash_attention_enabled() is None


@pytest.mark.parametrize(
    ("dtype", "floats", "ints"),
    [("float16", 1, 0), ("float64", 1, 0), ("int8", 0, 1), ("uint32", 0, 1), ("bool", 0, 0),
     ("complex64", 0, 0), (None, 1, 0)],
)  # fmt: skip
def test_kinds_of_dtypes(dtype: str | None, floats: bool, ints: bool) -> None:
    assert nn.backend.is_float_dtype(dtype) == floats
    assert nn.backend.is_int_dtype(dtype) == ints
