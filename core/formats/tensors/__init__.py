"""Files that hold tensors and no graph: GGUF, safetensors, state dicts of PyTorch; they open as a table of tensors."""
