"""Callbacks that reduce rates, write files, send logs, show bars, swap averages; and their list."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import callbacks
from tests.nn.training.classifier import X, Y, made


class Holder:
    """As much of a model as a callback sees."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer, self.metrics = optimizer, ()


# Written down from Keras 3.15: the rate at the end of each epoch, by the losses logged.
PLATEAUS: list[tuple[dict[str, Any], list[float], list[float]]] = [
    ({"patience": 2, "factor": 0.5}, [3, 2, 2, 2, 2, 2, 1, 1, 1],
     [8, 8, 8, 4, 4, 2, 2, 2, 1]),
    ({"patience": 1, "factor": 0.5, "cooldown": 2}, [3, 3, 3, 3, 3, 3, 3, 3],
     [8, 4, 4, 2, 2, 1, 1, 0.5]),
    ({"patience": 1, "factor": 0.5, "min_lr": 3.0}, [3, 3, 3, 3, 3], [8, 4, 3, 3, 3]),
    ({"patience": 1, "factor": 0.5, "min_delta": 0.5}, [3, 2.8, 2.4, 2.2], [8, 4, 4, 2]),
    ({"patience": 2, "factor": 0.5, "mode": "max"}, [3, 4, 4, 4, 5], [8, 8, 8, 4, 4]),
]  # fmt: skip


@pytest.mark.parametrize("options, losses, rates", PLATEAUS)
def test_the_rate_falls_on_a_plateau(
    options: dict[str, Any], losses: list[float], rates: list[float]
) -> None:
    reduce = callbacks.ReduceLROnPlateau("loss", **options)
    reduce.set_model(Holder(nn.SGD(8.0)))
    for _ in range(2):  # a second training begins anew
        reduce.model.optimizer.learning_rate = 8.0
        reduce.on_train_begin()
        found = []
        for epoch, loss in enumerate(losses):
            logs = {"loss": loss}
            reduce.on_epoch_end(epoch, logs)
            found.append(float(reduce.model.optimizer.learning_rate))
            assert logs["learning_rate"] == ([8.0, *found])[epoch]
        assert found == rates


def test_a_plateau_in_fit_stands_in_the_history(capsys: pytest.CaptureFixture[str]) -> None:
    model = made()
    model.compile("sgd", "mse", run_eagerly=True)
    reduce = callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.1, min_delta=9.0, verbose=1)
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=reduce).history
    np.testing.assert_allclose(history["learning_rate"], [0.01, 0.01, 0.001])
    assert "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.001" in capsys.readouterr().out
    several = nn.optimizers.MultiOptimizer(lambda w: nn.SGD(0.5, name=w.name))
    model.compile(several, "mse", run_eagerly=True)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=reduce)
    np.testing.assert_allclose([float(o.learning_rate) for o in several.optimizers], 0.05)
    model.compile(nn.SGD(nn.optimizers.schedules.Noam(4)), "mse", run_eagerly=True)
    with pytest.raises(ValueError, match="is itself a schedule"):
        model.fit(X, Y, epochs=3, verbose=0, callbacks=reduce)


def logged(logger: Any, *epochs: dict[str, Any], first: int = 0) -> list[str]:
    logger.on_train_begin()
    for epoch, logs in enumerate(epochs, first):
        logger.on_epoch_end(epoch, logs)
    logger.on_train_end()
    return Path(logger.filename).read_text().splitlines()


def test_logs_as_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    logger = callbacks.CSVLogger(str(path))
    found = logged(logger, {"loss": 0.5, "acc": np.float32(0.25)}, {"acc": 1, "loss": 0.1})
    assert found == ["epoch,acc,loss,val_acc,val_loss", "0,0.25,0.5,NA,NA", "1,1,0.1,NA,NA"]
    rows = {"loss": np.array([1, 2]), "val_loss": "a,b"}
    assert logged(logger, rows) == ["epoch,loss,val_loss", '0,"[1, 2]","a,b"']
    semicolons = callbacks.CSVLogger(path, separator=";")
    assert logged(semicolons, {"val_a": 1}) == ["epoch;val_a", "0;1"]


def test_a_file_is_continued_in_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    logged(callbacks.CSVLogger(path), {"b": 1, "val_a": 2})
    with path.open("a") as f:
        f.write("1,0.")  # a process was killed here
    more = callbacks.CSVLogger(path, append=True)
    with pytest.warns(UserWarning, match="no columns .* for c, which are left out"):
        found = logged(more, {"val_a": 4, "c": 5, "b": 3}, first=2)
    assert found == ["epoch,b,val_a", "0,1,2", "2,3,4"]
    path.write_text("something else\n")
    with pytest.raises(ValueError, match="begins with 'epoch'"):
        more.on_train_begin()
    assert path.read_text() == "something else\n"
    path.unlink()
    assert logged(more, {"val_a": 1}) == ["epoch,val_a", "0,1"]


def test_a_fit_writes_one_line_an_epoch(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    history = made().fit(X, Y, epochs=2, verbose=0, validation_data=(X[:4], Y[:4]),
                         callbacks=callbacks.CSVLogger(path)).history  # fmt: skip
    lines = [line.split(",") for line in path.read_text().splitlines()]
    assert lines[0] == ["epoch", *sorted(history)]
    for epoch in range(2):
        assert lines[1 + epoch] == [str(epoch), *(str(history[k][epoch]) for k in lines[0][1:])]


@pytest.fixture
def server() -> Any:
    seen: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            seen.append((self.path, self.headers["X-Key"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    found = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}", seen
    found.shutdown()
    thread.join()
    found.server_close()


def test_logs_are_sent_to_a_server(server: Any) -> None:
    root, seen = server
    plain = callbacks.RemoteMonitor(root, headers={"X-Key": "k"})
    plain.on_epoch_end(3, {"loss": np.float32(0.5)})
    callbacks.RemoteMonitor(root, "/here", send_as_json=True).on_epoch_end(4, {"loss": 1.0})
    assert [path for path, _, _ in seen] == ["/publish/epoch/end/", "/here"] and seen[0][1] == "k"
    assert json.loads(parse_qs(seen[0][2])["data"][0]) == {"epoch": 3, "loss": 0.5}
    assert json.loads(seen[1][2]) == {"epoch": 4, "loss": 1.0}


def test_a_server_that_is_not_there_is_no_end_of_training() -> None:
    with pytest.warns(UserWarning, match="could not reach .* Training goes on"):
        callbacks.RemoteMonitor("http://127.0.0.1:9", timeout=1).on_epoch_end(0, {})


@pytest.mark.parametrize("wrap", [lambda o: o, nn.optimizers.LossScaleOptimizer])
@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_averages_are_evaluated_and_end_in_the_model(wrap: Any, swap_on_epoch: bool) -> None:
    model = made()
    optimizer = wrap(nn.SGD(0.1, use_ema=True, ema_momentum=0.9))
    model.compile(optimizer, "mse", run_eagerly=True)
    x, y, plain, averages = X[:64], Y[:64], [], []

    class Note(nn.Callback):
        def on_test_begin(self, logs: Any = None) -> None:
            averages.append(model.get_weights())

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            plain.append(model.get_weights())

    swap = callbacks.SwapEMAWeights(swap_on_epoch)
    model.fit(x, y, epochs=2, verbose=0, validation_data=(x, y), callbacks=[swap, Note()])
    for i in range(2):
        same = all(np.array_equal(a, b) for a, b in zip(plain[i], averages[i], strict=True))
        assert same is swap_on_epoch
    for w, average in zip(model.get_weights(), averages[-1], strict=True):
        np.testing.assert_array_equal(w, average)
    model.predict(x, verbose=0, callbacks=[swap])
    for w, average in zip(model.get_weights(), averages[-1], strict=True):
        np.testing.assert_array_equal(w, average)


def test_there_have_to_be_averages_to_swap() -> None:
    model = made()
    model.fit(X[:32], Y[:32], verbose=0)
    with pytest.raises(ValueError, match="expected an optimizer with use_ema=True"):
        model.evaluate(X[:32], Y[:32], verbose=0, callbacks=callbacks.SwapEMAWeights())


def test_a_bar_of_ones_own_is_the_only_one(capsys: pytest.CaptureFixture[str]) -> None:
    model = made()
    model.fit(X[:64], Y[:64], epochs=2, verbose=2)
    told = capsys.readouterr().out
    model = made()
    model.fit(X[:64], Y[:64], epochs=2, verbose=2, callbacks=callbacks.ProgbarLogger())
    mine = capsys.readouterr().out
    heads = [line.split(" - ")[0] for line in mine.splitlines()]
    assert heads == ["Epoch 1/2", "2/2", "Epoch 2/2", "2/2"]
    assert len(told.splitlines()) == len(mine.splitlines())
    model.evaluate(X[:64], Y[:64], verbose=2, callbacks=callbacks.ProgbarLogger())
    assert capsys.readouterr().out.count("2/2") == 1


def test_a_list_of_callbacks_for_loops_of_ones_own() -> None:
    seen: list[Any] = []
    note = nn.LambdaCallback(
        on_train_begin=lambda logs: seen.append(("begin", logs)),
        on_batch_end=lambda batch, logs: seen.append((batch, logs)),
        on_epoch_end=lambda epoch, logs: logs.update(seen=epoch),
    )
    model = made()
    several = callbacks.CallbackList([note], add_history=True, model=model, verbose=0, epochs=2)
    assert [type(c) for c in several] == [nn.LambdaCallback, nn.History]
    several.on_train_begin()
    several.on_train_batch_end(0, {"loss": 1.0})
    several.on_batch_end(1, logs={"loss": 2.0})
    several.on_epoch_end(0, {"loss": 3.0})
    assert seen == [("begin", {}), (0, {"loss": 1.0}), (1, {"loss": 2.0})]
    history = list(several)[1]
    assert history.history == {"loss": [3.0], "seen": [0]} and history.model is model
    assert note.params == {"verbose": 0, "epochs": 2}
    stop = nn.callbacks.TerminateOnNaN()
    several.append(stop)
    several.on_train_batch_end(2, {"loss": float("nan")})
    assert model.stop_training and stop.model is model
    with pytest.raises(AttributeError, match="expected a hook's name"):
        several.on_lunch()


@pytest.mark.parametrize("call, error, words", [
    (lambda: callbacks.ReduceLROnPlateau(factor=1.0), ValueError, "a number below 1"),
    (lambda: callbacks.ReduceLROnPlateau(min_lr=-1), ValueError, "min_lr=-1"),
    (lambda: callbacks.ReduceLROnPlateau(cooldown=0.5), TypeError, "cooldown=0.5"),
    (lambda: callbacks.ReduceLROnPlateau(monitor=3), TypeError, "ReduceLROnPlateau('val_loss')"),
    (lambda: callbacks.CSVLogger("a.csv", separator=", "), ValueError, "one character"),
    (lambda: callbacks.CSVLogger("a.csv").on_epoch_end(0), RuntimeError, "on_train_begin first"),
    (lambda: callbacks.RemoteMonitor("file:///etc"), ValueError, "http:// or https://"),
])  # fmt: skip
def test_arguments_that_cannot_be(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


@pytest.mark.parametrize("raises", [False, True])
def test_data_that_are_not_finite_end_training_where_a_callback_sees_to_it(raises: bool) -> None:
    model = nn.Sequential([nn.Input((1,)), nn.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [np.inf]])
    with pytest.raises(ValueError, match="expected finite numbers"):
        model.fit(x, y, verbose=0)
    seen: list[int] = []
    told = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    given = [callbacks.TerminateOnNaN(raise_error=raises), told]

    def fit() -> None:
        model.fit(x, y, epochs=3, batch_size=1, shuffle=False, verbose=0, callbacks=given)

    if raises:
        with pytest.raises(RuntimeError, match="NaN or Inf loss encountered at batch 1"):
            fit()
    else:
        fit()
        assert seen == [0, 1]
    with pytest.raises(ValueError, match="expected finite numbers"):
        model.evaluate(x, y, verbose=0)


def test_several_as_one_are_given_to_every_method() -> None:
    seen: list[str] = []
    note = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append("epoch"))
    note.on_test_end = lambda logs=None: seen.append("test")
    model = nn.Sequential([nn.Input((1,)), nn.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 1)), np.zeros((4, 1))
    model.fit(x, y, epochs=2, verbose=0, callbacks=callbacks.CallbackList([note]))
    model.evaluate(x, y, verbose=0, callbacks=callbacks.CallbackList(note))
    model.predict(x, verbose=0, callbacks=callbacks.CallbackList())
    assert seen == ["epoch", "epoch", "test"] and note.model is model


def test_what_callbacks_say_of_themselves() -> None:
    assert callbacks.EarlyStopping("val_accuracy").monitor_op is nn.ops.greater
    assert callbacks.ReduceLROnPlateau("loss").monitor_op is nn.ops.less
    assert callbacks.EarlyStopping("val_mystery").monitor_op is None
    assert callbacks.LambdaCallback(helper=len).helper is len
    with pytest.raises(TypeError, match="Did you mean 'on_epoch_end'"):
        callbacks.LambdaCallback(on_epoch_ends=print)
    with pytest.raises(ValueError, match="backup_dir=None"):
        callbacks.BackupAndRestore(None)
    for callback in (callbacks.LearningRateScheduler(lambda epoch: 1.0),
                     callbacks.ReduceLROnPlateau("loss", patience=0, mode="max")):  # fmt: skip
        model = nn.Sequential([nn.Input((1,)), nn.Dense(1)])
        model.compile(nn.SGD(nn.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)), "mse")
        for kind in (TypeError, ValueError):
            with pytest.raises(kind, match="itself a schedule"):
                model.fit(np.ones((2, 1)), np.zeros((2, 1)), epochs=3, verbose=0,
                          callbacks=[callback])  # fmt: skip
