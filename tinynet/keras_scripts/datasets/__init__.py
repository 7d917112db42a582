"""Keras's data sets for dense networks that `tinynet.datasets` lacks: tables and lists of words.

Each is the file that Keras downloads, checked against its hash. If there is a copy in Keras's own
folder, ``~/.keras/datasets``, it is used.
"""
