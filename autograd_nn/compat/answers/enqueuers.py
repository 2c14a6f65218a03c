"""``keras.utils``' enqueuers: threads that make batches ahead, which a generator hands out."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from autograd_nn.nn.renamed import warn_user


class SequenceEnqueuer:
    """The base: batches wait in a queue, in the order they were asked for.

    use_multiprocessing   is taken and does nothing: threads make the batches.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False) -> None:
        if use_multiprocessing:
            warn_user(f"{type(self).__name__}: use_multiprocessing= is not needed; leave it out.")
        self.sequence = sequence
        self.stop_signal: threading.Event | None = None
        self.run_thread: threading.Thread | None = None
        self.workers = 0

    def is_running(self) -> bool:
        """Whether batches are made."""
        return self.stop_signal is not None and not self.stop_signal.is_set()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begins to make batches, so many at a time, and no more than may wait."""
        self.workers = max(1, workers)
        self.queue: queue.Queue[Future | None] = queue.Queue(max(1, max_queue_size))
        self.stop_signal = threading.Event()
        self.run_thread = threading.Thread(target=self._run, daemon=True)
        self.run_thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Makes no more."""
        if self.stop_signal is not None:
            self.stop_signal.set()
        while self.run_thread is not None and self.run_thread.is_alive():
            try:
                self.queue.get_nowait()
            except queue.Empty:
                self.run_thread.join(0.01)

    def _run(self) -> None:
        with ThreadPoolExecutor(self.workers) as pool:
            for job in self._jobs():
                if not self.is_running():
                    break
                self.queue.put(pool.submit(job))
        self.queue.put(None)

    def _jobs(self) -> Iterator[Any]:
        raise NotImplementedError

    def get(self) -> Iterator[Any]:
        """Hands out batches as they come; raises what making one raised."""
        while (made := self.queue.get()) is not None:
            try:
                batch = made.result()
            except StopIteration:  # another worker may still bring what came before the end
                self.stop_signal.set()  # type: ignore[union-attr]
                continue
            except Exception:
                self.stop()
                raise
            if batch is not None:
                yield batch


class OrderedEnqueuer(SequenceEnqueuer):
    """The batches of a `PyDataset` (`Sequence`), pass after pass.

    shuffle   a new order for every pass.

    >>> ahead = OrderedEnqueuer([10, 20])
    >>> ahead.start()
    >>> batches = ahead.get()
    >>> [next(batches) for _ in range(3)]
    [10, 20, 10]
    >>> ahead.stop()
    """

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _jobs(self) -> Iterator[Any]:
        waiting: list[threading.Event] = []
        while True:
            order = np.arange(len(self.sequence))
            if self.shuffle:
                np.random.shuffle(order)
            for i in order:
                done = threading.Event()
                waiting.append(done)
                yield lambda i=int(i), done=done: self._made(i, done)
            for done in waiting:
                while not done.wait(0.1) and self.is_running():
                    continue
            waiting.clear()
            getattr(self.sequence, "on_epoch_end", lambda: None)()

    def _made(self, i: int, done: threading.Event) -> Any:
        try:
            return self.sequence[i]
        finally:
            done.set()


class GeneratorEnqueuer(SequenceEnqueuer):
    """What a generator gives, to its end."""

    def __init__(
        self, generator: Any, use_multiprocessing: bool = False, wait_time: Any = None,
        random_seed: Any = None, seed: Any = None, pickle_safe: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(generator, use_multiprocessing or pickle_safe)
        self._lock = threading.Lock()

    def _jobs(self) -> Iterator[Any]:
        while True:
            yield self._following

    def _following(self) -> Any:
        with self._lock:
            return next(self.sequence)
