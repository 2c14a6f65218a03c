"""What scripts of TensorFlow 1 ask for around their models: sessions, graphs, flags, devices.

Start with sessions.py, which computes symbols of what is fed; first.py has what stood at the top,
machine.py and graphs.py what is said of devices, logs and files, flags.py what a call tells.
"""
