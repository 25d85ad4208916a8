"""E-mail that does not tell the name of the machine that it comes from: the newsroom's domain speaks for it.

What goes wrong with it breaks no request, and the log says of it what, and to whom it was in no case: Wagtail would
write the address of a colleague beside the fault, and servers repeat it in what they answer.
"""

import logging
import smtplib
from email.utils import make_msgid, parseaddr
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

_log: Final = logging.getLogger(__name__)


class Mail(EmailBackend):
    """Django's way over SMTP, under the domain of ``mail_from`` where it would name this machine.

    Nothing is raised; how many letters were sent is returned. A server that cannot be had is asked once for all that
    are sent through one of these, so that nobody waits for it once for every colleague.
    """

    _gone = False

    @property
    def connection_class(self) -> Any:
        """Greets the server with our domain."""
        plain: Any = super().connection_class

        def connect(host: str, port: int, **options: Any) -> smtplib.SMTP:
            made: smtplib.SMTP = plain(host, port, **{**options, "local_hostname": _domain()})
            return made

        return connect

    def open(self) -> bool | None:
        """Connect, unless it is connected; None if that cannot be done."""
        if self._gone:
            return None
        try:
            made: bool | None = super().open()
        except Exception as error:  # noqa: BLE001 - whatever it is, the request that sends a letter has done its work
            self._note(error)
            self.close()  # it may have been connected already, and have refused the password
            self._gone = True
            return None
        return made

    def close(self) -> None:
        """Part from the server."""
        try:
            super().close()
        except Exception as error:  # noqa: BLE001 - as above
            self._note(error)
        self._gone = False

    def _send(self, email_message: EmailMessage) -> bool:
        if self._gone:
            return False
        try:
            email_message.extra_headers.setdefault("Message-ID", make_msgid(domain=_domain()))
            sent: bool = super()._send(email_message)  # type: ignore[misc] # Django's, of old, without a type
        except Exception as error:  # noqa: BLE001 - as above
            self._note(error)
            self._gone = not _is_answer(error)
            return False
        return sent

    def _note(self, error: Exception) -> None:
        _log.warning("e-mail could not be sent: %s", said_of(error))


def said_of(error: Exception) -> str:
    """What went wrong, without an address: answers of servers name those whose letters they refuse."""
    name = type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _text in error.recipients.values()})
        return f"{name} {', '.join(codes)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{name} {error.smtp_code}"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return f"{name}: {error}"
    return name


def _is_answer(error: Exception) -> bool:
    """Whether the server is still there, and said no to one letter."""
    return isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException)) or not isinstance(
        error, OSError
    )


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
