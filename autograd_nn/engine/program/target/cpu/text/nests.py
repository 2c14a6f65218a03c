"""The text of a walk over the entries at a key: a loop nest written for its structure alone."""

from __future__ import annotations

from autograd_nn.engine.program.lower.index import Nest

# What happens to an entry. ``near`` is the array of the result's shape, ``far`` the one indexed;
# ``at`` counts the entries in order.
BODIES = {
    "gather": "store(near, {y}, load(far, {x}, {F}, 1, {s}), {N}, 0, {s})",
    "scatter": "store(far, {x}, {F}(load(far, {x}, {F}, 1, {s}) + load(near, {y}, {N}, 0, {s})), "
    "{F}, 1, {s})",
    "put": "store(far, {x}, {F}(load(near, {y}, {N}, 0, {s})), {F}, 1, {s})",
    "number": "store(far, {x}, I8({at}), {F}, 1, {s})",
    "won": "store(near, {y}, B1(1 if load(far, {x}, {F}, 1, {s}) == {at} else 0), {N}, 0, {s})",
}


def nest_text(nest: Nest, name: str) -> str:
    """The source of a nest's kernel, under ``name``."""
    n, count = len(nest.over), len(nest.indices)
    last = max((d for d in range(n) if nest.over[d] == "b"), default=-1)
    scopes = 2 + count
    cells = iter(range(10_000))
    lines = [f"def {name}(a, tid, nth):"]

    def put(depth: int, text: str) -> None:
        lines.append("    " * depth + text)

    def strides(name: str, steps: str) -> None:
        for d, step in enumerate(steps):
            cell = next(cells)
            if step == "s":
                put(1, f"{name}{d} = a[{cell}]")

    def on(name: str, d: int, step: str) -> str:
        """The place in an array after axis d, from the one before it."""
        moved = {"0": "", "1": f" + i{d}", "s": f" + i{d} * {name}s{d}"}[step]
        return f"{name}{d} = {name}{d - 1 if d else ''}{moved}"

    for d in range(n):
        put(1, f"n{d} = a[{next(cells)}]")
    put(1, f"status, code = a[{next(cells)}], a[{next(cells)}]")
    for name, axis, steps in (("near", "y", nest.near_steps), ("far", "x", nest.far_steps)):
        put(1, f"{name} = a[{next(cells)}]")
        strides(f"{axis}s", steps)
    for j, (_, steps) in enumerate(nest.indices):
        for name in ("index", "limit", "span"):
            put(1, f"{name}{j} = a[{next(cells)}]")
        put(1, f"j{j}_ = 0")
        strides(f"j{j}_s", steps)
    put(1, "y = x = at = b = 0")

    def look_up(depth: int, d: str) -> None:
        """Reads the index arrays, checks what they hold, moves on in the array indexed."""
        for j, (code, _) in enumerate(nest.indices):
            put(depth, f"r{j} = I8(load(index{j}, j{j}_{d}, {code}, {2 + j}, {scopes}))")
            put(depth, f"r{j} = r{j} + limit{j} if r{j} < 0 else r{j}")
            put(depth, f"if r{j} < 0 or r{j} >= limit{j}:")
            put(depth + 1, f"store(status, 0, code + b{d} * {count} + {j}, I8, 0, 1)")
            put(depth + 1, "return")
        moved = "".join(f" + r{j} * span{j}" for j in range(count))
        put(depth, f"x{d} = x{d}{moved}")

    if last < 0 and count:
        look_up(1, "")
    for d in range(n):
        bounds = f"n{d} * tid // nth, n{d} * (tid + 1) // nth" if d == nest.shared else f"n{d}"
        put(d + 1, f"for i{d} in range({bounds}):")
        before = str(d - 1) if d else ""
        put(d + 2, on("y", d, nest.near_steps[d]))
        put(d + 2, on("x", d, nest.far_steps[d]))
        put(d + 2, f"at{d} = at{before} * n{d} + i{d}")
        mine = nest.over[d] == "b"
        put(d + 2, f"b{d} = b{before} * n{d} + i{d}" if mine else f"b{d} = b{before}")
        for j, (_, steps) in enumerate(nest.indices):
            put(d + 2, on(f"j{j}_", d, steps[d]))
        if d == last and count:
            look_up(d + 2, str(d))
    end = str(n - 1) if n else ""
    body = BODIES[nest.kind].format(
        y=f"y{end}", x=f"x{end}", at=f"at{end}", s=scopes, N=nest.near, F=nest.far
    )
    put(n + 1, body)
    return "\n".join(lines) + "\n"
