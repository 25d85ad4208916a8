"""The newsroom's processes: ``python -m tamizdat.newsroom web|press``. ``tamizdat newsroom`` starts them."""

import os
import sys

import django

from tamizdat.errors import UsageError
from tamizdat.newsroom.place import VARIABLE


def main() -> None:
    """Run the process that the first argument names, in the newsroom that the environment names."""
    if VARIABLE not in os.environ or sys.argv[1:2] not in (["web"], ["press"], ["set-up"]):
        raise UsageError(f"start it with `tamizdat newsroom DIR`; {VARIABLE} names no publication")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tamizdat.newsroom.settings")
    django.setup()
    from tamizdat.newsroom import web  # noqa: PLC0415 - needs loaded models
    from tamizdat.newsroom.pressroom import running  # noqa: PLC0415 - as above
    from tamizdat.newsroom.set_up import set_up  # noqa: PLC0415 - as above

    match sys.argv[1]:
        case "set-up":
            set_up()
        case "web":
            web.serve(sys.argv[2])
        case _:
            running.run_press()


if __name__ == "__main__":
    main()
