"""Asks for every page of the notes; a failing page is logged as Django logs it."""

import os
import sys

sys.path.insert(0, ".")
os.environ["DJANGO_SETTINGS_MODULE"] = "site_.settings"
import django

django.setup()
from django.core.management import call_command
from django.test import Client

call_command("migrate", run_syncdb=True, verbosity=0)
from notes import services

services.fill()
client = Client(raise_request_exception=False)
failed = False
for url in ["/notes/", "/notes/1/", "/notes/2/", "/notes/99/", "/notes/search/?q=water", "/notes/stats/"]:
    answer = client.get(url)
    failed = failed or answer.status_code >= 500
    text = answer.content.decode() if answer.status_code == 200 else ""
    print(url, answer.status_code, text)
sys.exit(1 if failed else 0)
