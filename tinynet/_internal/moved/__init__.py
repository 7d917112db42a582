"""`tinynet.keras`, and former names of modules, so that old imports still work."""
