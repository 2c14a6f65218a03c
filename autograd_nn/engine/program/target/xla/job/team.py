"""What several processes do with tensors together: the first one's contents are everyone's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from autograd_nn.engine.alone import Alone
from autograd_nn.engine.program.target.xla.device import Device
from autograd_nn.engine.program.target.xla.job.ranks import Ranks
from autograd_nn.engine.program.target.xla.states import contents, same
from autograd_nn.engine.tensor import Tensor


class Team(Alone):
    """The processes whose devices run one program."""

    def __init__(self, ranks: Ranks, device: Device) -> None:
        self.ranks, self.device = ranks, device
        self.rank, self.count = ranks.rank, ranks.count

    def tell(self, what: str, value: Any) -> Any:
        return self.ranks.tell(what, value)

    def each(self, what: str, value: Any) -> list[Any]:
        return self.ranks.each(what, value)

    def together(self) -> AbstractContextManager[Any]:
        return self.ranks.together()

    def share(self, tensors: Iterable[Tensor]) -> None:
        if self.ranks.apart:
            return
        given = list(tensors)
        told = [[str(x.dtype), list(x.shape)] for x in given]
        if any([other != told for other in self.each("shapes", told)]):
            raise ConnectionError(
                "the processes have different models; expected the same layers, optimizer and "
                "metrics in each. Run the same program in all."
            )
        found = self.device.firsts([x.array for x in given])
        if self.rank:
            for x, array in zip(given, found, strict=True):
                x.assign(array)

    @contextmanager
    def leading(self, tensors: Callable[[], Iterable[Tensor]]) -> Iterator[bool]:
        ranks = self.ranks
        if ranks.apart:
            yield True
            return
        given = list(tensors())
        if self.rank:
            yield False
            changed, error = self.tell("led", None)
        else:
            before, changed, error = contents(given), [], None
            ranks.apart = True
            try:
                yield True
                changed = [i for i, was in enumerate(before) if not same(given[i], was)]
            except BaseException as raised:
                error = raised
            finally:
                ranks.apart = False
            said = None if error is None else [isinstance(error, KeyboardInterrupt), _text(error)]
            self.tell("led", [changed, said])
            if error is not None:
                raise error
        if error is not None:
            raise KeyboardInterrupt if error[0] else RuntimeError(f"process 0 left with {error[1]}")
        if changed:
            self.share([given[i] for i in changed])


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
