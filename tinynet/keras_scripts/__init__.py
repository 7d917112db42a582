"""Run Keras scripts and notebooks unchanged, with tinynet in place of Keras.

``python -m tinynet script.py`` runs a script that imports ``tensorflow`` or ``keras``. In a
notebook that is already running, `install` does the same for the imports that follow::

    import tinynet.keras_scripts
    tinynet.keras_scripts.install()

This package holds everything that only such scripts need. `modules` lists which module of tinynet
each import gets.
"""

import sys

from tinynet.keras_scripts.modules import Finder, is_answer

__all__ = ["install"]


def install() -> None:
    """From now on, make imports of `tensorflow` and `keras` in this process use tinynet.

    Calling it again has no effect.

    Raises
    ------
    ImportError
        If the real TensorFlow or Keras is already imported: the two would receive each other's
        objects.
    """
    real = [
        name
        for name in ("tensorflow", "keras", "tf_keras")
        if name in sys.modules and not is_answer(sys.modules[name])
    ]
    if real:
        raise ImportError(
            f"The real {' and '.join(real)} is imported in this process already, so tinynet can't "
            f"replace it: start a new process (restart the kernel) and install tinynet first."
        )
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
