"""TensorFlow Lite models: the tables of a FlatBuffer, and the network that they hold."""
