"""What allauth asks of us: log-ins by name, throttled without addresses; second factors sealed in the database."""

import base64
import logging
import secrets
from io import BytesIO
from typing import Any, ClassVar, Final

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tamizdat.newsroom.people import throttle

PASSWORD: Final = "password"  # noqa: S105 - what is tried, not a password
CODE: Final = "code"
_SECRET_BYTES: Final = 40
"""A multiple of five: in base 32 it needs no padding."""
_log: Final = logging.getLogger(__name__)


def wait_error(seconds: int) -> ValidationError:
    """What somebody is told who tried too often."""
    minutes = -(-seconds // 60)
    if seconds <= 60:
        return ValidationError(_("Too many attempts failed. Wait a minute and try again."))
    return ValidationError(
        ngettext(
            "Too many attempts failed. Try again in %(minutes)d minute.",
            "Too many attempts failed. Try again in %(minutes)d minutes.",
            minutes,
        )
        % {"minutes": minutes}
    )


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; names and passwords are tried slowly."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("The log-in name or the password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: accounts are made by administrators."""
        del request
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raise ValidationError if too many attempts failed; else count this one until it succeeds."""
        del request
        if seconds := throttle.begin(PASSWORD, credentials.get("username") or ""):
            raise wait_error(seconds)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Who that is, or None. Raises ValidationError as above, and while many others are being looked at."""
        with throttle.turn() as free:
            if not free:
                raise wait_error(1)
            person = super().authenticate(request, **credentials)
        if person:
            throttle.succeeded(PASSWORD, credentials.get("username") or "")
        return person

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account."""
        del request
        return reverse("wagtailadmin_account")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """None is sent: what happened stands in the newsroom's own log."""

    def add_message(self, *arguments: Any, **options: Any) -> None:
        """As allauth does; but that somebody logged in need not be said."""
        template = options.get("message_template") or (arguments[2] if len(arguments) > 2 else "")
        if template not in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            super().add_message(*arguments, **options)


class FactorAdapter(DefaultMFAAdapter):
    """Second factors: sealed under the newsroom's secret, which is not in its database."""

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret. In place of one under another key comes one that nobody knows, another each time.

        Whatever is the same for everybody, and an empty secret is, anybody could compute codes from.
        """
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            _log.warning(
                "a second factor is sealed under another key than newsroom/secret.key: its codes count as wrong until "
                "an administrator forgets the factors of the account"
            )
            return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code, dark on white whatever the theme: cameras want it so."""
        out = BytesIO()
        segno.make(url, error="m").save(out, kind="svg", scale=4, border=4, light="#fff", dark="#000", xmldecl=False)
        return out.getvalue().decode()

    def get_totp_issuer(self) -> str:
        """The newspaper's name."""
        return str(settings.WAGTAIL_SITE_NAME)

    def _get_site_name(self) -> str:
        return str(settings.WAGTAIL_SITE_NAME)

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.get_username())

    def send_notification_mail(self, *arguments: Any, **options: Any) -> None:
        """None is sent, as above."""


class _SlowCode:
    """A form of a code that counts attempts for its person."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> Any:
        """The code. Raises ValidationError if it is wrong, or too many were."""
        if seconds := throttle.begin(CODE, str(self.user.pk)):
            raise wait_error(seconds)
        code = super().clean_code()  # type: ignore[misc] # of the form that this is mixed into
        throttle.succeeded(CODE, str(self.user.pk))
        return code


class CodeForm(_SlowCode, AuthenticateForm):
    """The second step of a log-in."""


class CodeAgainForm(_SlowCode, ReauthenticateForm):
    """A code again, before second factors change."""


def _box() -> Fernet:
    key = HKDF(SHA256(), 32, None, b"tamizdat newsroom second factors").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))
