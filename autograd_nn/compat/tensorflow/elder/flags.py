"""``tf.app.flags``: what a call tells by ``--name=value``, and `run`, which begins with it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any


class Flags:
    """The flags' values, read from the command line when they are asked for.

    >>> DEFINE_integer("made_for_show", 3, "How many.")
    >>> FLAGS.made_for_show
    3
    """

    def __init__(self) -> None:
        self.__dict__["_parser"] = ArgumentParser(allow_abbrev=False, conflict_handler="resolve")
        self.__dict__["_told"] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self._told:
            return self._told[name]
        found = vars(self._parser.parse_known_args(sys.argv[1:])[0])
        if name not in found:
            raise AttributeError(
                f"FLAGS.{name} was asked for; expected one of {', '.join(found) or 'none'}. Write "
                f"flags.DEFINE_string({name!r}, …) first."
            )
        return found[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._told[name] = value

    def __call__(self, argv: Any = None, **options: Any) -> list[str]:
        """What is no flag of a command line."""
        return [sys.argv[0], *self._parser.parse_known_args(list(argv or sys.argv)[1:])[1]]


FLAGS = Flags()


def _true(text: Any) -> bool:
    return str(text).lower() in ("1", "t", "true", "y", "yes")


def _defined(kind: Callable[[Any], Any]) -> Callable[..., None]:
    def define(
        flag_name: str, default_value: Any = None, docstring: Any = None, **options: Any
    ) -> None:
        default = options.get("default", default_value)
        told: dict[str, Any] = {"default": default, "type": kind, "dest": flag_name}
        if kind is _true:
            off = {"dest": flag_name, "action": "store_const", "const": False}
            FLAGS._parser.add_argument(f"--no{flag_name}", default=default, **off)
            told |= {"nargs": "?", "const": True}
        FLAGS._parser.add_argument(f"--{flag_name}", **told)

    define.__doc__ = "Adds a flag, what it is without being told, and what it means."
    return define


DEFINE_string, DEFINE_integer, DEFINE_float = _defined(str), _defined(int), _defined(float)
DEFINE_bool = DEFINE_boolean = _defined(_true)


def run(main: Any = None, argv: Any = None) -> None:
    """Calls ``main`` with what is no flag, and ends the script."""
    sys.exit((main or sys.modules["__main__"].main)(FLAGS(argv)))
