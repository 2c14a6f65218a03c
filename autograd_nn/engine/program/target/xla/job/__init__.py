"""Several processes as one: how they meet, and what they agree on.

Addresses go in; out comes who decides, what all were told, and the first one's tensors in all.
Start with ranks.py, the lines between processes; join.py has JAX introduce them, and team.py is
what training knows of them.
"""
