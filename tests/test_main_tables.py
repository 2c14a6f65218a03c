"""Tables as they are found, each trained on by one command: see also test_main."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autograd_nn.__main__ import main
from autograd_nn.nn.datasets import read_csv
from autograd_nn.nn.layers import Column
from autograd_nn.nn.models import load_model

N = 60
some = random.Random(4)
any_of = some.choice


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")


def number(low: float, high: float, digits: int = 1) -> str:
    return f"{some.uniform(low, high):.{digits}f}"


def rows(*cells: Callable[[], str], split: str = ",", head: str = "") -> str:
    made = [split.join(cell() for cell in cells) + "\n" for _ in range(N)]
    return "".join([head + "\n"] * bool(head) + made)


def words() -> str:
    text = " ".join(any_of(["good", "bad", "a", "plot", "the", "awful"]) for _ in range(9))
    return f'"{text}\nand ""more"", {some.random()}"'


WINE = rows(
    lambda: number(5, 12), lambda: number(0, 1, 2), lambda: any_of("567"), split=";",
    head='"fixed acidity";"volatile acidity";"quality"',
)  # fmt: skip
# text or bytes, options, what the job says of it
TABLES: dict[str, tuple[str | bytes, list[str], tuple[str, ...]]] = {
    "semicolons": (WINE, [], ("cells split at semicolons", "2 features", "classes 5, 6, 7")),
    "packed": (gzip.compress(WINE.encode()), [], ("cells split at semicolons",)),
    "letters, the target first": (
        rows(*[lambda: any_of("ep")] + [lambda: any_of("abc?")] * 4), ["--target", "0"],
        ("no names in the first row", "4 of categories", "missing values were filled in"),
    ),
    "spaces behind commas": (
        rows(lambda: number(18, 80, 0), lambda: any_of(["Private", "?"]),
             lambda: any_of(["<=50K", ">50K"]), split=", "), [],
        ("classes <=50K, >50K", "1 of numbers, 1 of categories"),
    ),
    "spaces": (
        rows(lambda: number(10, 40), lambda: any_of(["4", "8"]), lambda: any_of(["?", "60.0"]),
             lambda: any_of(['70\t"ford torino"', '71\t"buick skylark"']), split="   "),
        ["--target", "0"], ("split at spaces", "a quantity", "1 of categories"),
    ),
    "tabs": (
        rows(lambda: number(0, 1, 3), lambda: any_of("ab"), split="\t", head="x\tkind"), [],
        ("split at tabs", "classes a, b"),
    ),
    "bars": (
        rows(lambda: number(0, 1, 3), lambda: any_of(["x", ""]), lambda: any_of("01"), split="|",
             head="a|b|c"), [], ("split at bars", "missing values were filled in"),
    ),
    "decimal commas, times, ends that are empty": (
        rows(lambda: f"{some.randint(1, 28):02d}/0{some.randint(1, 9)}/2004",
             lambda: f"{some.randint(10, 23)}.00.00", lambda: number(0, 5).replace(".", ","),
             lambda: number(0, 900).replace(".", ",") + ";;", split=";", head="Date;Time;CO;T;;")
        + ";;;;;\n" * 3, [], ("2 of times, 1 of numbers", "target 'T' (a quantity)"),
    ),
    "cp949": (
        rows(lambda: any_of(["강남구", "마포구"]), lambda: f"2023-0{some.randint(1, 9)}-11",
             lambda: f'"{some.randint(1, 9)},{some.randint(100, 999)}"',
             lambda: any_of(["상", "하"]), head="지역,날짜,가격,등급").encode("cp949"), [],
        ("read as cp949", "classes 상, 하", "1 of categories, 1 of times, 1 of numbers"),
    ),
    "a mark in front": (
        rows(lambda: number(0, 1), lambda: any_of(["yes", "no"]), head="a,b").encode("utf-8-sig"),
        [], ("read as utf-8-sig", "target 'b'"),
    ),
    "utf-16": (
        rows(lambda: number(0, 1), lambda: any_of(["yes", "no"]), head="a,b").encode("utf-16"),
        [], ("read as utf-16",),
    ),
    "western letters": (
        rows(lambda: any_of(["Orléans", "Nîmes"]), lambda: number(1, 9, 2).replace(".", ","),
             split=";", head="ville;salaire").encode("cp1252"), [],
        ("read as cp1252", "target 'salaire' (a quantity)"),
    ),
    "quoted line ends": (
        rows(words, lambda: any_of(["pos", "neg"]), head="review,mood"), [], ("1 of texts",)
    ),
    "numbers and names of rows, a stray token": (
        "id,ticket,a,y\n" + "".join(
            f"{i},A/{some.random()},{'oops' if i == 3 else number(0, 1)},{any_of('01')}\n"
            for i in range(N)
        ), [],
        ("'id' numbers the rows: left out", "'ticket' names the rows", "cells such as 'oops'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_trains_with_one_command(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    text, options, told = TABLES[name]
    path = tmp_path / "table"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.chdir(tmp_path)
    assert main(["--csv", str(path), "--epochs", "1", "--verbose", "0", *options]) == 0
    out = capsys.readouterr().out
    for part in ("60 rows", "gradients correct", *told):
        assert part in out, out


def test_the_model_of_a_table_takes_rows_as_the_table_has_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = rows(
        lambda: f"{some.randint(1, 28):02d}/0{some.randint(1, 9)}/2004",
        lambda: any_of([number(0, 5).replace(".", ","), "?"]),
        lambda: any_of(["Ulm", "Köln", ""]), words, lambda: any_of(["pos", "neg"]),
        split=";", head="when;price;city;note;mood",
    )  # fmt: skip
    (tmp_path / "table.csv").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    told = ["--csv", "table.csv", "--epochs", "1", "--verbose", "0", "--save"]
    assert main([*told, "no folder/model.agnn"]) == 2
    assert "no folder" in capsys.readouterr().err
    table = read_csv("table.csv", missing="mean", encode=True)
    frame = pd.read_csv("table.csv", sep=";", decimal=",", na_values=["?"])
    for name in ("model.agnn", "model.keras"):
        assert main([*told, name]) == 0
        assert f"model: {name}" in capsys.readouterr().out
        model = load_model(name)
        assert model.class_names == ["neg", "pos"]
        encoded = model.layers[-1]
        found = model.predict(frame.drop(columns="mood"), verbose=0)
        np.testing.assert_allclose(found, encoded(table.X).numpy(), rtol=1e-5)
        assert np.isfinite(model.evaluate(frame, frame["mood"], verbose=0)).all()
        strange = {"when": ["never", None], "price": [None, "a lot"], "city": ["Rom", "Ulm"],
                   "note": ["", "awful"]}  # fmt: skip
        assert np.isfinite(model.predict(strange, verbose=0)).all()


@pytest.mark.parametrize("kind, facts", [
    ("numbers", {}), ("numbers", {"way": "eval", "scale": {}}), ("times", {"way": "%Y"}),
    ("categories", {"vocabulary": ["a"]}), ("texts", {}), ("words", {"vocabulary": ["a"]}),
])  # fmt: skip
def test_a_column_that_lacks_facts(kind: str, facts: dict) -> None:
    with pytest.raises(ValueError, match="expected one of 'numbers'"):
        Column(kind, facts)
