"""Sightline answers questions about your own images and shows where each answer comes from."""

__version__ = "0.1.0"
