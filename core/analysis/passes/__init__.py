"""Whole-network passes over a result: schedule, liveness, receptive fields, backward, language models."""
