"""Spaces: each knows the way between two sounds."""
