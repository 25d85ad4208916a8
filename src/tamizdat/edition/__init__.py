"""Editions as bytes: stories, packs, indexes and heads. Bytes in, values out, and back; no I/O.

Normative: spec/edition.md. Every function that reads untrusted bytes raises
:class:`~tamizdat.errors.FormatError` and nothing else.
"""
