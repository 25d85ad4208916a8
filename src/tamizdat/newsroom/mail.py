"""E-mail that does not tell the name of the machine that it comes from: the newsroom's domain speaks for it."""

import smtplib
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend


class Mail(EmailBackend):
    """Django's way over SMTP, under the domain of ``mail_from`` where it would name this machine."""

    @property
    def connection_class(self) -> Any:
        """Greets the server with our domain."""
        plain: Any = super().connection_class

        def connect(host: str, port: int, **options: Any) -> smtplib.SMTP:
            made: smtplib.SMTP = plain(host, port, **{**options, "local_hostname": _domain()})
            return made

        return connect

    def _send(self, email_message: EmailMessage) -> bool:
        email_message.extra_headers.setdefault("Message-ID", make_msgid(domain=_domain()))
        sent: bool = super()._send(email_message)  # type: ignore[misc] # Django's, of old, without a type
        return sent


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
