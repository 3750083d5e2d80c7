"""The roofline chart."""
