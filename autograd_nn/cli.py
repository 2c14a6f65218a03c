"""The main job: a small classifier on the diabetes data (or a CSV file), trained and checked."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_nn.nn.datasets import Table
    from autograd_nn.nn.models import Sequential

FAILED, MISUSED = 1, 2  # exit codes, as argparse has them
SHOWN = 24  # predictions printed, and classes named
CHECKED = 32  # rows that the gradient check uses
RARE = 10  # times fewer rows than its share, with which a class is told of
PICTURE = "learning_curves.png"


class Misuse(Exception):
    """Something in the call that its caller can repair; printed without a traceback."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code: 0, 1 (a wrong gradient) or 2 (a misuse)."""
    from autograd_nn.nn.datasets import DataError

    options = _parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):  # a console that lacks a character shows '?' for it
        sys.stdout.reconfigure(errors="replace")
    try:
        if options.command == "run":
            from autograd_nn.compat import run

            run(options.script, options.arguments)
            return 0
        return _warmup() if options.command == "warmup" else _train(options)
    except (Misuse, DataError, OSError) as error:
        print(f"autograd-nn: error: {_as_options(str(error))}", file=sys.stderr)
        return MISUSED


def _as_options(text: str) -> str:
    """An error's text with the options of `read_csv` as this command spells them.

    >>> _as_options("Leave it out with ignore=, or pass missing='drop'.")
    'Leave it out with --ignore COL, or pass --missing drop.'
    """
    names = {"ignore": "COL", "target": "COL", "delimiter": "CHARACTER", "encoding": "NAME"}
    for name, what in names.items():
        text = re.sub(rf"\b{name}=(?!')", f"--{name} {what}", text)
        text = re.sub(rf"\b{name}=('[^\w']+')", rf"--{name} \1", text)
    known = "|".join([*names, "missing", "header", "kind"])
    return re.sub(rf"\b({known})='?([\w-]+)'?", r"--\1 \2", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograd-nn",
        description="Train a small neural net on the Pima Indians diabetes data, or on a CSV file "
        "of your own; evaluate it, check its gradients, draw its learning curves.",
    )
    add = parser.add_argument
    add("--epochs", type=_positive, default=150, metavar="N", help="passes over the data (150)")
    add("--batch-size", type=_positive, default=32, metavar="N", help="samples a step (32)")
    add("--seed", type=_seed, default=7, metavar="N", help="of everything random (7)")
    add("--verbose", choices=["0", "1", "2", "auto"], default="auto",
        help="0 silent, 1 a progress bar, 2 a line an epoch (auto: 1 where it can)")  # fmt: skip
    add("--output", metavar="PICTURE", help=f"where the learning curves go ({PICTURE})")
    add("--save", metavar="MODEL", help="where the model goes; it takes rows as the table has them")
    add("--csv", metavar="FILE",
        help="train on this table instead, one row a sample: text, packed or not, JSON, a "
        "workbook, or what pyarrow reads")  # fmt: skip
    add("--target", default="-1", metavar="COL",
        help="the column to predict, by name or index (the last)")  # fmt: skip
    add("--ignore", action="append", default=[], metavar="COL", help="leave a column out")
    add("--missing", choices=["error", "drop", "mean"], default="mean",
        help="what to do with missing values (mean: they are filled in)")  # fmt: skip
    add("--kind", choices=["classes", "quantity"], help="what the target is (found out)")
    add("--delimiter", metavar="CHARACTER", help="what separates the cells (found out)")
    add("--encoding", metavar="NAME", help="of the file's text (found out)")
    add("--header", action=argparse.BooleanOptionalAction, default=None,
        help="whether the first row holds names (found out)")  # fmt: skip
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    commands.add_parser("warmup", help="compile what training needs now, for later runs")
    script = commands.add_parser(
        "run", help="run a script that was written for Keras, of any year, as it is"
    )
    script.add_argument("script", metavar="SCRIPT")
    script.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    return parser


def _positive(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"received {text}; expected an integer from 1")
    return value


def _seed(text: str) -> int:
    value = _whole(text)
    if not 0 <= value < 2**64:
        raise argparse.ArgumentTypeError(f"received {text}; expected an integer from 0 to 2^64 - 1")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"received {text!r}; expected an integer") from None


def _warmup() -> int:
    from autograd_nn.nn.training.warmup import warmup

    print(f"{warmup()} kernels compiled; later runs load them.")
    return 0


def _train(options: argparse.Namespace) -> int:
    """The job: data, model, training, evaluation, predictions, gradient check, picture."""
    from autograd_nn import check_gradients, nn

    picture = _picture_path(options.output)
    if options.save and not Path(options.save).parent.is_dir():
        raise Misuse(f"--save {options.save}: its folder does not exist; create it first.")
    table = _table(options)
    verbose = options.verbose if options.verbose == "auto" else int(options.verbose)

    nn.set_random_seed(options.seed)
    model = _model(table)
    model.summary()
    middle, spread = (0.0, 1.0) if table.classes else _scale(table)
    y = table.y if table.classes else (table.y - middle) / spread
    history = model.fit(
        table.X, y, epochs=options.epochs, batch_size=options.batch_size, verbose=verbose
    )
    report = check_gradients(model, table.X[:CHECKED], y[:CHECKED])
    if not table.classes:  # back to what the table has
        model.add(nn.layers.Rescaling(spread, middle))
        _compile(model, table)
    scores = model.evaluate(table.X, table.y, verbose=verbose)
    name = model.metrics_names[1]
    if table.classes:
        print(f"\n{name}: {scores[1] * 100:.2f}%")
    else:
        print(f"\n{name}: {scores[1]:.4g}")
    print(_shown(model.predict(table.X[:SHOWN], verbose=0), table))

    print(f"\n{report}")
    _draw(history.history, picture)
    if options.save:
        _raw(model, table).save(options.save)
        print(f"model: {options.save}")
    return FAILED if report.verdict == "wrong" else 0


def _table(options: argparse.Namespace) -> Table:
    from autograd_nn.nn.datasets import pima, read_csv

    if options.csv is None:
        given = (options.ignore, options.header is not None, options.delimiter, options.kind,
                 options.encoding)  # fmt: skip
        if options.target != "-1" or any(given):
            raise Misuse(
                "received --target, --kind, --ignore, --delimiter, --encoding or --header without "
                "--csv; expected a file."
            )
        return pima.load_table()
    table = read_csv(
        options.csv,
        target=options.target,
        header=options.header,
        missing=options.missing,
        ignore=options.ignore,
        delimiter=options.delimiter,
        kind=options.kind,
        encoding=options.encoding,
        encode=True,
    )
    more = len(table.classes) - SHOWN
    kind = "classes " + ", ".join(table.classes[:SHOWN]) + f" and {more} more" * (more > 0)
    kind = kind if table.classes else "a quantity"
    print(f"{options.csv}: {len(table.X)} rows, {len(table.features)} features, "
          f"target {table.target!r} ({kind})")  # fmt: skip
    for line in _found(table):
        print(line)
    return table


def _found(table: Table) -> Iterator[str]:
    """What a file was found to be, a line for each thing that a reader may not expect."""
    from autograd_nn.nn.datasets.records import JSON
    from autograd_nn.nn.datasets.unpacking import TYPED

    read, found = table.read, table.encoded
    if read is None or found is None:
        return
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
    cells = names.get(read.separator, repr(read.separator))
    top = "names" if read.header else "no names"
    if read.separator in (JSON, TYPED):
        what = "records of JSON" if read.separator == JSON else "columns of values"
        yield f"read as {read.encoding}, {what}"
    else:
        yield f"read as {read.encoding}, cells split at {cells}, {top} in the first row"
    if read.aside:
        yield f"{read.aside} lines of comments or above the table were left out"
    yield "columns of features: " + ", ".join(f"{n} of {kind}" for kind, n in found.kinds.items())
    for name, why in found.left_out.items():
        yield f"column {name!r} {why}: left out"
    for name, why in found.stray.items():
        yield f"column {name!r}: {why}, and count as missing"
    if not table.classes:
        middle, spread = _scale(table)
        yield (f"it is trained on as (target - {middle:.6g}) / {spread:.6g}; results are as in the "
               "file")  # fmt: skip
    if found.filled:
        yield f"{found.filled} missing values were filled in"
    if table.dropped:
        yield f"{table.dropped} rows with missing values were left out"
    counts = Counter(table.y.tolist())
    for code, name in enumerate(table.classes):
        n = counts[code]
        if n * RARE * len(counts) < len(table.y):
            yield (f"class {name!r} has {n} of {len(table.y)} rows: a model that never says it has "
                   "an accuracy that looks good")  # fmt: skip


def _model(table: Table) -> Sequential:
    """Two hidden layers, and an output that suits the target: 1 sigmoid, k softmax, or 1 linear."""
    from autograd_nn.nn.layers import Dense
    from autograd_nn.nn.models import Sequential

    model = Sequential()
    model.add(Dense(12, input_dim=len(table.features), activation="relu"))
    model.add(Dense(8, activation="relu"))
    several = len(table.classes) > 2
    model.add(
        Dense(len(table.classes) if several else 1,
              activation="softmax" if several else "sigmoid" if table.classes else None)
    )  # fmt: skip
    _compile(model, table)
    return model


def _compile(model: Sequential, table: Table) -> None:
    if table.classes:
        several = len(table.classes) > 2
        loss = "sparse_categorical_crossentropy" if several else "binary_crossentropy"
        model.compile(loss=loss, optimizer="adam", metrics=["acc"])
    else:
        model.compile(loss="mean_squared_error", optimizer="adam", metrics=["mae"])


def _scale(table: Table) -> tuple[float, float]:
    """A quantity's mean and deviation: what it is trained on is taken on this scale."""
    y = table.y.astype("float64")
    return float(y.mean()), float(y.std()) or 1.0


def _raw(model: Sequential, table: Table) -> Any:
    """The model behind what reads the table's columns: it takes rows of text, by column."""
    from autograd_nn.nn.layers import Concatenate, Input
    from autograd_nn.nn.models import Model

    found = table.encoded
    if found is None:
        return model
    inputs = {k: Input((1,), dtype="string", name=k) for k in found.layers}
    read = [layer(inputs[k]) for k, layer in found.layers.items()]
    whole = Model(inputs, model(Concatenate()(read) if len(read) > 1 else read[0]))
    whole.compile_from_config(model.get_compile_config() or {})
    whole.class_names = list(table.classes) or None
    return whole


def _shown(predictions: Any, table: Table) -> list[Any]:
    """The first predictions: rounded, or the likeliest class, by its name where it has one."""
    if not table.classes:
        return [round(float(p[0]), 3) for p in predictions]
    codes = [round(float(p[0])) if len(p) == 1 else int(p.argmax()) for p in predictions]
    named = table.classes != tuple(str(i) for i in range(len(table.classes)))
    return [table.classes[c] for c in codes] if named else codes


# ---- the picture --------------------------------------------------------------------------------


def _picture_path(given: str | None) -> Path:
    """Where the picture goes, found fit for it before any training; raises Misuse."""
    path = Path(given or PICTURE)
    if not path.parent.is_dir():
        raise Misuse(f"--output {path}: the folder {path.parent} does not exist; create it first.")
    figure = _figure()
    if figure is None:
        if given:
            raise Misuse("--output needs matplotlib, which is missing. " + _EXTRA)
        return path
    known = figure.canvas.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in known:
        raise Misuse(
            f"--output {path}: received the ending {path.suffix!r}; expected one of "
            f"{', '.join('.' + k for k in sorted(known))}."
        )
    return path


_EXTRA = "Install the extra 'plot': pip install 'autograd-nn[plot]'."


def _figure() -> Any:
    """A figure that draws without a screen, or None without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    return Figure(figsize=(9, 3.6), layout="constrained")


def _draw(history: dict[str, list[float]], path: Path) -> None:
    """Saves the loss and the metric by epoch, one beside the other."""
    figure = _figure()
    if figure is None:
        print(f"no learning curves: matplotlib is missing. {_EXTRA}")
        return
    for axes, name in zip(figure.subplots(1, 2), ("loss", *(k for k in history if k != "loss")),
                          strict=False):  # fmt: skip
        epochs = range(1, len(history[name]) + 1)
        axes.plot(epochs, history[name], marker="." if len(history[name]) < 10 else None)
        axes.set(xlabel="epoch", ylabel=name)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=150)
    print(f"learning curves: {path}")
