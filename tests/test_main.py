"""The main job, in the process and as a command: its output, its options, its errors."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd_nn import __main__, cli

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_whole_job(capsys):
    code, out, err = run(capsys, "--epochs", 2, "--verbose", 2)
    assert code == 0 and err == ""
    assert "Total params: 221" in out
    assert re.search(r"^Epoch 2/2\n24/24 - .*acc: 0\.\d{4} - loss: \d\.\d{4}$", out, re.M)
    assert re.search(r"^acc: \d\d\.\d\d%$", out, re.M)
    predictions = re.search(r"^\[([01], ){23}[01]\]$", out, re.M)
    assert predictions
    assert re.search(r"^gradients correct: 7 inputs", out, re.M)
    assert Path("learning_curves.png").read_bytes().startswith(b"\x89PNG")


def test_it_learns(capsys):
    code, out, _ = run(capsys, "--verbose", 0)
    found = re.search(r"^acc: (\d+\.\d\d)%$", out, re.M)
    assert code == 0 and found is not None
    assert float(found[1]) > 70  # 65.1% is what guessing the commoner class gives


def test_a_seed_repeats_and_another_does_not(capsys):
    a = run(capsys, "--epochs", 1, "--verbose", 2, "--seed", 1)[1]
    b = run(capsys, "--epochs", 1, "--verbose", 2, "--seed", 1)[1]
    c = run(capsys, "--epochs", 1, "--verbose", 2, "--seed", 2)[1]
    loss = re.compile(r"loss: (\S+)")
    assert loss.findall(a) == loss.findall(b) != loss.findall(c)


def test_batch_size_sets_the_steps(capsys):
    assert "8/8" in run(capsys, "--epochs", 1, "--verbose", 2, "--batch-size", 100)[1]
    assert "1/1" in run(capsys, "--epochs", 1, "--verbose", 2, "--batch-size", 5000)[1]


def test_verbose_0_trains_silently(capsys):
    out = run(capsys, "--epochs", 2, "--verbose", 0)[1]
    assert "Epoch" not in out and "acc: " in out


@pytest.mark.parametrize("name, head", [("curves.svg", b"<?xml"), ("curves.pdf", b"%PDF")])
def test_the_pictures_format_follows_its_name(capsys, name, head):
    assert run(capsys, "--epochs", 1, "--verbose", 0, "--output", name)[0] == 0
    assert Path(name).read_bytes().startswith(head)


def test_without_matplotlib_the_job_runs_and_names_the_extra(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, out, _ = run(capsys, "--epochs", 1, "--verbose", 0)
    assert code == 0
    assert "matplotlib is missing" in out and "pip install 'autograd-nn[plot]'" in out
    code, _, err = run(capsys, "--epochs", 1, "--output", "a.png")
    assert code == 2 and "pip install 'autograd-nn[plot]'" in err


def table(rows: list[str], name: str = "own.csv") -> str:
    Path(name).write_text("\n".join(rows) + "\n")
    return name


def test_a_csv_with_text_classes(capsys):
    r = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'warm' if a > b else 'cold'}" for a, b in r.normal(size=(64, 2))]
    code, out, _ = run(capsys, "--csv", table(["a,b,kind", *rows]), "--epochs", 2, "--verbose", 0)
    assert code == 0
    assert "64 rows, 2 features, target 'kind' (classes cold, warm)" in out
    assert re.search(r"\['(warm|cold)', ", out)


def test_a_csv_with_three_classes_and_the_target_first(capsys):
    rows = [f"{i % 3},{i % 3 + 0.1 * (i % 7)},{i % 5}" for i in range(60)]
    code, out, _ = run(
        capsys, "--csv", table(rows), "--target", 0, "--epochs", 2, "--verbose", 0
    )
    assert code == 0 and "classes 0, 1, 2" in out
    assert re.search(r"^\[[012], ", out, re.M) and "gradients correct" in out


def test_a_csv_with_a_quantity(capsys):
    rows = [f"{i},{i * 0.37 + 0.25}" for i in range(40)]
    code, out, _ = run(capsys, "--csv", table(rows), "--epochs", 2, "--verbose", 0)
    assert code == 0 and "(a quantity)" in out
    assert re.search(r"^(mae|mean_absolute_error): \d", out, re.M)


def test_the_kind_is_said_and_idle_columns_are_named(capsys):
    rows = [f"{i},{i * 7 % 11},{10 * (i % 3)}" for i in range(30)]
    code, out, _ = run(capsys, "--csv", table(["id,a,y", *rows]), "--kind", "quantity",
                       "--epochs", 1, "--verbose", 0)  # fmt: skip
    assert code == 0 and "(a quantity)" in out
    assert "column 'id' numbers the rows: left out" in out


def test_missing_values_can_be_dropped(capsys):
    rows = ["1,2,0", "3,,1", *(f"{i},{i},{i % 2}" for i in range(20))]
    name = table(rows)
    code, _, err = run(capsys, "--csv", name, "--missing", "error")
    assert code == 2 and "line 2" in err and "--missing drop" in err
    code, out, _ = run(capsys, "--csv", name, "--missing", "drop", "--epochs", 1, "--verbose", 0)
    assert code == 0 and "1 rows with missing values were left out" in out
    code, out, _ = run(capsys, "--csv", name, "--epochs", 1, "--verbose", 0)
    assert code == 0 and "1 missing values were filled in" in out


BAD = {
    "no file": (["--csv", "nowhere.csv"], "nowhere.csv"),
    "no column": (["--csv", "own.csv", "--target", "knd"], "Did you mean 'kind'"),
    "no encoding": (["--csv", "own.csv", "--encoding", "utf-99"], "--encoding utf-99, which is"),
    "target alone": (["--target", "diabetes"], "without --csv"),
    "no folder": (["--output", "nowhere/a.png"], "folder nowhere does not exist"),
    "odd picture": (["--output", "a.xyz"], "received the ending '.xyz'; expected one of"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_a_misuse_is_one_line_and_exit_code_2(capsys, arguments, message):
    table(["a,b,kind", "1,2,x", "2,1,y", "3,1,x"])
    code, out, err = run(capsys, *arguments)
    assert code == 2 and "Epoch" not in out
    assert err.startswith("autograd-nn: error: ") and message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--epochs", "0"], "received 0; expected an integer from 1"),
        (["--epochs", "many"], "received 'many'; expected an integer"),
        (["--batch-size", "-3"], "received -3; expected an integer from 1"),
        (["--seed", "-1"], "expected an integer from 0"),
        (["--verbose", "3"], "invalid choice: '3'"),
        (["--epoch-count"], "unrecognized arguments"),
        (["cooldown"], "invalid choice: 'cooldown'"),
    ],
)
def test_a_bad_option_is_argparses_error(capsys, arguments, message):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_warmup_compiles_and_does_not_train(capsys, monkeypatch):
    from autograd_nn.nn.training import warmup

    monkeypatch.setattr(warmup, "warmup", lambda: 12)
    code, out, _ = run(capsys, "warmup")
    assert code == 0 and "12 kernels" in out and "Epoch" not in out


def test_warmup_leaves_nothing_to_compile(tmp_path):
    program = "from autograd_nn.nn.training.warmup import warmup; print(warmup(), warmup())"
    env = {"PYTHONPATH": str(ROOT), "AUTOGRAD_NN_CACHE": str(tmp_path / "kernels")}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=env, capture_output=True, text=True, timeout=240, check=True,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    assert int(outputs[0][0]) > 20 and outputs[0][1] == "0" and outputs[1] == ["0", "0"]


def test_the_module_runs_as_a_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "autograd_nn", "--epochs", "1"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "ascii"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "gradients correct" in done.stdout
    assert (tmp_path / "learning_curves.png").exists()
    assert not any(ord(c) < 32 and c != "\n" for c in done.stdout)


def test_the_installed_script_is_this_one():
    assert __main__.main is cli.main
