"""Django's settings, made out of ``tamizdat.toml``; the environment says which publication's.

Without one (when only the models are looked at) they are those of a newsroom in English on a database in memory.
"""

from importlib.resources import files
from typing import Any, Final

from django.conf.locale import LANG_INFO
from wagtail.admin.localization import WAGTAILADMIN_PROVIDED_LANGUAGES

from tamizdat.config import Config, load_config
from tamizdat.locales import INTERFACE_LANGUAGES, endonym, is_right_to_left
from tamizdat.newsroom.addresses import database_settings, mail_settings, storage_settings
from tamizdat.newsroom.people.entry_settings import entry_settings
from tamizdat.newsroom.place import Place, place_from_environment

PLACE: Final[Place | None] = place_from_environment()
PUBLICATION: Final[Config | None] = load_config(PLACE.folder) if PLACE else None
_NEWSROOM: Final = PUBLICATION.newsroom if PUBLICATION else None

SECRET_KEY: str = PLACE.secret() if PLACE else "only for looking at models"
DEBUG: bool = False
# This machine's own names; a proxy or an onion service in front is named in the settings.
_HOSTS: Final = _NEWSROOM.hosts if _NEWSROOM else ()
ALLOWED_HOSTS: list[str] = ["127.0.0.1", "localhost", "[::1]", *_HOSTS]
WAGTAILADMIN_BASE_URL: str = (_NEWSROOM.url if _NEWSROOM else "") or "http://127.0.0.1:8700"
_IS_HTTPS: Final = WAGTAILADMIN_BASE_URL.startswith("https:")
# Also where a proxy does not say that it speaks TLS. A name that begins with a dot stands for all below it.
_ORIGINS: Final = [f"https://{'*' if host.startswith('.') else ''}{host}" for host in _HOSTS]
CSRF_TRUSTED_ORIGINS: list[str] = [
    *([_NEWSROOM.url.rstrip("/")] if _NEWSROOM and _NEWSROOM.url else []),
    *(_ORIGINS if _IS_HTTPS else ()),
]
# The newsroom's own server (web.py) lets this one header of a proxy in.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _IS_HTTPS else None
SECURE_HSTS_SECONDS: int = 365 * 86_400 if _IS_HTTPS else 0

INSTALLED_APPS: list[str] = [
    "tamizdat.newsroom.house",
    "tamizdat.newsroom.people",
    "tamizdat.newsroom.first_run",
    "tamizdat.newsroom.pictures",
    "tamizdat.newsroom.recordings",
    "tamizdat.newsroom.stories",
    "tamizdat.newsroom.pressroom",
    "tamizdat.newsroom.corrections",
    "tamizdat.newsroom.fronts",
    "tamizdat.newsroom.breaking",
    "tamizdat.newsroom.notices",
    "tamizdat.newsroom.moving_in",
    "tamizdat.newsroom.ingest",
    "tamizdat.newsroom.desk",
    "tamizdat.newsroom.sharing",
    "tamizdat.newsroom.translating",
    "tamizdat.newsroom.exchange",
    "tamizdat.newsroom.suggesting",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.sites",
    "tamizdat.newsroom.people.apps.UsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.contrib.typed_table_block",
    "wagtail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]
MIDDLEWARE: list[str] = [
    "tamizdat.newsroom.headers.Nameless",
    "tamizdat.newsroom.headers.StrictHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tamizdat.newsroom.people.middleware.Doorkeeper",
    "tamizdat.newsroom.house.doors.Doors",
    "tamizdat.newsroom.stories.refusing.Refusals",
    "tamizdat.newsroom.pressroom.renewing_views.Telling",
]
ROOT_URLCONF = "tamizdat.newsroom.urls"
WSGI_APPLICATION = "tamizdat.newsroom.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES: dict[str, dict[str, Any]] = {"default": database_settings(_NEWSROOM, PLACE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STORAGES: dict[str, dict[str, Any]] = {
    "default": storage_settings(_NEWSROOM, PLACE),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_URL = "/pictures/"
STATIC_URL = "/static/"
# Static files are those of the installed packages; they are served from where they lie.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3_600
_ENTRY: Final = entry_settings(_NEWSROOM)
globals().update(mail_settings(_NEWSROOM), **_ENTRY)
SESSION_IDLE_SECONDS: int = _ENTRY["SESSION_IDLE_SECONDS"]
SECOND_FACTOR_FOR: str = _ENTRY["SECOND_FACTOR_FOR"]

AUTH_USER_MODEL = "people.Person"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_NAME = "newsroom"
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "tamizdat.newsroom.people.ended.refused"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_HTTPS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"

USE_TZ = True
TIME_ZONE = "UTC"
# Nobody chooses another: an embargo is agreed among people in several zones, and a person's zone says where they live.
WAGTAIL_USER_TIME_ZONES: list[str] = [TIME_ZONE]
USE_I18N = WAGTAIL_I18N_ENABLED = True
CONTENT_LANGUAGES: tuple[str, ...] = PUBLICATION.publication.languages if PUBLICATION else ("en",)
# What Django does not know by name it would refuse to speak of at all.
for _tag in {*CONTENT_LANGUAGES, *INTERFACE_LANGUAGES} - LANG_INFO.keys():
    LANG_INFO[_tag] = {
        "bidi": is_right_to_left(_tag), "code": _tag, "name": endonym(_tag), "name_local": endonym(_tag),
    }  # fmt: skip
# Those of the publication first, because a list of thirty is long on a phone; editors may choose any.
LANGUAGES: list[tuple[str, str]] = [
    (tag, endonym(tag)) for tag in dict.fromkeys((*CONTENT_LANGUAGES, *INTERFACE_LANGUAGES))
]
# What one may choose for one's own screens; unset, it is Wagtail's alone, and twenty of our catalogues are for nobody.
WAGTAILADMIN_PERMITTED_LANGUAGES: list[tuple[str, str]] = LANGUAGES + [
    each for each in WAGTAILADMIN_PROVIDED_LANGUAGES if each[0] not in dict(LANGUAGES)
]
LOCALE_PATHS: list[str] = [str(files("tamizdat.locales") / "newsroom")]
LANGUAGES_BIDI: list[str] = [tag for tag in LANG_INFO if is_right_to_left(tag)]
WAGTAIL_CONTENT_LANGUAGES: list[tuple[str, str]] = [(tag, endonym(tag)) for tag in CONTENT_LANGUAGES]
LANGUAGE_CODE = CONTENT_LANGUAGES[0]

WAGTAIL_SITE_NAME: str = PUBLICATION.publication.name if PUBLICATION else "Tamizdat"
WAGTAILIMAGES_IMAGE_MODEL = "pictures.LibraryPicture"
WAGTAILIMAGES_IMAGE_FORM_BASE = "tamizdat.newsroom.pictures.forms.PictureForm"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "avif", "gif"]
WAGTAILSEARCH_BACKENDS: dict[str, dict[str, Any]] = {
    # PostgreSQL would take English endings off the words of all languages, and forget English articles.
    "default": {"BACKEND": "tamizdat.newsroom.house.searching", "SEARCH_CONFIG": "simple"}
}
WAGTAIL_DATE_FORMAT, WAGTAIL_DATETIME_FORMAT, WAGTAIL_TIME_FORMAT = "%Y-%m-%d", "%Y-%m-%d %H:%M", "%H:%M"
# Nothing leaves for anybody else's servers: no faces, no news of new versions, no players.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS: list[dict[str, Any]] = []
WAGTAIL_PASSWORD_RESET_ENABLED = bool(_NEWSROOM and _NEWSROOM.mail)
WAGTAIL_FINISH_WORKFLOW_ACTION = "tamizdat.newsroom.stories.letting_go.publish_approved"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 40_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 16_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# A background worker that says nothing for so long is dead: another one goes on with what it had.
JOB_SILENCE_SECONDS: int = 60

# No request is written down: who works here, from where and when, is nobody's business.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django.request": {"level": "ERROR"}, "waitress": {"level": "ERROR"}},
}
