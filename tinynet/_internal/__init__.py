"""Internal machinery: argument checks, the layout of a model's arrays, threads, memory, files."""
