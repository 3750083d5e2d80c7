"""Copies of unsaved work, from which a network comes back after a crash or a power cut.

Each run of the window has a folder with a lock in it, which the system frees when the process ends, however it ends.
A folder whose lock is free belongs to a run that is over: what it still holds was never saved.
"""
