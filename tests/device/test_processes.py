"""Two processes are as one; what they disagree about, and the end of one, are told in both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

from autograd_nn import nn  # noqa: E402
from tests.device.kills import free, goes_on, killed, start, told  # noqa: E402
from tests.device.models import X, Y, small, states, trained  # noqa: E402


def ended(processes: list[Any], folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """What they printed, and what each of them has written."""
    try:
        said = [p.communicate(timeout=150)[0] for p in processes]
    finally:
        for p in processes:
            p.kill()
            p.communicate()
    assert [p.returncode for p in processes] == [0, 0], "\n".join(said)
    return said, [dict(np.load(folder / f"{rank}.npz")) for rank in (0, 1)]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, port = tmp_path_factory.mktemp("ranks"), free()
    return ended([start(rank, port, folder, "alike") for rank in (0, 1)], folder)


def test_two_processes_are_as_one(both: Any) -> None:
    said, (first, second) = both
    for name, value in first.items():
        if value.dtype.kind == "f":
            np.testing.assert_array_equal(value, second[name], err_msg=name)
    rate = nn.callbacks.LearningRateScheduler(lambda epoch: 0.001 * (epoch + 1))
    model, history = trained("cpu", callbacks=[rate])
    for k, x in enumerate(states(model)):
        np.testing.assert_allclose(first[f"state{k:02}"], x, rtol=1e-12, atol=1e-13)
    for name, values in history.items():
        np.testing.assert_allclose(first[f"history_{name}"], values, rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(first["predicted"], model.predict(X, verbose=0), rtol=1e-11)
    np.testing.assert_allclose(first["tested"], model.evaluate(X, Y, verbose=0), rtol=1e-11)


def test_the_first_alone_calls_back_and_prints(both: Any) -> None:
    said, found = both
    assert said[0].count("epoch 2\n") == 1 and "Epoch 3/9" in said[0] and "Epoch 4/9" not in said[0]
    assert "poch" not in said[1]
    assert len(found[1]["history_shown"]) == 3, "what a callback adds to the logs all have"


def test_what_they_disagree_about(both: Any) -> None:
    for found in both[1]:
        assert "different samples" in str(found["samples"])
        assert "different programs" in str(found["programs"])
        assert str(found["interrupted"]) == "KeyboardInterrupt: "


@pytest.mark.parametrize("victim", [0, 1])
def test_the_end_of_one_ends_the_other(tmp_path: Path, victim: int) -> None:
    """`kills` does it at random times. JAX alone would abort the other where the first is gone."""
    took, status, said = killed(tmp_path, victim, 0.1, epoch=1)
    assert status != 0 and took < 50, said
    assert told(victim, said), said
    assert goes_on(tmp_path)


def test_one_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    """Its program was shorter than that of the others, or raised something between two calls."""
    both = [start(rank, port, tmp_path, "early") for port in [free()] for rank in (0, 1)]
    try:
        said = [p.communicate(timeout=100)[0] for p in both]
    finally:
        for p in both:
            p.kill()
            p.communicate()
    assert "ConnectionError: process 0 of 2 has ended. The tensors are as before" in said[1]
    assert [p.returncode for p in both] == [0, 1]


def test_a_training_goes_on_with_more_processes(tmp_path: Path) -> None:
    """`goes_on` is the other way round."""
    backup = nn.callbacks.BackupAndRestore(tmp_path / "backup.agn", delete_checkpoint=False)
    small("cpu", epochs=2, callbacks=[backup])
    said, found = ended([start(rank, port, tmp_path, "5") for port in [free()] for rank in (0, 1)],
                        tmp_path)  # fmt: skip
    assert "epoch 1\n" not in said[0] and "epoch 2\n" in said[0]
    for k, x in enumerate(states(small("cpu", epochs=5))):
        for one in found:
            np.testing.assert_allclose(one[f"state{k:02}"], x, rtol=1e-12, atol=1e-13)


def test_a_process_by_itself_has_nobody_to_wait_for() -> None:
    with pytest.raises(ValueError, match="received process_id='one'"):
        nn.distribution.initialize("127.0.0.1:1", 2, "one")  # type: ignore[arg-type]
