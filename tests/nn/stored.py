"""Results of another library in one small file: all numbers in a row, and what they belong to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parent / "data"


def save(name: str, found: Any) -> None:
    """Writes nested dicts and lists with arrays in them; all numbers must fit float32."""
    numbers: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            numbers.append(value.ravel().astype("float32"))
            return {"array": list(value.shape), "dtype": value.dtype.name}
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        return value

    index = json.dumps(plain(found))
    DATA.mkdir(exist_ok=True)
    np.savez_compressed(DATA / name, index=np.array(index), numbers=np.concatenate(numbers))


def load(name: str) -> Any:
    """What `save` wrote."""
    with np.load(DATA / f"{name}.npz") as file:
        index, numbers = json.loads(str(file["index"])), file["numbers"]
    at = 0

    def back(value: Any) -> Any:
        nonlocal at
        if isinstance(value, dict) and value.keys() == {"array", "dtype"}:
            size = int(np.prod(value["array"], dtype=int))
            at += size
            return numbers[at - size : at].reshape(value["array"]).astype(value["dtype"])
        if isinstance(value, dict):
            return {k: back(v) for k, v in value.items()}
        if isinstance(value, list):
            return [back(v) for v in value]
        return value

    return back(index)
