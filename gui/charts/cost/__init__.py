"""The bar chart of costs."""
