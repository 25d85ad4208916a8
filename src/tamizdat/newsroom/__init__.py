"""The newsroom: where stories are written, translated and released. A Django project on Wagtail.

Its database is one more source to the publisher (``source.py``). What readers get leaves it in one way only: as a
*release*, the canonical bytes of a story, written in the same transaction as the act of an editor that caused it.
"""
