"""Which of Keras's public names `nn` has, which of them no test names, and why not the rest.

    python -m tests.keras_names

Keras's names are read from tests/nn/data/keras_names.json, which ``--store`` writes where Keras is
installed. A name counts as there if it resolves under the same path.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import re
from functools import cache, reduce
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd_nn import nn

STORED = Path(__file__).parent / "nn" / "data" / "keras_names.json"
MODULES = (
    "layers losses metrics optimizers optimizers.schedules callbacks initializers regularizers "
    "constraints activations utils models saving random tree ops config backend mixed_precision "
    "dtype_policies"
).split()
TOP = "keras"  # what stands in no module of Keras's

# Families of which no name is there yet, and what is rare: neither counts in the share.
APART: dict[str, dict[str, str]] = {
    "files of models, and what is written while they train": {
        "callbacks": "OrbaxCheckpoint",
        "saving": "KerasFileEditor",
    },
    "complex numbers": {"ops": "angle eig imag polar real view_as_complex view_as_real"},
    "layers of other frameworks": {
        "layers": "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper",
    },
    "what Keras needs for its several backends": {
        "keras": "Operation Quantizer StatelessScope SymbolicScope device "
        "version",
        "config": "is_nnx_enabled set_backend",
        "backend": "get_uid",
    },
    "weights in fewer bits": {
        "dtype_policies": "AWQDTypePolicy GPTQDTypePolicy Int4DTypePolicy QuantizedDTypePolicy "
        "QuantizedFloat8DTypePolicy",
    },
    "files run no code, whatever is set": {
        "config": "enable_unsafe_deserialization",
    },
    "rare": {
        "utils": "Config",
        "ops": "adaptive_average_pool adaptive_max_pool ctc_decode segment_prod view",
    },
}
# What belongs to the families that are there, and is not.
LEFT: dict[str, dict[str, str]] = {
    "to come": {
        "ops": "ctc_loss custom_gradient get_item jvp select vectorize",
    },
}


@cache
def stored() -> dict[str, Any]:
    return json.loads(STORED.read_text("utf-8"))


def keras() -> dict[str, list[str]]:
    """The public names of every module of Keras."""
    return stored()["names"]


def there(module: str, name: str) -> bool:
    path = (*(module.split(".") if module != TOP else ()), name)
    try:
        reduce(getattr, path, nn)
    except AttributeError:
        return False
    return True


def reasons(table: dict[str, dict[str, str]]) -> dict[tuple[str, str], str]:
    """Why, of each (module, name)."""
    return {
        (module, name): why
        for why, modules in table.items()
        for module, names in modules.items()
        for name in names.split()
    }


def missing() -> list[tuple[str, str]]:
    return [(m, n) for m, names in keras().items() for n in names if not there(m, n)]


def share() -> float:
    """Of the names that are there or not apart, the part that is there."""
    found = sum(map(len, keras().values())) - len(missing())
    return found / (found + len(set(missing()) - set(reasons(APART))))


@cache
def in_tests() -> frozenset[str]:
    """Every word that stands in a test that is run without Keras, or in its stored samples."""
    files = [p for p in Path(__file__).parent.rglob("*.*") if p.suffix in (".py", ".json")]
    files = [p for p in files if "peers" not in p.parts and p not in (Path(__file__), STORED)]
    texts = [p.read_text("utf-8") for p in files]
    return frozenset(re.findall(r"\w+", " ".join(texts)))


def untested() -> list[tuple[str, str]]:
    """The names that are there and are named in no test, neither as this nor as another name."""
    seen: list[tuple[str, str]] = []
    for module, names in keras().items():
        place = reduce(getattr, module.split("."), nn) if module != TOP else nn
        named = {id(getattr(place, n)) for n in dir(place) if n in in_tests()}
        rest = [n for n in names if there(module, n) and id(getattr(place, n)) not in named]
        seen += [(module, n) for n in rest]
    return seen


def report() -> str:
    apart, left, lost = reasons(APART), reasons(LEFT), missing()
    lines = [f"Keras {stored()['version']}", f"{'module':24}{'there':>6}{'left':>6}{'apart':>7}"]
    for module, names in keras().items():
        here = [one for one in lost if one[0] == module]
        outside = sum(one in apart for one in here)
        counts = len(names) - len(here), len(here) - outside, outside
        lines.append("{:24}{:6}{:6}{:7}".format(module, *counts))
    lines.append(f"{share():.1%} of what is not apart")
    lines += [f"in no test: {m}.{n}" for m, n in untested()]
    for title, table in (("left", left), ("apart", apart)):
        for why in dict.fromkeys(table.values()):
            rest = [f"{m}.{n}" for m, n in lost if table.get((m, n)) == why]
            lines += [f"{title}: {why}", *(f"    {one}" for one in rest)] if rest else []
    lines += [f"no reason given: {m}.{n}" for m, n in lost if (m, n) not in {**apart, **left}]
    lines += [f"there by now: {m}.{n}" for m, n in {**apart, **left} if there(m, n)]
    return "\n".join(lines)


def store() -> None:
    """Writes Keras's names, of the installed version."""
    package = importlib.import_module("keras")

    def names(module: ModuleType) -> list[str]:
        public = [n for n in dir(module) if not n.startswith("_")]
        return [n for n in public if not inspect.ismodule(getattr(module, n))]

    modules = {m: reduce(getattr, m.split("."), package) for m in MODULES}
    found = {m: sorted(names(module)) for m, module in {TOP: package, **modules}.items()}
    text = json.dumps({"version": package.__version__, "names": found}, indent=1)
    STORED.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", action="store_true", help="read the names of Keras anew")
    if parser.parse_args().store:
        store()
    print(report())
