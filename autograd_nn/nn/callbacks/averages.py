"""SwapEMAWeights: evaluation with the average of the weights."""

from __future__ import annotations

from autograd_nn.nn.callbacks.base import Callback, Logs


class SwapEMAWeights(Callback):
    """Evaluates and predicts with the averages that an optimizer keeps (``use_ema=True``).

    swap_on_epoch   the averages stay in the model from an epoch's end to the next one's begin, so
                    that what other callbacks save then are the averages.
    Raises ValueError where the optimizer keeps no averages.

    >>> from autograd_nn import nn
    >>> nn.callbacks.SwapEMAWeights(swap_on_epoch=True).swap_on_epoch
    True
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        self.swap_on_epoch = swap_on_epoch

    def _put(self, averages: bool) -> None:
        """Puts the averages, or the weights themselves, into the model."""
        optimizer = self.model.optimizer
        if optimizer.built and not optimizer.averages():
            raise ValueError(
                f"SwapEMAWeights puts weights in their averages' place, but {optimizer.name} "
                "keeps none; expected an optimizer with use_ema=True. Give it that argument."
            )
        optimizer.swap_averages(averages)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._put(averages=False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._put(averages=True)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._put(averages=True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._put(averages=False)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._put(averages=True)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._put(averages=False)
