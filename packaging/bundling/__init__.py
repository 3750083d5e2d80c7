"""Makes the packages that people install: environment, pruning, licences, archives. Only `packaging/build` runs it."""
