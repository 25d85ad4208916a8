"""Who may say what: ``sign`` for publishers, ``verify`` and ``refresh`` for everyone else.

Readers, mirrors, the audit and the conformance client drive the one workflow in ``refresh``; its rules are in
``verify``. Nothing here does I/O except ``store.DirectoryStore``, and nothing reads a clock.
"""
