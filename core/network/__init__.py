"""The network as a value: nodes, paths, names and references, differences between two networks."""
