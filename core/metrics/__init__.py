"""Every number once: its value, total and explanation; conventions, devices and budgets."""
