"""Recovery: copies of unsaved work, from which a network is restored after a crash or a power cut.

Each run of the window has a folder with a lock file, which the system unlocks when the process ends, however it ends.
A folder with a free lock belongs to a run that is over: the records in it were never saved.
"""
