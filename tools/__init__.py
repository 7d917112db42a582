"""Programs that make the pages and pictures of the documentation, and the long test runs.

Each is a command, run from the checkout: ``python -m tools.make_gallery``, ``.mutation``,
``.fuzz``. None of them is part of the package.
"""
