"""Ways to move files: one file per carrier behind the small port in ``port.py``."""
