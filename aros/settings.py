"""Settings of AROS-Voice, all from the environment (see docs/settings in docs/operators.md).

Two database logins exist: DATABASE_URL for the web and the workers (owns nothing) and DATABASE_OWNER_URL for
`manage.py`. AROS_DATABASE_AS says which one this process takes.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from aros.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ENVIRONMENT = env.str("AROS_ENV", default="production")
if ENVIRONMENT not in ("development", "test", "production"):
    raise ImproperlyConfigured("AROS_ENV must be development, test or production.")
PRODUCTION = ENVIRONMENT == "production"

INSECURE_SECRET_KEY = "insecure-only-for-development-and-tests"  # noqa: S105 - refused in production below
SECRET_KEY = env.str("SECRET_KEY", default="" if PRODUCTION else INSECURE_SECRET_KEY)
# Former keys, while links that they signed are still out there.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)

# --- addresses -------------------------------------------------------------------------------------------------
PUBLIC_URL = env.str("PUBLIC_URL", default="" if PRODUCTION else "http://localhost:8000").rstrip("/")
PLATFORM_HOSTS = [
    host.lower()
    for host in env.list("PLATFORM_HOSTS", default=[urlsplit(PUBLIC_URL).hostname, "localhost", "127.0.0.1"])
    if host
]
# Every host is looked up in the shops' domains; one that nobody owns gets a 404 from shops.middleware.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "aros.urls_shop"
PLATFORM_URLCONF = "aros.urls_platform"
WSGI_APPLICATION = "aros.wsgi.application"

# --- rooms -----------------------------------------------------------------------------------------------------
_FRAMEWORK = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.admin",
    "auditlog",
    "django_otp",
]
SHARED_APPS = [
    "shops",  # before django_tenants: it overrides the migrate command
    "shops.staff",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django_tenants",  # after unfold: its admin/index.html knows one admin for all schemas, and hides every model
    *_FRAMEWORK,
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "import_export",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "voice",
]
TENANT_APPS = [
    "shops.staff",
    *_FRAMEWORK,
    *("scheduling", "receptionist", "whatsapp", "website", "api", "backoffice"),
]
# axes counts in the cache: it is installed for its code, its tables are made in no schema.
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS), "axes"]
MIGRATION_MODULES = {"axes": None}

TENANT_MODEL = "shops.Shop"
TENANT_DOMAIN_MODEL = "shops.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
AUTH_USER_MODEL = "staff.StaffUser"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: refuses whom the throttle shut out
    "django.contrib.auth.backends.ModelBackend",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shops.middleware.RequestLogMiddleware",
    "shops.middleware.ShopMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "backoffice.support.middleware.SupportMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["shops.templatetags.dates"],
        },
    }
]

# --- database --------------------------------------------------------------------------------------------------
INSTALLATION = env.str("AROS_INSTALLATION", default="aros")
DATABASE_AS_OWNER = env.str("AROS_DATABASE_AS", default="app") == "owner"
_PLACEHOLDER_URL = (
    "postgres://nobody@127.0.0.1:1/aros"  # for commands that need no database (check, makemigrations)
)
DATABASE_URL = env.str("DATABASE_URL", default="" if PRODUCTION else _PLACEHOLDER_URL)
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="" if PRODUCTION else _PLACEHOLDER_URL)
if not DATABASE_URL:
    raise ImproperlyConfigured("Set DATABASE_URL: the login of the web and the workers, which owns nothing.")
if DATABASE_AS_OWNER and not DATABASE_OWNER_URL:
    raise ImproperlyConfigured("Set DATABASE_OWNER_URL: manage.py runs with it.")

for _name, _url in {"DATABASE_URL": DATABASE_URL, "DATABASE_OWNER_URL": DATABASE_OWNER_URL}.items():
    if _url and not (_url.startswith(("postgres://", "postgresql://")) and urlsplit(_url).path.strip("/")):
        raise ImproperlyConfigured(f"Write {_name} like postgres://login:password@host:5432/aros.")


# How many connections the threads of this process share; 0: each thread keeps one of its own. Workers have many
# threads that mostly wait for a model or for Meta, and hold no connection meanwhile.
DATABASE_POOL = env.int("DATABASE_POOL", default=0)
# A backend keeps the catalogue of every shop it touched: recycle it (seconds).
_CONNECTION_LIFE = env.int("DATABASE_CONN_MAX_AGE", default=300)


def database(url: str, *, as_owner: bool) -> dict[str, Any]:
    """Django's settings for one login; tests use it to switch from the owner to the application."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    pooled = DATABASE_POOL and not as_owner
    pool = {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 10, "max_lifetime": _CONNECTION_LIFE}
    return {
        **config,
        "ENGINE": "shops.db",
        "AS_OWNER": as_owner,
        "CONN_MAX_AGE": 0 if pooled else _CONNECTION_LIFE,
        "CONN_HEALTH_CHECKS": True,  # survives a restart of the server
        "OPTIONS": {
            # With parameters bound on the server, a second statement smuggled into the first is refused.
            "server_side_binding": True,
            "connect_timeout": 5,
            **config.get("OPTIONS", {}),
            **({"pool": pool} if pooled else {}),
        },
    }


DATABASES = {
    "default": database(DATABASE_OWNER_URL if DATABASE_AS_OWNER else DATABASE_URL, as_owner=DATABASE_AS_OWNER)
}
APPLICATION_LOGIN = environ.Env.db_url_config(DATABASE_URL)["USER"]
# Citus connects to its workers as the current role: there, shop roles need LOGIN (without a password).
SHOP_ROLES_CAN_LOGIN = env.bool("AROS_SHOP_ROLES_CAN_LOGIN", default=False)
# Only a superuser can revoke set_config from PUBLIC. Where that cannot be had, say so here, knowingly.
ACCEPT_PUBLIC_SET_CONFIG = env.bool("AROS_ACCEPT_PUBLIC_SET_CONFIG", default=False)
PG_BIN = env.str("PG_BIN", default="")

# --- cache, sessions, queue ------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="" if PRODUCTION else "redis://127.0.0.1:1/0")
if not REDIS_URL:
    raise ImproperlyConfigured("Set REDIS_URL: the Valkey or Redis of the cache and the task queue.")
_CACHE_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 1}
CACHES = {
    "default": {  # what a shop caches: the key carries its schema
        "BACKEND": "shops.cache.TolerantRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": INSTALLATION,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "OPTIONS": _CACHE_OPTIONS,
    },
    "routing": {  # host, line, number → shop: asked before a shop is known
        "BACKEND": "shops.cache.TolerantRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{INSTALLATION}:routing",
        "TIMEOUT": 60,
        "OPTIONS": _CACHE_OPTIONS,
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "visibility_timeout": 600,
    "global_keyprefix": f"{INSTALLATION}:",
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# conversations: turns, which wait for the model. outbound: sending, fetching. default: everything else.
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "receptionist.answer": {"queue": "conversations"},
    "backoffice.try_out": {"queue": "conversations"},
    "receptionist.send_mail": {"queue": "outbound"},
    "receptionist.mail_operator": {"queue": "outbound"},
    "shops.provision": {"queue": "provision"},
    "whatsapp.*": {"queue": "outbound"},
}
CELERY_TIMEZONE = "UTC"
# How often the work that no worker did is looked for (seconds): tasks may be lost, rows are not.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=15.0)
# How often shops report about themselves to the operators (seconds).
HEALTH_SECONDS = env.float("HEALTH_SECONDS", default=300.0)
# Hour and minute (UTC) at which what was kept long enough is deleted, every night.
RETENTION_AT = (2, 40)
CELERY_BEAT_SCHEDULE = {
    "recordings-nobody-fetched": {"task": "voice.sweep_recordings", "schedule": crontab(minute="*/5")},
    "imports-nobody-came-back-for": {
        "task": "scheduling.sweep_imports",
        "schedule": crontab(minute="20"),
    },
    "what-was-kept-long-enough": {
        "task": "receptionist.apply_retention",
        "schedule": crontab(hour=str(RETENTION_AT[0]), minute=str(RETENTION_AT[1])),
    },
    "what-follows-events": {
        "task": "receptionist.sweep_follow_ups",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "copies-and-erased-people": {
        "task": "receptionist.sweep_rights",
        "schedule": crontab(minute="50"),
    },
    "how-shops-are": {
        "task": "receptionist.report_health",
        "schedule": HEALTH_SECONDS,
        "options": {"expires": 60},
    },
    "reminders-and-due-dates": {
        "task": "receptionist.follow_up",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 240},
    },
    "answers-kept-for-a-day": {"task": "api.purge", "schedule": crontab(hour="3", minute="10")},
    "work-nobody-did": {
        "task": "receptionist.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": max(SWEEP_SECONDS, 5)},  # sweeps that were not run in time need no second one
    },
}

# --- language and time -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "it"
# A language joins when its catalogue is whole (a test says so): browsers that ask for it would get a mixture.
LANGUAGES = [("it", "Italiano"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "aros.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # of the process; every shop activates its own
PLATFORM_TIME_ZONE = env.str("PLATFORM_TIME_ZONE", default="Europe/Rome")  # of the operators' admin

# --- files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None  # elsewhere found where they lie
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media")))
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "shops.files.ShopFileStorage"},  # a folder per shop
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- security --------------------------------------------------------------------------------------------------
INSECURE_FIELD_KEY = "aW5zZWN1cmUtb25seS1mb3ItZGV2LWFuZC10ZXN0cy4="
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[] if PRODUCTION else [INSECURE_FIELD_KEY])
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    if ENVIRONMENT != "test"
    else "django.contrib.auth.hashers.MD5PasswordHasher"
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "admin:index"  # for who comes to the login page of their own accord
# Wrong passwords are counted for an account from an address, and for an address (shops.staff.throttle).
AXES_HANDLER = "shops.staff.throttle.Throttle"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_USERNAME_CALLABLE = "shops.staff.throttle.username"
AXES_CLIENT_IP_CALLABLE = "shops.staff.throttle.address"
AXES_CLIENT_STR_CALLABLE = "shops.staff.throttle.nobody"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # its middleware would answer with a page; the login form says it
OPERATORS_NEED_SECOND_FACTOR = env.bool("OPERATORS_NEED_SECOND_FACTOR", default=PRODUCTION)
# What mails invitations and forgotten passwords: a room above the one that asks for it.
STAFF_MAIL = "receptionist.account_mail.send"
_HTTPS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_SSL_REDIRECT = (
    False  # the proxy in front does it; Vapi and Meta would lose the body of a redirected POST
)
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "shops.views.stale_form"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- webhooks and services -------------------------------------------------------------------------------------
WEBHOOK_MAX_BYTES = env.int("WEBHOOK_MAX_BYTES", default=3 * 1024 * 1024)  # Meta sends up to 3 MB
DATA_UPLOAD_MAX_MEMORY_SIZE = max(WEBHOOK_MAX_BYTES, 5 * 1024 * 1024)
VAPI_WEBHOOK_SECRETS = [
    *env.list("VAPI_WEBHOOK_SECRETS", default=[]),
    *([env.str("VAPI_WEBHOOK_SECRET")] if env.str("VAPI_WEBHOOK_SECRET", default="") else []),
]
VAPI_AUTH = env.list("VAPI_AUTH", default=["secret", "bearer", "hmac"])
VAPI_HMAC_MAX_AGE = env.int("VAPI_HMAC_MAX_AGE", default=300)
VAPI_HMAC_ALGORITHM = env.str("VAPI_HMAC_ALGORITHM", default="sha256")
VAPI_HMAC_SIGNATURE_HEADER = env.str("VAPI_HMAC_SIGNATURE_HEADER", default="x-signature")
VAPI_HMAC_TIMESTAMP_HEADER = env.str("VAPI_HMAC_TIMESTAMP_HEADER", default="x-timestamp")
VAPI_HMAC_PREFIX = env.str("VAPI_HMAC_PREFIX", default="")
VAPI_API_URL = env.str("VAPI_API_URL", default="https://api.vapi.ai").rstrip("/")
VAPI_API_KEY = env.str("VAPI_API_KEY", default="")
VAPI_ORG_ID = env.str("VAPI_ORG_ID", default="")
VAPI_CREDENTIAL_ID = env.str(
    "VAPI_CREDENTIAL_ID", default=""
)  # how Vapi proves itself; empty: the secret as a header
VAPI_SIP_CREDENTIAL_ID = env.str(
    "VAPI_SIP_CREDENTIAL_ID", default=""
)  # the trunk of numbers that are brought
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
RECORDING_MAX_BYTES = env.int(
    "RECORDING_MAX_BYTES", default=250 * 1024 * 1024
)  # two hours of mono WAV at 16 kHz
# Downloads go to public addresses only, and over https in production. A laptop's own server needs this.
DOWNLOAD_FROM_PRIVATE_ADDRESSES = env.bool(
    "DOWNLOAD_FROM_PRIVATE_ADDRESSES", default=ENVIRONMENT == "development"
)
# Several while they are being changed: Meta signs with one of them.
WHATSAPP_APP_SECRETS = [
    *env.list("WHATSAPP_APP_SECRETS", default=[]),
    *([env.str("WHATSAPP_APP_SECRET")] if env.str("WHATSAPP_APP_SECRET", default="") else []),
]
WHATSAPP_VERIFY_TOKEN = env.str("WHATSAPP_VERIFY_TOKEN", default="")
WHATSAPP_API_URL = env.str("WHATSAPP_API_URL", default="https://graph.facebook.com").rstrip("/")
WHATSAPP_API_VERSION = env.str("WHATSAPP_API_VERSION", default="v25.0")
WHATSAPP_TIMEOUT = env.float("WHATSAPP_TIMEOUT", default=10.0)  # seconds
# A message whose response was lost waits so long (seconds) for its status before it is sent again.
WHATSAPP_LOST_RESPONSE_SECONDS = env.float("WHATSAPP_LOST_RESPONSE_SECONDS", default=30.0)
WHATSAPP_MEDIA_MAX_BYTES = env.int("WHATSAPP_MEDIA_MAX_BYTES", default=16 * 1024 * 1024)
# How the receptionist reaches people, kind → class (see receptionist.channels). It imports none of them.
OUTBOUND_CHANNELS = {
    "whatsapp": "whatsapp.channel.WhatsApp",
    "email": "receptionist.mail.Mail",
    "web": "website.channel.Web",
}
# Who hosts the platform, as shops' registers of processing name them; how data is protected that leaves the EU ("": none).
HOSTING_NAME = env.str("HOSTING_NAME", default="")
HOSTING_COUNTRY = env.str("HOSTING_COUNTRY", default="")
HOSTING_OUTSIDE_EU = env.str("HOSTING_OUTSIDE_EU", default="")
# Who deletes copies at providers, service → function (see receptionist.remotecopies).
REMOTE_COPIES = {"vapi": "voice.copies.delete", "meta": "whatsapp.copies.delete"}

# --- the model -------------------------------------------------------------------------------------------------
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")  # empty: guided mode only
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="https://api.openai.com/v1").rstrip("/")
AI_TURN_SECONDS = env.float("AI_TURN_SECONDS", default=12.0)  # of one answer with all its rounds
AI_MAX_ROUNDS = env.int("AI_MAX_ROUNDS", default=6)
# What one person may make the model answer in an hour; then the guided mode does.
AI_TURNS_AN_HOUR = env.int("AI_TURNS_AN_HOUR", default=60)
# The same for all visitors of a shop's site together who proved no telephone number.
AI_WEB_TURNS_AN_HOUR = env.int("AI_WEB_TURNS_AN_HOUR", default=300)
AI_HISTORY_TOKENS = env.int("AI_HISTORY_TOKENS", default=6000)
AI_TRANSCRIPTION_MODEL = env.str("AI_TRANSCRIPTION_MODEL", default="gpt-4o-mini-transcribe")
# US dollars for a million tokens, [in, out]; a model that is not named costs nothing in the count.
AI_PRICES: dict[str, list[float]] = env.json(
    "AI_PRICES", default={"gpt-4o": [2.5, 10.0], "gpt-4o-mini": [0.15, 0.6]}
)
# How long somebody may go on writing before they are answered (seconds), and how long a turn is one worker's.
BURST_WAIT_SECONDS = env.float("BURST_WAIT_SECONDS", default=1.5)
TURN_LEASE_SECONDS = env.float("TURN_LEASE_SECONDS", default=30.0)
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
# How often one key of a shop's API may ask in a minute.
API_PER_MINUTE = env.int("API_PER_MINUTE", default=600)
SPECTACULAR_SETTINGS = {
    "TITLE": "AROS-Voice",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["api.docs.schema.finish"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {"shopKey": {"type": "http", "scheme": "bearer", "bearerFormat": "aros_…"}}
    },
}

# --- plans -----------------------------------------------------------------------------------------------------
# Allowances a month where they differ from shops.plans: {"starter": {"call_minutes": 500, "chats": null}}.
PLANS: dict[str, dict[str, int | None]] = env.json("AROS_PLANS", default={})
# --- mail and logs ---------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
if EMAIL_CONFIG["EMAIL_FILE_PATH"]:  # filemail:///folder: the library drops the slash of the absolute path
    EMAIL_CONFIG["EMAIL_FILE_PATH"] = "/" + EMAIL_CONFIG["EMAIL_FILE_PATH"].lstrip("/")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="AROS-Voice <aros-voice@localhost>")
EMAIL_TIMEOUT = 15
OPERATOR_EMAILS = env.list("OPERATOR_EMAILS", default=[])  # who is told of a dead token and the like
LOGGING_CONFIG = None
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "console")
SERVICE_NAME = env.str("AROS_SERVICE", default="manage" if DATABASE_AS_OWNER else "web")
logging_config(log_format=LOG_FORMAT, service=SERVICE_NAME, level=env.str("LOG_LEVEL", default="INFO"))

# --- the back office -------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "shops.admin_sites.site_header",
    "SITE_HEADER": "shops.admin_sites.site_header",
    "SITE_SYMBOL": "support_agent",
    "LOGIN": {"form": "shops.staff.forms.LoginForm"},
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_URL": None,  # a shop's site is this back office
    "SHOW_LANGUAGES": False,
    "BORDER_RADIUS": "6px",
    "SCRIPTS": ["shops.admin_sites.select2_texts"],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "shops.admin_sites.navigation",
    },
}


def _refuse_unsafe_production() -> None:
    """Production does not start with a default secret or with DEBUG; the message names every setting at fault."""
    faults = [
        name
        for name, bad in {
            "SECRET_KEY": SECRET_KEY in ("", INSECURE_SECRET_KEY) or len(SECRET_KEY) < 40,
            "DEBUG": DEBUG,
            "FIELD_ENCRYPTION_KEYS": not FIELD_ENCRYPTION_KEYS or INSECURE_FIELD_KEY in FIELD_ENCRYPTION_KEYS,
            "PUBLIC_URL": not PUBLIC_URL,
            "VAPI_WEBHOOK_SECRETS": any(len(secret) < 16 for secret in VAPI_WEBHOOK_SECRETS),
            "WHATSAPP_APP_SECRETS": any(len(secret) < 16 for secret in WHATSAPP_APP_SECRETS),
        }.items()
        if bad
    ]
    if faults:
        raise ImproperlyConfigured(
            f"Production refuses to start: check {', '.join(faults)} "
            "(secrets must be set and of your own, long enough; DEBUG must be off)."
        )


if PRODUCTION and os.environ.get("AROS_BUILD") != "1":  # the image collects static files without secrets
    _refuse_unsafe_production()
