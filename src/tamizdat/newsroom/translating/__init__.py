"""Translating: stories sent into other languages, kept beside their sources, and released together."""
