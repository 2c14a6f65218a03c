"""Several processes as one: how they meet, and what they agree on.

Addresses go in; out comes who decides, what all were told, and the first one's tensors in all.
Start with meet.py, which draws lines between processes, and ranks.py, what is said on them; join.py
has JAX introduce them, too, and team.py is what training knows of them.
"""
