"""Keras models: the JSON of a model's configuration, from a .keras archive, an HDF5 file or a file of its own."""
