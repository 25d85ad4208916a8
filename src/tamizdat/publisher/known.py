"""What is known of the files of one place without reading them: that a file with a certain mark has certain bytes.

A mark (``carriers/port.py``) tells that nobody wrote to a file. File systems tell time in ticks of some milliseconds:
whoever is quick can alter a file in the very tick in which it was put there. So a mark counts only once the bytes were
compared again, in a later push, and the file still had the mark that was noted before.

What is noted is a set of keyed hashes, 8 bytes for each file, and not a table: hundreds of places may each have 200,000
files, all of them are looked up in every push, and nobody ever asks for one by name. Nothing that was taken back can be
read in it. It may be lost at any time; then every file is compared once.
"""

import secrets
from array import array
from bisect import bisect_left
from hashlib import blake2b
from typing import Final

_SALT_BYTES: Final = 16
_TOKEN_BYTES: Final = 8
NOTHING: Final = 0
"""Nothing is to be noted of a file without a mark."""


class Known:
    """What ``data``, which another one's :meth:`to_bytes` gave, knows of a place; nothing if it is empty.

    One thread may note while another asks for the bytes.
    """

    def __init__(self, data: bytes = b"") -> None:
        whole = (len(data) - _SALT_BYTES) // _TOKEN_BYTES * _TOKEN_BYTES
        # Without a secret, whoever sets a file's times could search for a mark that is taken for another.
        self._salt = data[:_SALT_BYTES] if whole > 0 else secrets.token_bytes(_SALT_BYTES)
        self._before = array("Q", data[_SALT_BYTES : _SALT_BYTES + whole] if whole > 0 else b"")
        self._now = array("Q")
        self._new = 0

    def look(self, path: str, digest: bytes, mark: str, *, again: bool = False) -> int | None:
        """None if ``mark`` says that the file at ``path`` has the bytes of which ``digest`` is the SHA-256.

        Otherwise they have to be compared, and the result is what :meth:`compared` is to be told if they are right.
        With ``again`` that is so whatever was known.
        """
        if not mark:
            return NOTHING
        sure = self._token(path, digest, mark, sure=True)
        if self._was_known(sure):
            if again:
                return sure
            self._now.append(sure)
            return None
        told = self._token(path, digest, mark, sure=False)
        return sure if self._was_known(told) else told

    def compared(self, said: int) -> None:
        """Of a file of which :meth:`look` said this the bytes were then found to be right."""
        if said != NOTHING:
            self._new += not self._was_known(said)
            self._now.append(said)

    def put(self, path: str, digest: bytes, mark: str) -> None:
        """The file was put there, and had ``mark`` afterwards."""
        self.compared(self._token(path, digest, mark, sure=False) if mark else NOTHING)

    @property
    def count(self) -> int:
        """How much is known, from before and now, some of it perhaps twice."""
        return len(self._before) + len(self._now)

    @property
    def changed(self) -> bool:
        """Whether anything is known now that was not, or the other way round."""
        return self._new > 0 or len(self._now) != len(self._before)

    def to_bytes(self, *, whole: bool = True) -> bytes:
        """What is known now; unless every file was looked at (``whole``), what was known before as well."""
        known = set(self._now) if whole else {*self._now, *self._before}
        return self._salt + array("Q", sorted(known)).tobytes()

    def _token(self, path: str, digest: bytes, mark: str, *, sure: bool) -> int:
        said = b"%b\0%b%b%b" % (path.encode(), digest, b"!" if sure else b"?", mark.encode())
        return int.from_bytes(blake2b(said, digest_size=_TOKEN_BYTES, key=self._salt).digest(), "little")

    def _was_known(self, token: int) -> bool:
        at = bisect_left(self._before, token)
        return at < len(self._before) and self._before[at] == token
