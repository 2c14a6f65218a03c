"""Notebooks that `run` takes: cells, magics, values shown, files that are none."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from autograd_nn import cli, compat
from autograd_nn.compat.notebooks import without_magics
from autograd_nn.nn.datasets.errors import DataError


def notebook(path: Path, *sources: str, **metadata: Any) -> Path:
    """One of the format of today."""
    told = [{"cell_type": "markdown", "source": ["!not run\n"]}]
    told += [{"cell_type": "code", "source": s.splitlines(keepends=True)} for s in sources]
    path.write_text(json.dumps({"cells": told, "metadata": metadata, "nbformat": 4}))
    return path


def test_cells_run_in_their_order_and_show_what_they_end_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(
        tmp_path / "a.ipynb",
        "%matplotlib inline\nfrom keras.layers import Dense\nx = 1",
        "def f():\n    return x + Dense(3).units\n",
        "x = 2\nf()",
        "f();",
        "None",
        "",
        "display('shown')",
    )
    names = compat.run(path)
    assert capsys.readouterr().out == "5\nshown\n"
    assert names["x"] == 2 and names["__name__"] == "__main__"
    assert cli.main(["run", str(path)]) == 0


def test_what_a_shell_would_do_is_left_out_and_told(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "a.ipynb",
        "!pip install keras \\\n  numpy\nfiles = !ls\n%cd ..\nx = len(files)\n?x\nx?",
        "%%bash\nrm -rf x\n",
        "%%timeit -n 1 -r1\ny = x + 1",
        "if y:\n    %timeit -n1 -r 1 z = y + 1\n    !echo {z}",
        "get_ipython().run_line_magic('time', 'w = z + 1')\nget_ipython().magic('cd ..')",
        f"%%writefile {tmp_path / 'made.py'}\nmade = 'it''s'\n",
    )
    with pytest.warns(UserWarning, match="left out.*!pip install keras numpy; !ls; %cd") as told:
        names = compat.run(path)
    assert [names[n] for n in "xyzw"] == [0, 1, 2, 3]
    assert "!echo {z}; and 1 more" in str(told[0].message)
    assert (tmp_path / "made.py").read_text() == "made = 'it''s'\n"


@pytest.mark.parametrize(
    "source",
    ["x = '''\n%time\n!ls\n'''", "x = (7\n% 4)", "print('what?')", "# !ls", "'''a?'''"],
)
def test_what_python_reads_is_left_as_it_is(source: str) -> None:
    assert without_magics(source) == (source, [])


def test_lines_keep_their_places(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", "%matplotlib inline\n\n1 / 0")
    with pytest.raises(ZeroDivisionError) as raised:
        compat.run(path)
    last = raised.traceback[-1]
    assert (last.lineno, str(last.statement).strip()) == (2, "1 / 0")
    wrong = notebook(tmp_path / "b.ipynb", "x = 1", "print 'of then'")
    with pytest.raises(SyntaxError, match="cell 2"):
        compat.run(wrong)


def test_a_notebook_of_years_ago(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [{"cell_type": "code", "input": ["x = 3\n", "y = 4"]}]
    path.write_text(json.dumps({"metadata": {}, "nbformat": 3, "worksheets": [{"cells": cells}]}))
    names = compat.run(path)
    assert names["x"] == 3 and names["y"] == 4


def test_its_classes_may_be_pickled_within(tmp_path: Path) -> None:
    source = "import pickle\nclass A: pass\nb = pickle.loads(pickle.dumps(A())).__class__ is A"
    assert compat.run(notebook(tmp_path / "a.ipynb", source))["b"] is True
    assert pickle.dumps(0)


@pytest.mark.parametrize(
    "text", ["x = 3", "[]", "{}", '{"cells": [{}], "metadata": {}}', "[" * 9999, ""]
)
def test_what_is_no_notebook_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    with pytest.raises(DataError, match="no notebook"):
        compat.run(path)
    assert cli.main(["run", str(path)]) == cli.MISUSED


def test_a_notebook_of_another_language_is_told(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", "x <- 3", kernelspec={"language": "R"})
    with pytest.raises(DataError, match="a notebook of R"):
        compat.run(path)


def test_a_script_exported_from_a_notebook(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("get_ipython().run_line_magic('matplotlib', 'inline')\nx = 3\n")
    assert compat.run(path)["x"] == 3
    path.write_text("try:\n    get_ipython\nexcept NameError:\n    x = 4\n")
    assert compat.run(path)["x"] == 4
    path.write_text("get_ipython().system('pip install x')\ny = get_ipython().getoutput('ls')\n")
    with pytest.warns(UserWarning, match="left out.*!pip install x; !ls"):
        assert compat.run(path)["y"] == []
