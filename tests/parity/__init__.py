"""tinynet beside Keras and PyTorch: the same numbers from the same start."""
