"""The file format of `Sequential.save`.

`model_file` describes a model, `npz` reads arrays, `files` writes whole files or none, and
`rehearsal` loads what is about to be written.
"""
