"""JSON as files may hold it: no name twice, no numbers that JSON has not, a limited depth."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn.jsons import loads
from autograd_nn.nn.saving.errors import ModelFileError, damaged


def parsed(text: str | bytes, path: object, what: str, infinite: bool = False) -> Any:
    """What JSON text says; raises ModelFileError for anything that JSON is not.

    infinite   whether it may say Infinity and NaN, as configurations do.

    >>> parsed('{"a": [1, 2.5]}', "file", "its header")
    {'a': [1, 2.5]}
    """

    def entries(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise damaged(path, f"{what} has a name twice")
        return found

    def constant(word: str) -> Any:
        if infinite:
            return float(word.replace("Infinity", "inf"))
        raise damaged(path, f"{what} holds {word}, which is no number of JSON")

    try:
        return loads(text, object_pairs_hook=entries, parse_constant=constant)
    except ModelFileError:
        raise
    except ValueError as error:
        raise damaged(path, f"{what} is no JSON ({str(error)[:100]})") from None
