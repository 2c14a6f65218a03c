"""Scripts of old run as they are, with Keras's names meaning ours."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import cli, compat, nn

NEEDED = {"sklearn": "sklearn", "_img(": "PIL", ".h5": "h5py", ".hdf5": "h5py"}  # by what they say
SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which MNIST's file has 16 pictures to train and 8 to test with, of noise."""
    home, draw = tmp_path_factory.mktemp("home"), np.random.default_rng(1)
    (home / "datasets").mkdir()
    parts: dict[str, Any] = {}
    for part, n in ("train", 16), ("test", 8):
        parts[f"x_{part}"] = draw.integers(0, 256, (n, 28, 28)).astype("uint8")
        parts[f"y_{part}"] = np.arange(n, dtype="uint8") % 10
    np.savez(home / "datasets" / "mnist.npz", **parts)
    return home


@pytest.fixture(autouse=True)
def settings_of_its_own(
    tmp_path: Path, digits: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRAD_NN_HOME", str(digits))
    compile = nn.Model.compile
    monkeypatch.setattr(  # what is looked at is names: compiling kernels would take minutes
        nn.Model, "compile", lambda *args, **more: compile(*args, **{**more, "run_eagerly": True})
    )
    np.random.seed(1)
    before = nn.backend.image_data_format()
    yield
    nn.backend.set_image_data_format(before)
    nn.utils.clear_session()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs_unedited(path: Path) -> None:
    text = path.read_text()
    for needs, module in NEEDED.items():
        if needs in text:
            pytest.importorskip(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # each old name is told; tests/nn/test_old_names.py looks
        compat.run(path)
    assert not [n for n in sys.modules if n.partition(".")[0] in ("keras", "tensorflow")]


def test_the_command_runs_a_script_with_its_arguments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys, keras\nprint(sys.argv[1:], keras.layers.Dense(3).units)\n")
    assert cli.main(["run", str(script), "a", "--b"]) == 0
    assert capsys.readouterr().out == "['a', '--b'] 3\n"
    assert cli.main(["run", str(tmp_path / "none.py")]) == cli.MISUSED


def test_a_module_that_nothing_stands_for_is_told() -> None:
    with compat.install_as("keras"), pytest.raises(ModuleNotFoundError, match="keras.nothing"):
        import keras.nothing  # noqa: F401
    with pytest.raises(ValueError, match="'theano'"):
        compat.install_as("theano")
