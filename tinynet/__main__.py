"""The command ``python -m tinynet``: run a Keras script or notebook as it is."""

from tinynet.keras_scripts.command import main

if __name__ == "__main__":
    main()
