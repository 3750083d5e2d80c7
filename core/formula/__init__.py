"""Formula language: parse, evaluate exactly, render."""
