"""Addresses of log-in, second factors, sessions and roles. They come before Wagtail's own, in their place."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import URLPattern, URLResolver, path
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from tamizdat.newsroom.people import views
from tamizdat.newsroom.people.viewsets import OwnAccountView

_entrance: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("log-out/", account.logout, name="account_logout"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path(
        "password_reset/confirm/<uidb64>/<token>/",
        views.ResetView.as_view(),
        name="wagtailadmin_password_reset_confirm",
    ),
    path("login/code/", factors.authenticate, name="mfa_authenticate"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
]
_inside: list[URLPattern | URLResolver] = [
    path("account/", OwnAccountView.as_view(), name="wagtailadmin_account"),
    path("security/", factors.index, name="mfa_index"),
    path("security/again/", account.reauthenticate, name="account_reauthenticate"),
    path("security/again/code/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("security/again/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("security/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("security/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("security/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("security/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("security/codes/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("security/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("security/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("security/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("security/sessions/end/", views.end_own_sessions, name="people_end_own_sessions"),
    path("people/<int:pk>/roles/", views.roles, name="people_roles"),
    path("people/<int:pk>/end-sessions/", views.end_sessions_of, name="people_end_sessions"),
    path("people/<int:pk>/forget-factors/", views.forget_factors, name="people_forget_factors"),
]
urlpatterns: list[URLPattern | URLResolver] = [*_entrance, *decorate_urlpatterns(_inside, require_admin_access)]
