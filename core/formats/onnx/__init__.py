"""ONNX models: their messages, and the network that they hold."""
