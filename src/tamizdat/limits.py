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
    # What a pack becomes in memory, for each byte of it: each record counts for its bytes and record_overhead_bytes.
    # News in any script comes to 7, removals to 15; zeros would come to thousands.
    max_pack_expansion: int = 32
    record_overhead_bytes: int = 256
    # All records of an edition, counted likewise; and all packs that one visit fetches of one language.
    max_edition_bytes: int = 512_000_000
    max_chain_bytes: int = 320_000_000
    max_segments: int = 16_384
    max_sections: int = 256
    max_front_entries: int = 256
    max_ways_in: int = 256
    max_way_in_bytes: int = 255

    max_story_bytes: int = 2_000_000
    max_line_chars: int = 262_144
    max_blocks: int = 8_192
    max_story_id_bytes: int = 200
    max_inline_depth: int = 6
    max_table_cells: int = 8_192
    max_header_values: int = 64
    max_language_bytes: int = 35

    # The signed listings of the site's directories (spec/site.md).
    max_listing_bytes: int = 320_000
    max_listing_entries: int = 1_024
    max_site_file_bytes: int = 64_000_000
    max_site_depth: int = 16
    # One listing may be named from many places: a few signed bytes must not unfold into endless pages.
    max_site_files: int = 1_000_000
    max_site_listings: int = 65_536

    # Foreign material, before it becomes stories.
    max_feed_bytes: int = 64_000_000
    max_feed_items: int = 65_536
    max_item_bytes: int = 8_000_000
    max_picture_bytes: int = 40_000_000
    max_picture_pixels: int = 80_000_000
    # How often a JPEG may go over its pixels. Encoders do some ten times; each costs a few bytes and a walk over them.
    max_picture_scans: int = 100
    # A colour profile, or a packet in which a picture's credit and caption may stand.
    max_picture_extra_bytes: int = 4_000_000
    max_credit_chars: int = 200
    max_caption_chars: int = 2_000

    # A recording as a story may name it, and as a newsroom may bring it. Four hours at 32 kbit/s are one listed file.
    max_sound_seconds: int = 14_400
    max_sound_kilobits: int = 512
    max_sound_files: int = 8
    max_sound_bytes: int = 2_000_000_000
    # Decoding and encoding run apart from what holds the keys.
    max_sound_memory_bytes: int = 1_000_000_000
    max_sound_work_seconds: int = 900

    # A newsroom's servers are near and fast: slower than this is a fault, or somebody who wants a publish to hang.
    min_source_bytes_per_second: int = 8_192
    # All pictures of one source in one run; the next run goes on.
    max_pictures_seconds: float = 3_600.0

    # One file served by a mirror whose exact length is not known beforehand, per second of patience.
    min_bytes_per_second: int = 64
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 20.0
    # Where several mirrors are asked at once and one has answered well, the others get this long, or twice as long
    # as that one took, before they are left behind.
    grace_seconds: float = 2.0
    # A file that has not come after this long is asked of the next mirror too.
    hedge_seconds: float = 5.0


LIMITS = Limits()
