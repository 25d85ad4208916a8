"""The newsroom's processes: ``python -m tamizdat.newsroom web|press|background``. ``tamizdat newsroom`` starts them."""

import json
import os
import sys
from typing import Any, Final

import django

from tamizdat.errors import TamizdatError, UsageError
from tamizdat.newsroom.place import VARIABLE

_PROCESSES: Final = ("web", "press", "background", "set-up", "first-account", "let-in", "sample")


def main() -> None:
    """Run the process that the first argument names, in the newsroom that the environment names."""
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if VARIABLE not in os.environ or what not in _PROCESSES:
        raise UsageError(f"start it with `tamizdat newsroom DIR`; {VARIABLE} names no publication")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tamizdat.newsroom.settings"
    django.setup()
    from tamizdat.newsroom import web  # noqa: PLC0415 - needs loaded models
    from tamizdat.newsroom.desk import running as desk_running  # noqa: PLC0415 - as above
    from tamizdat.newsroom.first_run import accounts, sample_stories  # noqa: PLC0415 - as above
    from tamizdat.newsroom.pressroom import running  # noqa: PLC0415 - as above
    from tamizdat.newsroom.set_up import set_up  # noqa: PLC0415 - as above

    match what:
        case "set-up":
            set_up()
            _say({"accounts": accounts.count_accounts()})
        case "first-account":
            _say(accounts.account_from(json.load(sys.stdin)))
        case "let-in":
            _say(accounts.let_in(**json.load(sys.stdin)))
        case "sample":
            _say({"stories": sample_stories.fill()})
        case "background":
            desk_running.run_background()
        case "web":
            web.serve(sys.argv[2])
        case _:
            running.run_press()


def _say(said: dict[str, Any]) -> None:
    """For the process that started this one."""
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    try:
        main()
    except TamizdatError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
