"""Many analyses of one network, such as the largest batch within the budgets."""
