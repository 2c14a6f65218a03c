"""The figures as Markdown tables and pictures, written into a page's marked block."""

from __future__ import annotations

import os
import platform
from datetime import date
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: written by benchmarks/run.py -->", "<!-- end of figures -->"
Figures = dict[str, Any]
SETTINGS = ("OPENBLAS_", "OMP_", "MKL_", "AUTOGRAD_NN_THREADS")  # what speed depends on


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(x: float | None) -> str:
    """A number to three digits; a dash where there is none."""
    if x is None:
        return "–"
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [s.split(":", 1)[1].strip() for s in lines if s.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor() or platform.machine()


def training(name: str, found: dict[str, Figures]) -> str:
    """Each library's figures, and in brackets as multiples of ours from a filled cache."""
    base = found.get("ours", {})
    rows = []
    for library, figures in found.items():
        row = [library]
        for key in ("step_us", "cold_s", "peak_mb"):
            value, own = figures.get(key), base.get(key)
            ratio = f" ({shown(value / own)} ×)" if value and own else ""
            row.append(shown(value) + ratio)
        rows.append(row)
    head = [name, "a step, µs", "start to end of first epoch, s", "peak, MB"]
    return table(head, rows)


def bits(name: str, found: list[Figures]) -> str:
    """Times, and for each kind whether all its runs ended with the same weights."""
    rows = []
    for kind in dict.fromkeys(f["kind"] for f in found):
        group = [f for f in found if f["kind"] == kind]
        same = len({d for f in group for d in f["digests"]}) == 1
        times = [shown(f.get("step_us")) for f in group]
        rows.append([kind, *times, "yes" if same else "no"])
    return table([name, "1 thread, µs", "2 threads, µs", "same bits in every run"], rows)


def reach(results: Figures) -> str:
    """A step's arithmetic and traffic beside what the machine does at best."""
    machine, rows = results["machine"], []
    for task, program in results["program"].items():
        step = results["training"][task].get("ours", {}).get("step_us")
        if not (step and program and machine):
            continue
        gflops, gbs = program["flops"] / step / 1e3, program["bytes"] / step / 1e3
        rows.append([
            task, shown(program["instructions"]), shown(program["kernels"]),
            shown(program["memory"] / 1e6), f"{shown(gflops)} of {shown(machine['gflops'])}",
            f"{shown(gbs)} of {shown(machine['copy_gbs'])}",
        ])  # fmt: skip
    head = ["program", "instructions", "kernels", "memory, MB", "GFLOP/s", "GB/s"]
    return table(head, rows)


def growth(axis: str, rows: list[Figures]) -> str:
    keys = ("n", "step_us", "empty_s", "filled_s")
    head = [axis, "a step, µs", "first batch, empty cache, s", "first batch, filled cache, s"]
    return table(head, [[shown(r[k]) for k in keys] for r in rows])


def block(results: Figures, quick: bool) -> str:
    """All tables, with the machine and the date."""
    chosen = [f"`{k}={v}`" for k, v in sorted(os.environ.items()) if k.startswith(SETTINGS)]
    setting = f", with {', '.join(chosen)}" if chosen else ""
    parts = [f"{processor()}, Python {platform.python_version()}, {date.today()}{setting}."]
    if quick:
        parts.append("From a quick run: these figures show that everything runs, not how fast.")
    parts.append("### Training\n\nMedians of processes that took turns; (n ×): n times ours.")
    parts += [training(*item) for item in results["training"].items()]
    parts += ["### The same bits", *(bits(*item) for item in results["bits"].items())]
    parts += ["### What the machine could do", reach(results)]
    calls = results["calls"]
    parts += [
        "### Single calls",
        table(["call", "µs"], [
            ["`model.predict` of one row", shown(calls.get("predict_us"))],
            ["`model.train_on_batch` of 32 rows", shown(calls.get("batch_us"))],
            ["`ag.jit` of a function of 32 numbers", shown(calls.get("jit_us"))],
        ]),
        "### Growth",
        *(growth(*item) for item in results["growth"].items()),
    ]  # fmt: skip
    return "\n\n".join(parts)


def write(out: Path, text: str, results: Figures) -> None:
    """Puts the text, and the pictures beside the page, between the page's marks."""
    images = pictures(out, results)
    links = "\n\n".join(f"![{label}]({path.name})" for label, path in images)
    fresh = "\n\n".join(p for p in (BEGIN, text, links, END) if p)
    old = out.read_text(encoding="utf-8") if out.exists() else f"# Figures\n\n{BEGIN}\n{END}\n"
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    out.write_text(before + fresh + after, encoding="utf-8")


def pictures(out: Path, results: Figures) -> list[tuple[str, Path]]:
    """Bars of step times by library, and lines of growth; none without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return []
    tasks = results["training"]
    figure = Figure(figsize=(4.5 * len(tasks), 3), layout="constrained")
    grid = figure.subplots(1, len(tasks), squeeze=False)[0]
    for axes, (task, found) in zip(grid, tasks.items(), strict=True):
        bars = {k: v["step_us"] for k, v in found.items() if "step_us" in v}
        bars = dict(sorted(bars.items(), key=lambda b: -b[1]))
        axes.barh(list(bars), list(bars.values()), color="tab:blue")
        axes.set(xscale="log", xlabel="µs a step", title=task)
    training_path = out.with_name(out.stem + "-training.svg")
    figure.savefig(training_path)

    figure = Figure(figsize=(9, 3), layout="constrained")
    grid = figure.subplots(1, max(len(results["growth"]), 1), squeeze=False)[0]
    for axes, (axis, rows) in zip(grid, results["growth"].items(), strict=False):
        axes.loglog([r["n"] for r in rows], [r["step_us"] for r in rows], marker=".")
        axes.set(xlabel=axis, ylabel="µs a step")
        axes.grid(alpha=0.3)
    growth_path = out.with_name(out.stem + "-growth.svg")
    figure.savefig(growth_path)
    return [("Time a step, by library", training_path), ("Growth of a step", growth_path)]
