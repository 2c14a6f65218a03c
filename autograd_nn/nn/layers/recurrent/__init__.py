"""Recurrence: a cell makes one step, ``RNN`` runs it over a sequence by ``scan``.

In goes (n, t, …), a mask (n, t) and perhaps first states; out comes the last output, or all.
Start with ``cells.py``, then ``rnn.py``; a cell of one's own is a layer of states and a call.
"""

from autograd_nn.nn.layers.recurrent.bidirectional import Bidirectional
from autograd_nn.nn.layers.recurrent.cells import GRUCell, LSTMCell, SimpleRNNCell
from autograd_nn.nn.layers.recurrent.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from autograd_nn.nn.layers.recurrent.layers import GRU, LSTM, SimpleRNN
from autograd_nn.nn.layers.recurrent.rnn import RNN, StackedRNNCells

__all__ = [
    "GRU", "LSTM", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRUCell",
    "LSTMCell", "SimpleRNN", "SimpleRNNCell", "StackedRNNCells",
]  # fmt: skip
