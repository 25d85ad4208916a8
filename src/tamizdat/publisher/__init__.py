"""From a newsroom's sources to signed editions on every carrier: gather, press, sign, push.

Whatever happens on the way, the ledger (one SQLite file) decides what was published: everything up to its commit can
be thrown away and everything after it can be done again, byte for byte.
"""
