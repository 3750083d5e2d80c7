"""Reader of torch.export archives (.pt2): the graph of ATen operators that PyTorch saved, without PyTorch."""
