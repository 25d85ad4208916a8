"""Raw DEFLATE (RFC 1951) that is the same on every machine: no compressor's choices are in it."""

from typing import Final

Parts = tuple[bytes | tuple[bytes, int], ...]

# The payload of of_packs.RECORDS in fixed codes, in two blocks with an empty stored one between.
FIXED: Final = bytes.fromhex(
    "e2e1625062606266646664506760646262e060d8cbcec0cbc0c4c8ffbff87f8900ffff6c5e86ffe90200000000fffffb5fcaf03fe3ff85e9"
    "82ff2f6c14141611fa7f61d3ff0bbb041978589858d8199999195958ff8730b370313101d1ff2886ff01ff2fcc17fa7fb141e4bf0258f90e"
    "91ff7a0c0cff2bf87898f9d8d9399979fe2733f1b1327373f0b031fd3761e26561e3e6e0e0e4f89fc8fadf92810100"
)
# The payload of one story, samples.FULL, in a block with codes of its own.
DYNAMIC: Final = bytes.fromhex(
    "c5914d73db20108625cb0bd667e2d8b51dab48da18220904d8b20fbd747ac8e4dce9a1bdf69fe4af53d48c3be94c6f3d641696e5e5f02ecf"
    "de86f379b00eb3380a48300ba230f239f431f3416e422a38d3953aea85b15ab4e87ee6b17b39c30125e802f85ad52d6a438d5503a5a3d22d"
    "74ee49338993c664e3b3e8ba18aa4dd732ba467df26f50add94948ba555a6307e34e694b377de56b83b592aabf801dbc68c0befa1a68f234"
    "5f2eb26c9117fb2cbf4b53bf3ec2f1ad5a5cd5f6adea3e5de553cf6a2ebc3dfbf0fa295a0a8dd0a70fff1744f4ec80c9e38007b2bc4949b1"
    "4cc96dea4fbf57b49e68c4646569c3461993bfbceb7ff54f37968ecc783cb261173750a92cdd1fd1f85b0cbb3dc70b0d26e20336210d26ea"
    "21ecee913574c6ad1dcc5d923c303f32ae34c67866fdd061c2dc97ca7daea3915fe6e12c3947960b330fa12839b354e2d982fb56a2771636"
    "867b5fd54cc6b05ad1e6f790c17d559eddc68e0adc77cb35226cdf11dd3e2b7da7421ea0345c0cc4c331506e856604dcf395c34934a8fe30"
    "c888fb310900bf00"
)


def stored(*parts: bytes | tuple[bytes, int]) -> Parts:
    """Stored blocks: each part is one, or as many as it stands there; the last one is final and empty."""
    blocks: list[tuple[bytes, int]] = []
    for data, times in (part if isinstance(part, tuple) else (part, 1) for part in parts):
        blocks.append(
            (b"\x00" + len(data).to_bytes(2, "little") + (0xFFFF - len(data)).to_bytes(2, "little") + data, times)
        )
    return (*blocks, b"\x01\x00\x00\xff\xff")


def joined(parts: Parts) -> bytes:
    """The bytes of what is not too long."""
    return b"".join(part[0] * part[1] if isinstance(part, tuple) else part for part in parts)


EMPTY: Final = b"\x00\x00\x00\xff\xff"
"""A stored block of nothing, at the beginning of a stream or after another such block."""


def _bytes(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


# A literal zero; a copy of 258 bytes from one byte back; the end of a block. All in fixed codes.
_ZERO, _COPY, _END = "00110000", "11000101" + "00000", "0000000"


def zeros(turns: int) -> Parts:
    """One block of fixed codes that inflates to 2,065 zeros and 2,064 for each turn of 13 bytes: a bomb."""

    def block(matches: int) -> bytes:
        return _bytes("110" + _ZERO + _COPY * matches + _END)  # final, fixed

    once, twice = block(8), block(16)
    if twice != once[:2] + twice[2:15] + once[2:]:
        raise ValueError(turns)
    return once[:2], (twice[2:15], turns), once[2:]


def run_of_zeros(copies: int) -> bytes:
    """A block that inflates to 1 + 258 * ``copies`` zeros, then an empty stored one; neither is the last."""
    return _bytes("010" + _ZERO + _COPY * copies + _END + "000") + EMPTY[1:]
