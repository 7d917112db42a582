"""Run Keras scripts and notebooks unchanged, with tinynet in place of Keras.

``python -m tinynet script.py`` runs a script that imports ``tensorflow`` or ``keras``. In a
notebook that is already running, `install` does the same for the imports that follow::

    import tinynet.keras_scripts
    tinynet.keras_scripts.install()

This package holds everything that only such scripts need. `modules` lists which module of tinynet
each import gets.
"""

from tinynet.keras_scripts.modules import install

__all__ = ["install"]
