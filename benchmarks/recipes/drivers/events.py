"""Asks for every page of the events; a failing page is logged as Django logs it."""

import os
import sys

sys.path.insert(0, ".")
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
import django

django.setup()
from django.core.management import call_command
from django.test import Client

call_command("check", fail_level="ERROR")
call_command("migrate", verbosity=0)
call_command("seed", year=2031)
client = Client(raise_request_exception=False)
failed = False
for method, url, data in [
    ("GET", "/", None),
    ("GET", "/venues/", None),
    ("GET", "/venues/?q=cell", None),
    ("GET", "/venues/arena/", None),
    ("GET", "/venues/nowhere/", None),
    ("GET", "/venues/prices/", None),
    ("GET", "/tickets/ping/", None),
    ("GET", "/tickets/order/2/", None),
    ("POST", "/tickets/order/2/", {"email": "a@b.org", "quantity": 3}),
    ("POST", "/tickets/order/2/", {"email": "a@b.org", "quantity": 100}),
    ("POST", "/tickets/order/1/", {"email": "c@d.org", "quantity": 1}),
    ("GET", "/tickets/mine/", None),
    ("GET", "/tickets/revenue/", None),
    ("GET", "/venues/cellar/", None),
]:
    answer = client.post(url, data) if method == "POST" else client.get(url)
    failed = failed or answer.status_code >= 500
    text = answer.content.decode() if answer.status_code in (200, 422) else ""
    extra = [answer.headers.get(name) for name in ("X-Powered-By", "X-Total", "Location")]
    print(method, url, answer.status_code, extra, text)
sys.exit(1 if failed else 0)
