"""Django's settings of who comes in, and how."""

from typing import Any

from tamizdat.config_newsroom import NewsroomSettings

_HOUR = 3_600


def entry_settings(newsroom: NewsroomSettings | None) -> dict[str, Any]:
    """Settings of accounts, sessions and second factors.

    A newsroom that only this machine can reach may do without second factors; once it has other names, administrators
    need one, unless the settings say who else, or that nobody does.
    """
    is_reachable = bool(newsroom and newsroom.hosts)
    return {
        "AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"],
        "SECOND_FACTOR_FOR": (newsroom.second_factor if newsroom else "")
        or ("administrators" if is_reachable else "nobody"),
        "SESSION_ENGINE": "tamizdat.newsroom.people.sessions",
        "SESSION_COOKIE_AGE": 14 * 24 * _HOUR,
        "SESSION_IDLE_SECONDS": 12 * _HOUR,
        "ACCOUNT_ADAPTER": "tamizdat.newsroom.people.adapters.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_SESSION_REMEMBER": True,
        # allauth's own count by network address. Ours (people/throttle.py) know none.
        "ACCOUNT_RATE_LIMITS": False,
        "MFA_RATE_LIMITS": False,
        "MFA_ADAPTER": "tamizdat.newsroom.people.adapters.FactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_FORMS": {
            "authenticate": "tamizdat.newsroom.people.adapters.CodeForm",
            "reauthenticate": "tamizdat.newsroom.people.adapters.CodeAgainForm",
        },
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_RECOVERY_CODES_SHOW_ONCE": True,
        "MFA_TOTP_TOLERANCE": 1,
        # Browsers make passkeys for https, and for http only at localhost: nobody else can ask for those of this name.
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not is_reachable,
        "WAGTAILADMIN_USER_PASSWORD_RESET_FORM": "tamizdat.newsroom.people.letters.ResetForm",
        "WAGTAIL_EMAIL_MANAGEMENT_ENABLED": bool(newsroom and newsroom.mail),
    }
