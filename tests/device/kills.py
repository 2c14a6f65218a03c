"""Kills one of two processes at a random time: ``python -m tests.device.kills 30``.

The other is to end by itself within a minute, and to say which process is gone (or never came); a
training of one process then goes on from the last checkpoint, and comes to what it would have come
to.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

EPOCHS, LONGEST = 40, 60.0


def start(rank: int, port: int, folder: Path, kind: str) -> subprocess.Popen[str]:
    flags = os.environ.get("XLA_FLAGS", "").replace("count=8", "count=4")
    settings = {"XLA_FLAGS": flags, "AUTOGRAD_NN_CACHE": str(folder / f"kernels{rank}")}
    command = [sys.executable, "-m", "tests.device.rank", str(port), str(rank), str(folder), kind]
    return subprocess.Popen(command, env=os.environ | settings, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, cwd=Path(__file__).parents[2])  # fmt: skip


def free() -> int:
    """A port that nobody listens at, and which none gets who asks for just any."""
    while True:
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", secrets.choice(range(15_000, 32_000))))
            return int(probe.getsockname()[1])


def killed(folder: Path, victim: int, seconds: float, epoch: int = -1) -> tuple[float, int, str]:
    """(seconds that the other took to end, its exit status, what it printed).

    seconds   after the start, or behind the end of an epoch (which the first one prints).
    """
    port = free()
    both = [start(rank, port, folder, str(EPOCHS)) for rank in (0, 1)]
    said = ""
    try:
        if epoch >= 0:
            for line in both[0].stdout or ():
                said += line
                if line.startswith(f"epoch {epoch}"):
                    break
        time.sleep(seconds)
        both[victim].kill()
        began = time.monotonic()
        said += both[1 - victim].communicate(timeout=LONGEST)[0]
        return time.monotonic() - began, both[1 - victim].returncode, said
    finally:
        for process in both:
            process.kill()
            process.communicate()


def told(victim: int, said: str) -> bool:
    """Whether an end was told in our words, and not in those of JAX's abort."""
    words = f"process {victim} of 2 (is gone|did not come|does not answer)"
    return bool(re.search(words, said)) and "Check failure stack trace" not in said


def goes_on(folder: Path) -> bool:
    """Whether one process, from the checkpoint, comes to what no kill would have changed."""
    from autograd_nn import nn
    from tests.device.models import small, states

    file = folder / "backup.agn"
    if not file.exists():
        return False
    backup = nn.callbacks.BackupAndRestore(file, delete_checkpoint=False)
    again = small("cpu", epochs=EPOCHS, callbacks=[backup])
    whole = small("cpu", epochs=EPOCHS)
    for a, b in zip(states(again), states(whole), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    return True


def main(times: int) -> None:
    from tests.device import conftest  # noqa: F401  (sets what JAX reads as it begins)

    draw = random.Random(0)
    for i in range(times):
        victim, inside = draw.randrange(2), draw.random() < 0.7
        seconds = draw.uniform(0, 2.0 if inside else 8.0)
        with tempfile.TemporaryDirectory() as name:
            epoch = draw.randrange(9) if inside else -1
            took, status, said = killed(Path(name), victim, seconds, epoch)
            whole = told(victim, said), goes_on(Path(name))
        print(f"{i + 1}: killed {victim} {'in training' if inside else 'from the start'} + "
              f"{seconds:.1f} s; the other ended after {took:.1f} s with {status}, "
              f"told {whole[0]}, goes on {whole[1]}", flush=True)  # fmt: skip
        if status == 0 or not whole[0]:
            raise SystemExit(f"it ended as if all were well, or did not say why:\n{said}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
