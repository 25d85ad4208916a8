"""The ``tamizdat`` command. Thin: it reads arguments, calls the layer below and prints."""
