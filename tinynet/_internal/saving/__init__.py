"""The file format of `Sequential.save`.

`model_file` describes a model, `npz` reads arrays, `files` writes files atomically, and `rehearsal`
checks before writing that the file can be loaded.
"""
