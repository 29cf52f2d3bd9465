"""Asks the clinic for every page; a failing page is logged as Flask logs it."""

import sys

sys.path.insert(0, ".")
from clinic import create_app

client = create_app().test_client()
failed = False
for method, url, data in [
    ("GET", "/patients/", None),
    ("POST", "/patients/", {"full_name": "Ada Kral", "born": "1990-04-02"}),
    ("POST", "/patients/", {"full_name": "Bo Lind", "born": "1971-12-24"}),
    ("POST", "/patients/", {"full_name": "Cy Moor", "born": "2010-01-31"}),
    ("POST", "/visits/", {"patient_id": 1, "day": "2024-03-05", "reason": "a cough that will not go away"}),
    ("POST", "/visits/", {"patient_id": 2, "day": "2024-04-01", "reason": "a broken arm", "urgency": "emergency"}),
    ("POST", "/visits/", {"patient_id": 2, "day": "2024-02-01", "reason": "check"}),
    ("POST", "/visits/", {"patient_id": 9, "day": "2024-02-01", "reason": "check"}),
    ("GET", "/patients/", None),
    ("GET", "/patients/?page=2", None),
    ("GET", "/patients/1", None),
    ("GET", "/patients/2", None),
    ("GET", "/patients/9", None),
    ("GET", "/visits/upcoming", None),
    ("GET", "/visits/statistics", None),
]:
    answer = client.open(url, method=method, json=data)
    failed = failed or answer.status_code >= 500
    print(method, url, answer.status_code, answer.get_data(as_text=True))
sys.exit(1 if failed else 0)
