"""Keras's data sets for dense networks that tinynet's own room doesn't have: tables and word lists.

Each is the file that Keras downloads, checked against its hash; the copy in Keras's own folder,
``~/.keras/datasets``, is taken where there is one.
"""
