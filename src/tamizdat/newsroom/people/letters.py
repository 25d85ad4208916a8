"""Letters for a new password, written and sent after the answer: how long that takes would tell who has an account."""

import threading
from typing import Any, Final

from django.utils.translation import get_language, override
from wagtail.admin.forms.auth import PasswordResetForm

THREAD: Final = "letter for a new password"


class ResetForm(PasswordResetForm):
    """Asks for an address. ``WAGTAILADMIN_USER_PASSWORD_RESET_FORM``."""

    def send_mail(self, *arguments: Any, **options: Any) -> None:
        """Send the letter, in the language of the screen on which it was asked for, in a thread of its own.

        They are few (:mod:`tamizdat.newsroom.house.doors`). A fault is logged (``mail.py``).
        """
        language, send = get_language() or "en", super().send_mail

        def write() -> None:
            with override(language):
                send(*arguments, **options)

        threading.Thread(target=write, name=THREAD).start()
