"""What runs apart: encodes one recording, with little memory and time, and says how it went as a line of JSON.

``python -m tamizdat.sound.child ORIGINAL FOLDER`` writes ``FOLDER/0``, ``1`` ... for each form.
"""

import json
import sys
from pathlib import Path

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.sound.forms import FORMS


def main(original: Path, folder: Path) -> int:
    """Encode; what the process exits with."""
    _bind()
    from tamizdat.sound.coding import encode  # noqa: PLC0415 - only once it is bound

    try:
        seconds = encode(original, FORMS, [folder / str(at) for at in range(len(FORMS))])
    except ItemError as error:
        print(json.dumps({"fault": error.detail}))
        return 1
    except MemoryError:
        print(json.dumps({"fault": "takes too much memory; export it again"}))
        return 1
    print(json.dumps({"seconds": seconds}))
    return 0


def _bind() -> None:
    """Bound memory, time, the size of files, and how many are open, where the system can."""
    try:
        import resource  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return
    for name, most in (
        (resource.RLIMIT_AS, LIMITS.max_sound_memory_bytes),
        (resource.RLIMIT_CPU, LIMITS.max_sound_work_seconds),
        (resource.RLIMIT_FSIZE, LIMITS.max_site_file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(name)
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (wanted, wanted))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
