"""Models as ONNX files: what a call records, written op by op.

A model goes in, a file that any ONNX runtime runs comes out; its batch may be of any size.
export.py records the model at two sizes of batch, walk.py goes through both records; writer.py has
the nodes made so far, and tells what the size of the batch decides; rules.py, products.py and
loops.py have one rule per op, by its name. Start with export.py.
"""

from __future__ import annotations

from autograd_nn.nn.saving.onnx.export import export

__all__ = ["export"]
