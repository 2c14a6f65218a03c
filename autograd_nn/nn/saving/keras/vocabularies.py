"""Vocabularies that Keras keeps beside a configuration, as texts of one token a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.lookup import snake_case

START, END = "assets/", "/vocabulary.txt"
KINDS = ("IntegerLookup", "StringLookup", "TextVectorization")


def put_in(config: Any, texts: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> None:
    """Gives the layers of a configuration the vocabularies that they learned.

    texts    what assets hold, by the place of their layer, as in 'layers/string_lookup'.
    arrays   the weights by their places, in which tokens' own weights are.
    Raises ValueError where numbers are no numbers.

    >>> lookup = {"class_name": "StringLookup", "config": {"vocabulary": None}}
    >>> put_in({"config": {"layers": [lookup]}}, {"layers/string_lookup": "[UNK]\\na\\n"}, {})
    >>> lookup["config"]["vocabulary"]
    ['[UNK]', 'a']
    """
    for place, node in _layers(config, "") if texts else ():
        inner = node["config"]
        if place in texts and node["class_name"] in KINDS and inner.get("vocabulary") is None:
            lines: list[Any] = texts[place].splitlines()
            while lines and not lines[-1]:
                lines.pop()
            whole = node["class_name"] == "IntegerLookup"
            inner["vocabulary"] = [int(line) for line in lines] if whole else lines
            inner.setdefault("has_input_vocabulary", False)
            weights = arrays.get(f"{place}/vars/idf_weights")
            if weights is not None:
                inner["idf_weights"] = weights.tolist()


def _layers(config: Any, under: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The layers of a model, those of models within too, each with its place."""
    inner = config.get("config") if isinstance(config, dict) else None
    layers = inner.get("layers") if isinstance(inner, dict) else None
    used: dict[str, int] = {}
    for node in layers if isinstance(layers, list) else ():
        if not isinstance(node, dict) or not isinstance(node.get("config"), dict):
            continue
        kind = snake_case(str(node.get("class_name")))
        count = used[kind] = used.get(kind, -1) + 1
        place = f"{under}layers/{kind}_{count}" if count else f"{under}layers/{kind}"
        yield place, node
        yield from _layers(node, f"{place}/")
