"""Machinery: checks of arguments, the layout of a model's arrays, threads, memory, files."""
