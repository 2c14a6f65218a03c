"""Stores what Keras's preprocessing layers give for drawn options: run with TensorFlow's Keras 3.

KERAS_BACKEND=tensorflow python tests/peers/store_preprocessing.py tests/nn/data/preprocessing.json
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import numpy as np

WORDS = ["a", "b", "c", "dd", "E", "f!", "gé", "the", "", "한국"]
CODES = ["one_hot", "multi_hot", "count"]


class Draw(random.Random):
    """Options of a layer, what it adapts to (None: nothing), and what it is called on."""

    def some(self, share: float) -> bool:
        return self.random() < share

    def normal(self, *shape: int) -> list:
        drawn = np.random.default_rng(self.randint(0, 99)).normal(1, 2, shape)
        return drawn.round(2).tolist()

    def whole(self, high: int, *shape: int) -> list:
        return np.random.default_rng(self.randint(0, 99)).integers(0, high, shape).tolist()

    def table(self, cell: Any, *shape: int) -> list:
        return np.array([cell() for _ in range(int(np.prod(shape)))]).reshape(shape).tolist()

    def text(self) -> str:
        return " ".join(self.choice(WORDS) for _ in range(self.randint(0, 6)))

    def normalization(self) -> tuple[dict, Any, Any]:
        shape = self.choice([(5, 3), (6, 2, 3)])
        options: dict[str, Any] = {"axis": self.choice([-1, None, 1]), "invert": self.some(0.3)}
        if options["axis"] == -1 and self.some(0.4):
            options |= {"mean": [0.0, 1.0, 2.0], "variance": [1.0, 2.0, 0.0]}
            return options, None, self.normal(*shape)
        return options, self.normal(*shape), self.normal(*shape)

    def rescaling(self) -> tuple[dict, Any, Any]:
        options = {"scale": self.choice([2.0, [1.0, 2.0, 3.0]]), "offset": self.choice([0.0, -1.0])}
        return options, None, self.normal(4, 3)

    def discretization(self) -> tuple[dict, Any, Any]:
        options: dict[str, Any] = {"output_mode": self.choice(["int", *CODES])}
        x = self.normal(*self.choice([(5, 1), (5, 3), (5,)]))
        if self.some(0.5):
            bounds = sorted(round(self.uniform(-3, 3), 1) for _ in range(self.randint(1, 4)))
            return options | {"bin_boundaries": bounds}, None, x
        options |= {"num_bins": self.randint(2, 6), "epsilon": self.choice([0.01, 0.1])}
        return options, self.normal(self.choice([7, 40]), 1), x

    def category_encoding(self) -> tuple[dict, Any, Any]:
        mode = self.choice(CODES)
        shape = self.choice([(3, 1), (3,)] if mode == "one_hot" else [(3, 4), (3, 1), (4,)])
        return {"num_tokens": self.randint(4, 6), "output_mode": mode}, None, self.whole(4, *shape)

    def hashing(self) -> tuple[dict, Any, Any]:
        options = {"num_bins": self.randint(1, 9), "output_mode": self.choice(["int", *CODES])}
        text = self.some(0.6)
        if self.some(0.4):
            options["salt"] = self.choice([3, [3, 9]])
        if self.some(0.4):
            options["mask_value"] = "" if text else 0
        shape = (4, 1) if options["output_mode"] == "one_hot" else self.choice([(4, 1), (4, 3)])
        cell = (lambda: self.choice(WORDS)) if text else (lambda: self.randint(0, 20))
        return options, None, self.table(cell, *shape)

    def hashed_crossing(self) -> tuple[dict, Any, Any]:
        options = {"num_bins": self.randint(2, 9), "output_mode": self.choice(["int", "one_hot"])}
        shape = self.choice([(4, 1), (4,)])
        cells = [lambda: self.randint(-5, 20), lambda: self.choice(WORDS)]
        kinds = self.choice([(1, 0), (0, 1), (1, 1), (0, 0), (1, 0, 1)])
        return options, None, [self.table(cells[k], *shape) for k in kinds]

    def string_lookup(self) -> tuple[dict, Any, Any]:
        return self.lookup(lambda: self.choice(WORDS[:8]), "")

    def integer_lookup(self) -> tuple[dict, Any, Any]:
        return self.lookup(lambda: self.randint(1, 9), 0)

    def lookup(self, token: Any, mask: Any) -> tuple[dict, Any, Any]:
        mode = self.choice(["int", *CODES, "tf_idf"])
        options: dict[str, Any] = {
            "output_mode": mode, "num_oov_indices": self.choice([1, 1, 2, 3, 0]),
        }  # fmt: skip
        options |= {"mask_token": mask} if self.some(0.4) else {}
        options |= {"max_tokens": self.randint(5, 8)} if self.some(0.4) else {}
        if "max_tokens" in options and mode != "int" and self.some(0.5):
            options["pad_to_max_tokens"] = True
        if mode == "int" and self.some(0.2):
            options |= {"invert": True, "num_oov_indices": 1}
        data: Any = self.table(token, 8, 3)
        known = sorted({t for row in data for t in row}, key=str)
        if "max_tokens" not in options and self.some(0.4):
            data, known = None, known[:5]
            options["vocabulary"] = known
            if mode == "tf_idf":
                options["idf_weights"] = [0.5 + i for i in range(len(known))]
        shape = (3, 1) if mode == "one_hot" else self.choice([(3, 2), (3, 4)])
        if options.get("invert"):
            return options, data, self.whole(5, *shape)
        within = not options["num_oov_indices"] and "max_tokens" not in options
        return options, data, self.table((lambda: self.choice(known)) if within else token, *shape)

    def text_vectorization(self) -> tuple[dict, Any, Any]:
        mode = self.choice(["int", "multi_hot", "count", "tf_idf"])
        standards = ["lower_and_strip_punctuation", "lower", "strip_punctuation", None]
        options: dict[str, Any] = {
            "output_mode": mode, "standardize": self.choice(standards),
            "split": self.choice(["whitespace", "character"]),
            "ngrams": self.choice([None, 2, [1, 3], 3]),
        }  # fmt: skip
        options |= {"max_tokens": self.randint(4, 9)} if self.some(0.4) else {}
        if mode == "int" and self.some(0.5):
            options["output_sequence_length"] = self.randint(1, 8)
        if "max_tokens" in options and mode != "int" and self.some(0.5):
            options["pad_to_max_tokens"] = True
        data: Any = [self.text() for _ in range(8)]
        if "max_tokens" not in options and self.some(0.25):
            data, options["vocabulary"] = None, ["a", "b", "the", "dd"]
            if mode == "tf_idf":
                options["idf_weights"] = [0.5, 1.0, 2.0, 3.0]
        x = [self.text() for _ in range(4)]
        return options, data, [[t] for t in x] if self.some(0.5) else x


KINDS = {
    "Normalization": Draw.normalization, "Rescaling": Draw.rescaling,
    "Discretization": Draw.discretization, "CategoryEncoding": Draw.category_encoding,
    "Hashing": Draw.hashing, "HashedCrossing": Draw.hashed_crossing,
    "StringLookup": Draw.string_lookup, "IntegerLookup": Draw.integer_lookup,
    "TextVectorization": Draw.text_vectorization,
}  # fmt: skip


def answer(layers: Any, case: dict[str, Any]) -> dict[str, Any]:
    """What a layer gives: its result, its vocabulary where it has one."""
    options = {k: tuple(v) if k == "ngrams" and isinstance(v, list) else v
               for k, v in case["options"].items()}  # fmt: skip
    layer = getattr(layers, case["kind"])(**options)
    if case["adapt"] is not None:
        layer.adapt(np.array(case["adapt"]))
    several = case["kind"] == "HashedCrossing"
    x = [np.array(v) for v in case["x"]] if several else np.array(case["x"])
    y = layer(x)
    y = y.numpy() if hasattr(y, "numpy") else np.asarray(y)
    text = y.dtype.kind in "OSU"
    if text:
        cells = [v.decode() if isinstance(v, bytes) else str(v) for v in y.ravel()]
        y = np.array(cells).reshape(y.shape)
    found: dict[str, Any] = {"y": y.tolist(), "shape": list(y.shape)}
    if hasattr(layer, "get_vocabulary"):
        vocabulary = np.asarray(layer.get_vocabulary(), object)
        found["vocabulary"] = [v if isinstance(v, str) else int(v) for v in vocabulary]
    return found


def main(path: str, number: int = 12) -> None:
    import keras

    draw, found = Draw(3), []
    for kind, drawn in KINDS.items():
        for _ in range(number):
            options, adapt, x = drawn(draw)
            case = {"kind": kind, "options": options, "adapt": adapt, "x": x}
            try:
                found.append(case | answer(keras.layers, case))
            except Exception as error:
                found.append(case | {"error": type(error).__name__})
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in found) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1])
