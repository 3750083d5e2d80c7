"""The shared back end of all readers of foreign files: layers with values and module paths become a network."""
