"""Stores a state dict of PyTorch and what its modules give: ``python -m tests.peers.store_torch``.

tests/nn/files reads them without PyTorch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from autograd_nn.nn.saving import tensors

DATA = Path(__file__).parents[1] / "nn" / "files" / "data"


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(7, 6)
        self.rnn = torch.nn.GRU(6, 3, batch_first=True, bidirectional=True)
        self.norm = torch.nn.LayerNorm(6)
        self.attend = torch.nn.MultiheadAttention(6, 2, batch_first=True)
        self.conv = torch.nn.Conv1d(6, 4, 2)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.rnn(self.embed(ids))[0])
        x = self.attend(x, x, x)[0]
        return self.head(self.conv(x.transpose(1, 2)).mean(-1))


if __name__ == "__main__":
    torch.manual_seed(0)
    net = Net().eval()
    ids = torch.randint(0, 7, (3, 5))
    state = {name: value.numpy() for name, value in net.state_dict().items()}
    tensors.write(DATA / "torch.safetensors", state, {})
    np.savez(DATA / "torch.npz", x=ids.numpy(), y=net(ids).detach().numpy())
