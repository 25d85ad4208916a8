"""Everything that can go wrong, grouped by whose fault it is.

Each class has a stable ``id`` (the key of its translated sentence), an exit code for the command line and named
fields. ``str(error)`` is the English sentence, made from the template and the fields.
"""

from enum import StrEnum
from typing import ClassVar


class Failure(StrEnum):
    """Failure classes of untrusted bytes. They are data in ``vectors/``: one vector, one failure."""

    MALFORMED = "malformed"
    """Does not follow the grammar."""
    NONCANONICAL = "noncanonical"
    """Follows the grammar, but another spelling of the same value is the canonical one."""
    UNSUPPORTED = "unsupported"
    """A codec, version or critical section that this reader does not know."""
    TOO_LARGE = "too-large"
    """Over a limit: bytes, records, depth."""
    WRONG_HASH = "wrong-hash"
    """Bytes are not those that the signed index, role or fingerprint names."""
    WRONG_SIGNATURE = "wrong-signature"
    """Not signed by enough of the keys that may."""
    WRONG_LANGUAGE = "wrong-language"
    """Valid, but for another language."""
    WRONG_ROOT = "wrong-root"
    """The stories do not add up to the Merkle root in the signed head."""
    ROLLBACK = "rollback"
    """Older than what this reader has already seen."""
    EQUIVOCATION = "equivocation"
    """Two different signed contents for one number."""
    MIX_AND_MATCH = "mix-and-match"
    """Signed files that were never published together."""
    EXPIRED = "expired"
    """Past its expiry, under the policy that refuses such files."""
    NOT_FOUND = "not-found"
    """No trusted role vouches for that path, or the mirror does not have it."""


class TamizdatError(Exception):
    """Base of all our errors. Fields given by name fill the class's template."""

    id: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    template: ClassVar[str] = "{detail}"

    def __init__(self, detail: str = "", **fields: object) -> None:
        self.detail = detail
        self.fields: dict[str, object] = {"detail": detail, **fields}
        super().__init__(self.template.format_map(self.fields))


# --- What you asked for -------------------------------------------------------------------------------------------


class UsageError(TamizdatError):
    """The command or its arguments cannot be carried out as given."""

    id = "usage"
    exit_code = 2


class ConfigError(TamizdatError):
    """A setting is missing or wrong. Fields: ``file``, ``line`` (0 when unknown), ``key``."""

    id = "config"
    exit_code = 2
    template = "{file}, line {line}: {key}: {detail}"


class NoticeError(TamizdatError):
    """A value cannot stand in a notice. Field: ``field``."""

    id = "notice"
    exit_code = 2
    template = "{field}: {detail}"


class PassphraseError(TamizdatError):
    """A passphrase is missing or does not open the file. Field: ``file``."""

    id = "passphrase"
    exit_code = 2
    template = "{file}: {detail}"


class CeremonyError(TamizdatError):
    """A key or ceremony file is not what the step needs. Field: ``file``."""

    id = "keys"
    exit_code = 2
    template = "{file}: {detail}"


class RootKeyPresentError(TamizdatError):
    """A private root or targets key lies on the publishing machine. Field: ``file``."""

    id = "root-key-present"
    exit_code = 6
    template = (
        "{file}: an offline key is on the machine that publishes. Move it to its own device, delete it here, "
        "then publish again. (A thief of this machine could replace every key of the publication.)"
    )


# --- What the newsroom's material did -----------------------------------------------------------------------------


class ItemError(TamizdatError):
    """One item of a source cannot become a story; the rest goes on. Fields: ``where``, ``what``."""

    id = "item"
    exit_code = 3
    template = "{where}: {detail}"


class ItemNote(ItemError):  # noqa: N818 - it is a note: the story went in
    """Something of an item was lost or changed on the way, but its story went in."""

    id = "item-note"
    exit_code = 0


class ItemWithdrawn(ItemNote):
    """An item's source took it back. Fields besides: ``language``, ``status``, and ``why`` in the source's words.

    ``language`` is empty if it is taken back in every one.
    """

    id = "item-withdrawn"


class SourceError(TamizdatError):
    """A whole source cannot be read. Fields: ``source``."""

    id = "source"
    exit_code = 3
    template = "{source}: {detail}"


class TranslatorError(TamizdatError):
    """A machine that translates did not. Fields: ``service``, ``status`` of its answer, ``passing``: try again."""

    id = "translator"
    exit_code = 3
    template = "{service}: {detail}"


class StoryError(TamizdatError):
    """A value cannot stand in a story. Field: ``field``."""

    id = "story"
    exit_code = 3
    template = "{field}: {detail}"


# --- What came from outside and is not trusted --------------------------------------------------------------------


class UntrustedError(TamizdatError):
    """Bytes from outside that were refused. ``failure`` is the class that vectors and reports name."""

    id = "untrusted"
    exit_code = 4
    template = "{what}: {detail} ({failure})"

    def __init__(self, failure: Failure, detail: str, *, what: str = "bytes") -> None:
        self.failure = failure
        self.what = what
        super().__init__(detail, failure=failure.value, what=what)


class FormatError(UntrustedError):
    """Bytes that do not follow ``spec/``."""

    id = "format"


class TrustError(UntrustedError):
    """Bytes that nobody with the right to do so has signed, or that are older than what was seen."""

    id = "trust"


class PublicationError(UntrustedError):
    """The very bytes that signed files name, and they break the rules: whoever delivered them is not to blame."""

    id = "publication"
    template = "{what}: {detail} ({failure}); signed so by the publication"


# --- What the network and the machine did -------------------------------------------------------------------------


class CarrierError(TamizdatError):
    """A carrier could not move a file. Fields: ``carrier``, ``path``."""

    id = "carrier"
    exit_code = 5
    template = "{carrier}: {path}: {detail}"


class MissingFileError(CarrierError):
    """The carrier works, but has no such file."""

    id = "carrier-missing"


class NoMirrorError(TamizdatError):
    """No mirror gave what was needed."""

    id = "no-mirror"
    exit_code = 5


class LibraryError(TamizdatError):
    """The kept library cannot be opened or written. Field: ``file``."""

    id = "library"
    exit_code = 7
    template = "{file}: {detail}"
