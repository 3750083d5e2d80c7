"""The operators of PyTorch (ATen) as layers: the table that .pt2 archives and recorded traces share."""
