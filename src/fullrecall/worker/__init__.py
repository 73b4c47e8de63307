"""Loops over use cases: one file per loop."""
