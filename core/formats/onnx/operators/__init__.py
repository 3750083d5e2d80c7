"""The operators of ONNX as layers, a module for each group."""
