"""What other libraries dropped is lent while Keras's names are, and taken back."""

from __future__ import annotations

import collections
import io
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn


def test_names_come_back_for_so_long() -> None:
    before = set(vars(np)), set(vars(time)), set(vars(collections))
    with compat.install_as():
        old: Any = np
        assert np.zeros(2, old.float).dtype == np.float64 and old.asscalar(np.ones(1)) == 1.0
        with warnings.catch_warnings(action="ignore"):  # some NumPys have them still, and warn
            assert old.trapz([1.0, 3.0]) == 2.0 and old.in1d([[1], [2]], [2]).tolist() == [0, 1]
            assert old.row_stack([[1], [2]]).ndim == 2 and old.alltrue([True])
            assert old.bool8 is np.bool_
        assert old.bool is np.bool  # which is there, and stays as it is
        assert issubclass(dict, collections.Mapping)  # type: ignore[attr-defined]
        assert time.clock() <= time.clock()  # type: ignore[attr-defined]
    assert (set(vars(np)), set(vars(time)), set(vars(collections))) == before


def test_six_is_found_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == "six"]:
        monkeypatch.delitem(sys.modules, name)
    there = [finder for finder in sys.meta_path]
    monkeypatch.setattr(sys, "meta_path", [Without(there)])
    with compat.install_as():
        import six  # type: ignore[import-untyped]
        from six.moves import cPickle, xrange, zip_longest
        from six.moves import range as r  # type: ignore[import-untyped]
        from six.moves.urllib.parse import urljoin  # type: ignore[import-untyped]

        assert r is xrange is range and list(six.iteritems({1: 2})) == [(1, 2)]
        assert cPickle.loads(cPickle.dumps(3)) == 3 and urljoin("a/b", "c") == "a/c"
        assert list(zip_longest([1], [])) == [(1, None)]
        with pytest.raises(ModuleNotFoundError, match="six.moves.winreg"):
            import six.moves.winreg  # noqa: F401
    assert "six" not in sys.modules


class Without:
    """Finds what these do, but for ``six``."""

    def __init__(self, finders: list[Any]) -> None:
        self.finders = finders

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] == "six":
            return None
        found = (f.find_spec(name, path, target) for f in self.finders)
        return next((spec for spec in found if spec is not None), None)


def test_modules_that_were_moved() -> None:
    selection = pytest.importorskip("sklearn.model_selection")
    with compat.install_as():
        from sklearn.cross_validation import train_test_split  # type: ignore[import-not-found]
        from sklearn.grid_search import GridSearchCV  # type: ignore[import-not-found]
    assert train_test_split.__module__ == selection.train_test_split.__module__
    assert GridSearchCV is selection.GridSearchCV
    with pytest.raises(ModuleNotFoundError):
        import sklearn.grid_search  # noqa: F401


def test_pictures_as_scipy_had_them(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    with compat.install_as():
        from scipy.misc import imread, imresize, imsave, toimage  # type: ignore[import-untyped]
    x = np.array([[-1.0, 0.0], [0.5, 1.0]])
    imsave(tmp_path / "x.png", x)
    assert imread(tmp_path / "x.png", flatten=True).tolist() == [[0, 128], [191, 255]]
    assert imread(tmp_path / "x.png").shape == (2, 2, 3)
    whole = np.arange(12, dtype="uint8").reshape(2, 2, 3)
    imsave(tmp_path / "w.png", whole)
    assert np.array_equal(imread(tmp_path / "w.png"), whole)  # bytes are as they are
    for size in (200, 2.0, (4, 4)):
        assert imresize(whole, size, interp="nearest")[::2, ::2].tolist() == whole.tolist()
    assert toimage(np.zeros((3, 4, 5))).size == (5, 4)


def test_functions_take_what_they_took() -> None:
    pandas = pytest.importorskip("pandas")
    before = re.split, pandas.read_csv
    with compat.install_as():
        assert re.split(r"(\W+)?", "Mary went.") == ["Mary", " ", "went", ".", ""]
        assert re.split(r"(\W+)?", "a b", maxsplit=1) == before[0](r"(\W+)?", "a b", maxsplit=1)
        assert re.split("x*", "axb") == before[0]("x*", "axb")
        table = pandas.read_csv(io.StringIO("1 2  3\n4 5 6"), delim_whitespace=True, header=None)
        assert table.shape == (2, 3)
    assert (re.split, pandas.read_csv) == before


def test_functions_of_modules_that_come_later(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "from sklearn.utils import class_weight\n"
        "from sklearn.datasets import load_boston\n"
        "shares = class_weight.compute_class_weight('balanced', np.unique([0, 1]), [0, 1, 1])\n"
        "rows = load_boston().data.shape\n"
        "from sklearn.model_selection import KFold, StratifiedKFold\n"
        "same = [list(K(n_splits=2, random_state=7).split([[0]] * 4, [0, 0, 1, 1]))\n"
        "        for K in (KFold, StratifiedKFold)]\n"
        "from sklearn import cross_validation\n"
        "rows = cross_validation.KFold(4, n_folds=2)\n"
        "even = cross_validation.StratifiedKFold(y=[0, 0, 1, 1], n_folds=2, shuffle=True)\n"
        "assert len(rows) == 2 and rows[0][1].tolist() == same[0][0][1].tolist() == [0, 1]\n"
        "assert all(sorted(i // 2 for i in test) == [0, 1] for _, test in even)\n"
        "rows = load_boston().data.shape\n"
        "from sklearn.grid_search import GridSearchCV\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "search = GridSearchCV(LogisticRegression(), {'C': [1.0]}, scoring='log_loss', cv=2)\n"
        "loss = search.fit([[0], [1], [0], [1]], [0, 1, 1, 0]).best_score_\n"
    )
    code = (
        "import sys, numpy as np\n"
        "from autograd_nn import compat\n"
        "assert 'sklearn' not in sys.modules\n"
        "from autograd_nn.nn.datasets import boston_housing\n"
        "rows = (np.ones((4, 13)), np.ones(4))\n"
        "boston_housing.load_data = lambda test_split: (rows, rows)\n"
        f"found = compat.run({str(script)!r})\n"
        "assert found['shares'].tolist() == [1.5, 0.75] and found['rows'] == (4, 13)\n"
        "assert found['loss'] < 0\n"
        "from sklearn.utils.class_weight import compute_class_weight\n"
        "try:\n    compute_class_weight('balanced', np.unique([0, 1]), [0, 1, 1])\n"
        "except TypeError:\n    pass\n"
        "else:\n    raise AssertionError('the function was not given back')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_tensor_of_probabilities_draws() -> None:
    shares = nn.ops.softmax(nn.ops.convert_to_tensor(np.arange(7, dtype="float32")))
    with compat.install_as("keras"):
        assert np.random.choice(7, p=np.squeeze(shares)) in range(7)
