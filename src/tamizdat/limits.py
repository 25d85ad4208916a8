"""Every bound on untrusted input, in one frozen place (spec/edition.md, "Limits").

Readers reject what exceeds these; publishers refuse to make it. Units stand in the names.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a hostile mirror, feed or file from costing more than it should."""

    # One signed metadata file, raw. 64 delegated languages fit in a tenth of this.
    max_root_bytes: int = 512_000
    max_timestamp_bytes: int = 16_384
    max_snapshot_bytes: int = 2_000_000
    max_targets_bytes: int = 5_000_000
    # Newer roots followed in one visit: a mirror cannot feed an endless chain.
    max_root_rotations: int = 256
    # Delegated roles visited for one target path.
    max_delegations: int = 32

    max_index_bytes: int = 1_000_000
    max_shelf_bytes: int = 4_000_000
    max_pack_bytes: int = 6_000_000
    # A pack says its inflated size first; inflating stops there (decompression bomb).
    max_pack_raw_bytes: int = 8_000_000
    max_pack_records: int = 65_536
    max_segments: int = 16_384
    max_sections: int = 256
    max_front_entries: int = 256

    max_story_bytes: int = 2_000_000
    max_line_chars: int = 262_144
    max_blocks: int = 8_192
    max_story_id_bytes: int = 200
    max_inline_depth: int = 6
    max_table_cells: int = 8_192
    max_header_values: int = 64
    max_language_bytes: int = 35

    # Foreign material, before it becomes stories.
    max_feed_bytes: int = 64_000_000
    max_item_bytes: int = 8_000_000
    max_picture_bytes: int = 40_000_000
    max_picture_pixels: int = 80_000_000

    # One file served by a mirror whose exact length is not known beforehand, per second of patience.
    min_bytes_per_second: int = 64
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 20.0


LIMITS = Limits()
