"""The volunteer's server: copies a publication from anywhere, checks every byte, and serves nothing else.

:mod:`~tamizdat.mirror.holding` is what lies on the disk, :mod:`~tamizdat.mirror.copying` how it gets there,
:mod:`~tamizdat.mirror.http` how it goes out.
"""
