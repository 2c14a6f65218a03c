"""What a check found, and a guess at the mistake behind a wrong gradient."""

from __future__ import annotations

from dataclasses import dataclass

CORRECT, WRONG = "correct", "wrong"
INCONCLUSIVE, NON_DETERMINISTIC = "inconclusive", "non-deterministic"


@dataclass(frozen=True)
class Worst:
    """The entry that is most wrong: which input, where in it, both derivatives.

    index     the entry in that input; None where several together are wrong, none of them alone.
    ad        the derivative from the tape; ``numeric`` the one measured, ± ``error``.
    output    which result (flat) was differentiated; None for a mixture of several.
    mode      'rev' or 'fwd'.
    order     1 for the gradient, 2 for the gradient's own gradient, …
    against   where ``numeric`` is from; ``low``: ``ad`` was computed in the inputs' own dtype.
    """

    leaf: str
    index: tuple[int, ...] | None
    ad: float
    numeric: float
    error: float
    output: int | None = None
    mode: str = "rev"
    order: int = 1
    against: str = "by differences"
    low: bool = False

    def __str__(self) -> str:
        place = self.leaf
        if self.index:
            place += f"[{', '.join(map(str, self.index))}]"
        of = "" if self.output is None else f" of result {self.output}"
        how = "forward mode" if self.mode == "fwd" else "reverse mode"
        what = "derivative" if self.order == 1 else f"derivative of order {self.order}"
        how += " in the inputs' own dtype" * self.low
        error = f" ± {self.error:.1g}" if self.error else ""
        measured = f"{self.numeric:.9g}{error} {self.against}"
        return f"{place}: the {what}{of} is {self.ad:.9g} by {how}, {measured}"


@dataclass(frozen=True)
class Report:
    """The outcome of `check_gradients`; true only if the verdict is 'correct'.

    verdict   'correct', 'wrong', 'inconclusive' or 'non-deterministic'.
    worst     the entry that is most wrong; None where none is.
    cause     a guess at the mistake, in words; '' where there is none.
    leaves    the verdict for each input, by name.
    probes    how many directions were tried; ``kinks`` how many of them met a kink.
    unclear   how many could not be judged.
    note      why the verdict is neither correct nor wrong.
    """

    verdict: str
    leaves: dict[str, str]
    worst: Worst | None = None
    cause: str = ""
    note: str = ""
    probes: int = 0
    kinks: int = 0
    unclear: int = 0

    def __bool__(self) -> bool:
        return self.verdict == CORRECT

    def __str__(self) -> str:
        lines = [f"gradients {self.verdict}: {len(self.leaves)} input"
                 f"{'s' * (len(self.leaves) != 1)}, {self.probes} directions"]  # fmt: skip
        if self.kinks:
            lines[0] += f", {self.kinks} at a kink"
        if self.unclear:
            lines[0] += f", {self.unclear} unclear"
        if self.worst is not None:
            lines.append(f"  worst: {self.worst}")
        if self.cause:
            lines.append(f"  likely cause: {self.cause}")
        if self.note:
            lines.append(f"  {self.note}")
        if self.verdict == WRONG and len(self.leaves) > 1:
            bad = [name for name, verdict in self.leaves.items() if verdict == WRONG]
            lines.append(f"  wrong in: {', '.join(bad)}")
        return "\n".join(lines)

    __repr__ = __str__
