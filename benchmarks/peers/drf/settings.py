"""Django's settings."""

from benchmarks.peers import rules

_role, _database, _socket = rules.database_parts()

SECRET_KEY = "measured on loopback only, signs nothing"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["rest_framework", "benchmarks.peers.drf"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.peers.drf.urls"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING_CONFIG = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database,
        "USER": _role,
        "HOST": _socket,
        "OPTIONS": {
            "pool": {"min_size": 2, "max_size": rules.POOL_SIZE},
            "options": "-c jit=off",
        },
    }
}
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["benchmarks.peers.drf.access.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["benchmarks.peers.drf.access.MembershipPermission"],
    "DEFAULT_PAGINATION_CLASS": "benchmarks.peers.drf.pages.NumberedPages",
    "UNAUTHENTICATED_USER": None,
}
