"""What to do about a failure, by its words: the desk is read by people who did not write the software."""

import re
from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_ADVICE: Final = (
    (
        r"mirror lies",
        gettext_noop(
            "It serves what we did not sign. Take it out of the settings and tell readers who may have used it; "
            "`tamizdat audit --evidence` keeps proof."
        ),
    ),
    (
        r"mirror unreachable",
        gettext_noop("It does not answer from here. Ask whoever runs it; it may be blocked only on the way from here."),
    ),
    (
        r"mirror (lags|incomplete)",
        gettext_noop(
            "It serves older or fewer files than it should. Ask whoever runs it whether its copying still works."
        ),
    ),
    (
        r"No space left|ENOSPC",
        gettext_noop("The disk is full. Make room; the press goes on by itself."),
    ),
    (
        r"Permission denied|EACCES",
        gettext_noop("The press may not write there. Whoever set up the machine should give it the folder."),
    ),
    (
        r"another publish is running",
        gettext_noop(
            "Somebody publishes on the command line at the same time, or another press works here. The press "
            "tries again by itself."
        ),
    ),
    (
        r"passphrase",
        gettext_noop("The press was started with a wrong passphrase. Start the newsroom again and type it with care."),
    ),
    (
        r"root key|offline key",
        gettext_noop(
            "A key that must be kept elsewhere lies on this machine. Move it away (docs/howto/keys.md), then the "
            "press goes on."
        ),
    ),
    (
        r"tamizdat\.toml",
        gettext_noop("The settings cannot be read: correct the line that is named; the press tries again by itself."),
    ),
    (
        r"has no key yet",
        gettext_noop("A language was added to the settings without a key: `tamizdat keys add LANGUAGE`."),
    ),
    (
        r"picture",
        gettext_noop(
            "The picture was left out; the story is out without it. Upload it again and publish the story once more."
        ),
    ),
    (
        r"tim(ed|e) ?out|unreachable|refused|resolve",
        gettext_noop(
            "The place does not answer. The press tries again by itself; if it stays so, ask whoever runs it."
        ),
    ),
)
_JOB_ADVICE: Final = (
    (r"No space left|ENOSPC", gettext_noop("The disk is full. Make room; it is tried again by itself.")),
    (
        r"Permission denied|EACCES",
        gettext_noop("The background may not write there. Whoever set up the machine should give it the folder."),
    ),
    (
        r"tim(ed|e) ?out|unreachable|refused|resolve",
        gettext_noop("The place does not answer. It is tried again by itself; if it stays so, ask whoever runs it."),
    ),
)
"""Of a job in the background, which is not the press's."""


def advice(fault: str) -> str:
    """A sentence that helps, or one that says whom to ask."""
    return _said(_ADVICE, fault) or _(
        "The press tries again by itself. If it stays so, show this sentence to whoever set up the machine."
    )


def job_advice(fault: str) -> str:
    """The same for a fault of a background job."""
    return _said(_JOB_ADVICE, fault) or _(
        "It is tried again by itself. If it stays so, show this sentence to whoever set up the machine."
    )


def _said(known: Iterable[tuple[str, str]], fault: str) -> str:
    return next((_(text) for pattern, text in known if re.search(pattern, fault, re.IGNORECASE)), "")
