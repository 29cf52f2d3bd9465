"""Asks the shop for every page; a failing page is logged as Flask logs it."""

import sys

sys.path.insert(0, ".")
from shop import create_app

client = create_app("shop.db").test_client()
failed = False
for method, url, data in [
    ("GET", "/", None),
    ("GET", "/product/1", None),
    ("GET", "/product/3", None),
    ("GET", "/product/9", None),
    ("POST", "/order", {"product": 1, "quantity": 2}),
    ("GET", "/cart?item=tea&item=cup", None),
    ("GET", "/stock", None),
]:
    answer = client.open(url, method=method, json=data)
    failed = failed or answer.status_code >= 500
    print(method, url, answer.status_code, answer.get_data(as_text=True))
sys.exit(1 if failed else 0)
