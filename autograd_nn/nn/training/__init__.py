"""Training: what goes in is a model and arrays, what comes out a trained model and its logs.

`Compiled.compile` (compiled.py) notes what it is told (spec.py) and settles it on the model's
outputs (outputs.py): an `Objective` and the `Watched` metrics. `Trainer.fit`, ``evaluate`` and
``predict`` (trainer.py) take arrays through the door (door.py; arrays, targets, weighing), make
batches of them (rows.py) and walk one loop (loop.py) over one step (step.py, prediction.py),
eagerly or as a program. When the loss is finite no more, finite.py puts back what was and report.py
says what happened. Threads take turns (turns.py), Ctrl-C waits for a step's end (interrupt.py),
several processes agree (jointly.py). Read trainer.py first, then step.py.
"""
