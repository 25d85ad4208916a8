"""The reader: finds the newest edition among mirrors that nobody trusts, checks every byte, shows the news.

``language`` and ``trail`` decide and do no I/O; ``sync`` fetches for them; ``library`` keeps what the reader asked to
keep, encrypted; ``show`` prints.
"""
