"""What six examples learn, as a page with pictures: ``python -m benchmarks.gallery [FOLDER]``.

Each example runs as its reader runs it, in a process of its own that is timed, and once more here,
where its model is drawn. FOLDER holds digits for `mnist`, which fetches them else. In goes
docs/examples.md, out comes its marked block, with a picture each in docs/pictures.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.page import processor, table

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "examples.md"
BEGIN, END = "<!-- written by benchmarks/gallery.py -->", "<!-- end -->"
Drawing = Callable[..., None]


def plain(axes: Any) -> Any:
    """Axes for a picture: nothing but what is drawn."""
    axes.set(xticks=[], yticks=[])
    return axes


def mnist(figure: Any, net: Any, x: np.ndarray, y: np.ndarray) -> None:
    """Which digits are taken for which, and the filters of the first convolution."""
    left, right = figure.subfigures(1, 2)
    told = net.predict(x, verbose=0).argmax(axis=1)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (y, told), 1)
    axes = left.subplots()
    axes.imshow(np.log1p(counts), cmap="Blues")
    for (i, j), n in np.ndenumerate(counts):
        if n:
            axes.text(j, i, n, ha="center", va="center", size=6, color="w" if i == j else "k")
    axes.set(xticks=range(10), yticks=range(10), xlabel="told", ylabel="written")
    filters = np.moveaxis(net.layers[1].get_weights()[0][..., 0, :], -1, 0)
    for axes, one in zip(right.subplots(4, 8).flat, filters, strict=True):
        plain(axes).imshow(one, cmap="gray")
    right.suptitle("the first layer's filters", size=9)


def lstm(figure: Any, net: Any, x: np.ndarray, y: np.ndarray) -> None:
    """What is told, over what is right."""
    axes = figure.subplots()
    axes.plot([-2, 2], [-2, 2], "k:", linewidth=0.8)
    axes.plot(y, net.predict(x, verbose=0), ".", color="tab:blue")
    axes.set(xlabel="sum of the marked numbers", ylabel="told", aspect="equal")


def moving_bars(figure: Any, net: Any, x: np.ndarray, y: np.ndarray) -> None:
    """Two films, and how likely each way is."""
    films = [int(np.argmax(y == way)) for way in (0, 3)]
    told = net.predict(x[films], verbose=0)
    steps = x.shape[1]
    for row, k, chances in zip(figure.subplots(2, steps + 1), films, told, strict=True):
        for axes, one in zip(row, x[k], strict=False):
            plain(axes).imshow(one[..., 0], cmap="gray")
        row[-1].barh(["right", "left", "down", "up"], chances, color="tab:blue")
        row[-1].set(xlim=(0, 1))
        row[-1].tick_params(labelsize=7)


def transformer(figure: Any, net: Any, known: np.ndarray) -> None:
    """How likely each letter is after those before it, in a sentence that the model wrote."""
    from transformer import LENGTH, LETTERS, SENTENCES, written

    fresh = (s for s in written(net, 50) if s in SENTENCES and s not in known)
    text = "." + next(fresh)
    given = np.array([[LETTERS.index(c) for c in text.ljust(LENGTH, ".")[:LENGTH]]])
    logits = net.predict(given, verbose=0)[0, : len(text) - 1]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    axes = figure.subplots()
    axes.imshow((odds / odds.sum(axis=1, keepdims=True)).T, cmap="Blues", aspect="auto")
    axes.set(yticks=range(len(LETTERS)), xticks=range(len(text) - 1))
    axes.set_yticklabels([repr(c)[1:-1] if c != " " else "space" for c in LETTERS], size=6)
    axes.set_xticklabels(list(text[1:]))
    axes.set_title("a sentence it never read, and what it expected at each letter", size=9)


def conv_autoencoder(figure: Any, net: Any, noisy: np.ndarray, clean: np.ndarray) -> None:
    """Pictures with noise, what is made of them, and what they were."""
    restored = net.predict(noisy, verbose=0)
    rows = {"given": noisy, "restored": restored, "meant": clean}
    for row, (name, pictures) in zip(figure.subplots(3, 10), rows.items(), strict=True):
        for axes, one in zip(row, pictures, strict=False):
            plain(axes).imshow(one[..., 0], cmap="gray", vmin=-0.3, vmax=1.1)
        row[0].set_ylabel(name)


def lengths(figure: Any, net: Any, x: np.ndarray, y: np.ndarray) -> None:
    """The sum so far and what is told of it, for sequences of four lengths in one batch."""
    from lengths import END as BEYOND

    sizes = (x[..., 0] != BEYOND).sum(axis=1)
    for axes, size in zip(figure.subplots(1, 4, sharey=True), (3, 4, 5, 6), strict=True):
        one = x[int(np.argmax(sizes == size))]
        parts = np.repeat(one[None], size, axis=0)
        for k in range(size):
            parts[k, k + 1 :] = BEYOND
        steps = range(1, size + 1)
        axes.plot(steps, np.cumsum(one[:size, 0]), "k:", label="sum so far")
        axes.plot(steps, net.predict(parts, verbose=0)[:, 0], "o", color="tab:blue", label="told")
        axes.set(title=f"{size} steps", xticks=steps)
    axes.legend()


DRAWN: dict[str, tuple[Drawing, tuple[float, float]]] = {
    "mnist": (mnist, (7, 3.4)),
    "lstm": (lstm, (3.4, 3.4)),
    "moving_bars": (moving_bars, (7, 2.4)),
    "transformer": (transformer, (6, 3.2)),
    "conv_autoencoder": (conv_autoencoder, (7, 2.3)),
    "lengths": (lengths, (7, 2.2)),
}


def draw(name: str, learned: tuple[Any, ...], path: Path) -> None:
    """Draws what an example's `trained` gave."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    drawing, size = DRAWN[name]
    with mpl.rc_context({"svg.hashsalt": name, "font.size": 8}):
        figure = Figure(figsize=size, layout="constrained")
        drawing(figure, *learned)
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path, metadata={"Date": None})


def run(name: str, given: list[str]) -> tuple[dict[str, float], float]:
    """What an example prints, and the seconds its process took."""
    start = time.perf_counter()
    out = subprocess.run(
        [sys.executable, str(ROOT / "examples" / f"{name}.py"), *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ast.literal_eval(out.stdout.splitlines()[-1]), time.perf_counter() - start


def main(folder: list[str]) -> None:
    sys.path.insert(0, str(ROOT / "examples"))
    rows, pictures = [], []
    for name in DRAWN:
        given = folder if name == "mnist" else []
        run(name, given)  # kernels are compiled once
        found, seconds = run(name, given)
        said = ", ".join(f"{k} {v:.3g}" for k, v in found.items())
        rows.append([f"[{name}](../examples/{name}.py)", said, f"{seconds:.1f}"])
        module = importlib.import_module(name)
        draw(name, module.trained(*given), PAGE.parent / "pictures" / f"{name}.svg")
        what = (module.__doc__ or "").splitlines()[0].split(": ``")[0].rstrip(".:")
        pictures.append(f"### {name}\n\n{what}.\n\n![{name}](pictures/{name}.svg)")
        print(rows[-1])
    lines = f"{processor()}, kernels compiled before; whole processes."
    figures = table(["example", "result", "seconds"], rows)
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    block = "\n\n".join([BEGIN, lines, figures, *pictures, END])
    PAGE.write_text(before + block + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
