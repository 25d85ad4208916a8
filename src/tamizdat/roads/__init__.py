"""Fetching from several mirrors at once, none of them trusted: what reader, audit and mirror have in common.

See :mod:`tamizdat.roads.roads` for files of which one good copy is enough, :mod:`tamizdat.roads.signed` for the signed
files of a visit.
"""
