"""Tamizdat: signed editions of the news that any untrusted mirror can carry."""

__version__ = "0.1.0"
