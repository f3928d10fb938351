"""What this project needs of Django's settings. A real one has a secret key of its own, and no DEBUG."""

SECRET_KEY = "for this example alone"
DEBUG = True
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
CELERY_BROKER_URL = "redis://127.0.0.1:6390/0"
