"""Optimizers by the names in small letters that Keras 1 and 2 had beside their own."""

from __future__ import annotations

from autograd_nn.nn import optimizers

sgd, rmsprop, nadam = optimizers.SGD, optimizers.RMSprop, optimizers.Nadam
adam, adamax, adagrad = optimizers.Adam, optimizers.Adamax, optimizers.Adagrad
adadelta = optimizers.Adadelta
