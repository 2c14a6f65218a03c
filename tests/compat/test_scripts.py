"""Scripts of old run as they are, with Keras's names meaning ours."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import cli, compat, nn
from autograd_nn.engine.program.target.cpu.asking import compiling

NEEDED = {  # by what they say
    "sklearn": "sklearn", "pandas": "pandas", "matplotlib": "matplotlib", "_img(": "PIL",
    "from PIL": "PIL",
    ".h5": "h5py", ".hdf5": "h5py",
}  # fmt: skip
SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of MNIST, 16 pictures of noise to train and 8 to test with, and of a few texts."""
    home, draw = tmp_path_factory.mktemp("home"), np.random.default_rng(1)
    (home / "datasets").mkdir()
    parts: dict[str, Any] = {}
    for part, n in ("train", 16), ("test", 8):
        parts[f"x_{part}"] = draw.integers(0, 256, (n, 28, 28)).astype("uint8")
        parts[f"y_{part}"] = np.arange(n, dtype="uint8") % 10
    np.savez(home / "datasets" / "mnist.npz", **parts)
    few_texts(home / "datasets")
    return home


def few_texts(folder: Path) -> None:
    """Texts of IMDB's and Reuters's form where data sets are looked for."""
    rng = np.random.default_rng(0)
    x = np.empty(20, dtype=object)
    x[:] = [rng.integers(1, 60, rng.integers(3, 9)).tolist() for _ in x]
    y = np.arange(20) % 2
    np.savez(folder / "imdb.npz", x_train=x, y_train=y, x_test=x[:8], y_test=y[:8])
    np.savez(folder / "reuters.npz", x=x, y=np.arange(20) % 3)
    ranks = {f"w{rank}": rank for rank in range(1, 60)}
    (folder / "imdb_word_index.json").write_text(json.dumps(ranks))


@pytest.fixture(autouse=True)
def settings_of_its_own(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    # Kernels that are made behind, for other tests as well, are made in a thread that may set back
    # the filters of warnings of its time, which are the process's.
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    monkeypatch.setenv("AUTOGRAD_NN_HOME", str(data))
    compile = nn.Model.compile
    monkeypatch.setattr(  # what is looked at is names: compiling kernels would take minutes
        nn.Model, "compile", lambda *args, **more: compile(*args, **{**more, "run_eagerly": True})
    )
    np.random.seed(1)
    nn.set_random_seed(1)
    before = nn.backend.image_data_format()
    with compiling.lock:
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
        warnings.simplefilter("ignore")  # each old name is told: nn/names/test_old_names.py looks
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


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda tf: tf.GradientTape().watch(3), "watch received int"),
        (lambda tf: tf.Session().run(tf.keras.Input((2,))), "nothing was fed"),
        (lambda tf: tf.data.Dataset.list_files("none*"), "'none\\*'"),
        (lambda tf: tf.image.decode_png(b"", channels=2), "channels=2"),
    ],
)
def test_what_stands_for_nothing_here_is_told(wrong: Callable[[Any], Any], told: str) -> None:
    with compat.install_as():
        import tensorflow as tf

        with pytest.raises((TypeError, ValueError), match=told):
            wrong(tf)


def test_sizes_one_by_one_are_a_kernel_where_keras_itself_is_imported() -> None:
    with compat.install_as():
        import tensorflow as tf

        assert tf.keras.layers.Conv2D(4, 3, 3).strides == (3, 3)  # TensorFlow's took no others
        import keras

        with pytest.warns(DeprecationWarning, match=r"a kernel of \(3, 3\)"):
            assert keras.layers.Conv2D(4, 3, 3).strides == (1, 1)
        with pytest.warns(DeprecationWarning, match="kernel_size=3 and strides=2"):
            assert keras.layers.Conv2D(4, 3, 2).strides == (2, 2)
        assert keras.layers.Conv2D(4, 3, 3, padding="same").strides == (3, 3)
    assert nn.Conv2D(4, 3, 3).strides == (3, 3)


def test_scipy_has_the_names_of_numpy_so_long() -> None:
    scipy = pytest.importorskip("scipy")
    with compat.install_as("keras"):
        from scipy import fft, interp

        assert interp(0.5, [0, 1], [2, 4]) == scipy.zeros(1)[0] + 3
        assert fft.__name__ == "scipy.fft" and scipy.misc.imread.__name__ == "imread"
    assert "misc" not in vars(scipy)
    assert "interp" not in vars(scipy)


def test_versions_and_small_letters_are_those_of_keras_2() -> None:
    with compat.install_as():
        import keras
        import tensorflow as tf

        assert keras.__version__ == tf.keras.__version__ == tf.__version__ == tf.version.VERSION
        assert "2.4" <= tf.__version__ < "3"  # as scripts compare them
        assert keras.optimizers.rmsprop is nn.optimizers.RMSprop
