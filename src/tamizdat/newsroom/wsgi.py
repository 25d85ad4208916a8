"""The WSGI application, for any server that speaks it; ``tamizdat newsroom`` brings one along."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tamizdat.newsroom.settings")
application = get_wsgi_application()
