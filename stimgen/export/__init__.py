"""Stimulus sets on disk: files, manifest, tables, and the checks that read them back."""
