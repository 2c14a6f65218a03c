"""Lowering: a call that is no loop becomes steps over kernels. One family of ops a file.

In: a `Builder` and a call of the record. Out: steps. A lowering is ``(builder, call) -> bool``; it
asks where operands lie (`builder.place`, `ordered`, `of`), adds steps (`builder.run` a kernel,
`copy`, `fill`), and says False, or why, where its kernel does not fit: Python then makes the call.
A file here registers it with ``@lowering("name")`` and is found by itself; an op may name it in its
block, ``lowering=``, or a plain function of arrays, ``kernel=`` (``arrays.py``). A kernel here is
Python that is compiled from its text, ``(a, tid, nth)``: it reads its cells ``a[0]``, … and does
part ``tid`` of ``nth``, with `load` and `store` as in ``engine/kernels``. Start with ``order.py``;
``tests/program/test_kernel_door.py`` has an op whole.
"""

from autograd_nn.engine.graph.values import Call as Call
from autograd_nn.engine.graph.values import Immediate as Immediate
from autograd_nn.engine.graph.values import Value as Value
from autograd_nn.engine.program.dtypes import code_of as code_of
from autograd_nn.engine.program.dtypes import floating as floating
from autograd_nn.engine.program.dtypes import integer as integer
from autograd_nn.engine.program.dtypes import known as known
from autograd_nn.engine.program.layout import Place as Place
from autograd_nn.engine.program.layout import whole as whole
from autograd_nn.engine.program.plan.builder import Builder as Builder
