"""Keras's public names: none that was there is lost, and of the families there nearly all are."""

from __future__ import annotations

import pytest

from tests.keras_names import APART, LEFT, keras, reasons, report, share, there, untested

# A list that only shrinks: of what is not apart, this part was there.
FLOOR = 0.978


@pytest.mark.parametrize("module", keras())
def test_a_name_is_there_or_has_its_reason(module: str) -> None:
    why = {**reasons(APART), **reasons(LEFT)}
    lost = [n for n in keras()[module] if not there(module, n) and (module, n) not in why]
    assert not lost, f"{module} has lost names of Keras's, or tests/keras_names.py lacks the reason"


def test_the_share_of_what_is_there_does_not_fall() -> None:
    assert share() >= FLOOR, report()


def test_every_name_that_is_there_stands_in_a_test() -> None:
    assert not untested(), "a name without a test is not known to work"


def test_reasons_are_given_once_and_for_names_of_keras() -> None:
    apart, left = reasons(APART), reasons(LEFT)
    names = {(module, name) for module, found in keras().items() for name in found}
    assert set(apart) | set(left) <= names
    assert not set(apart) & set(left)
    for table in (APART, LEFT):
        said = sum(len(names.split()) for modules in table.values() for names in modules.values())
        assert said == len(reasons(table)), "a reason is given twice"


def test_what_does_not_resolve_is_not_there() -> None:
    assert there("layers", "Dense") and there("optimizers.schedules", "CosineDecay")
    assert not there("layers", "Dens") and not there("nowhere", "Dense")
