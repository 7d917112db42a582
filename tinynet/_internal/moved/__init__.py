"""Modules of 0.1.0 under their former names, so that old imports still work."""
