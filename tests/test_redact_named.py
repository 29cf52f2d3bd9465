"""Secrets by the names they are given and by structure, and the logs in which nothing is one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from detect_secrets.core import scan
from detect_secrets.settings import default_settings

from otorepair_like.redact import Redactor, holds_secrets, masked, secret_like

VALUE = "tulipmeadow"
"""A word, short and without a digit: only what stands around it tells."""

NAMED = {
    "keyword": "login(user='bob', password='{}')",
    "attribute": "self.password = '{}'",
    "item": "os.environ['SMTP_PW'] = '{}'",
    "repr of a dict": "{{'user': 'bob', 'pwd': '{}'}}",
    "json": '{{"user": "bob", "passwd": "{}"}}',
    "json in json": '{{"body": "{{\\"pw\\": \\"{}\\"}}"}}',
    "ruby": '{{"otp" => "{}"}}',
    "tuple": "[('user', 'bob'), ('password', '{}')]",
    "asgi pair": "(b'authorization', b'{}')",
    "pair of a list": "[b'cookie', b'sid={}']",
    "header in a dict": "{{'Set-Cookie': 'sid={}'}}",
    "header line": "Set-Cookie: sid={}; Path=/; HttpOnly",
    "environment": "SMTP_PW={}",
    "environment of a numbered key": "ENCRYPTION_KEY_V2={}",
    "query": "GET /login?user=bob&pwd={}&next=/ HTTP/1.1",
    "form": "user=bob&password={}",
    "connection string": "host=db user=app password={} dbname=shop",
    "connection string of ODBC": "Driver=x;Uid=app;Pwd={};",
    "address": "postgresql+psycopg://app:{}@db/shop",
    "address of Go": "root:{}@tcp(127.0.0.1:3306)/shop",
    "arguments": "['mysql', '--password', '{}']",
    "command line": "mysqldump --password {} shop",
    "command line with =": "mysqldump --password={} shop",
    "yaml": "  smtp_password: {}",
    "basic authentication": "requests.get(url, auth=('bob', '{}'))",
    "annotated literal": "passphrase: '{}'",
}
STAYS = (
    "Enter password:",
    "password: required",
    "django.core.exceptions.ValidationError: {'password': ['This field is required.']}",
    "KeyError: 'password'",
    "fields = ('username', 'password', 'email')",
    "def login(user, password='', *, otp=None, pin: int = 0):",
    "login(user, password=form.password, pin=pin)",
    "cache.get(key='users:17', token=token)",
    "PWD=/srv/app OLDPWD=/srv",
    "pass --password instead of --token",
    "<input type='password' name='pin' autocomplete='off'>",
    "SECRET_KEY = os.environ['SECRET_KEY']",
    "Basic authentication is required",
    "GET /reset?token=none&key=name&session=new",
    "SyntaxError: unexpected token: 'import'",
)


@pytest.mark.parametrize("kind", NAMED)
def test_a_plain_word_is_masked_by_the_name_it_is_given(kind: str) -> None:
    text = NAMED[kind].format(VALUE)
    redacted = Redactor()(text)
    assert VALUE not in redacted
    assert "[secret]" in redacted
    assert Redactor()(redacted) == redacted


@pytest.mark.parametrize(
    "name", ["pwd", "pw", "pin", "otp", "SMTP_PW", "ENCRYPTION_KEY_V2", "cardPin", "totp"]
)
def test_short_names_announce_a_secret_too(name: str) -> None:
    assert secret_like(name)


@pytest.mark.parametrize("text", STAYS)
def test_what_stands_where_a_secret_would_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_nothing_is_masked_in_the_logs_of_ordinary_programs() -> None:
    lines = (Path(__file__).parent / "data" / "redact" / "ordinary.log").read_text().splitlines()
    assert len(lines) > 2000
    redact = Redactor()
    assert [line for line in lines if redact(line) != line] == []


BETWEEN_LINES = ("\n", "\\n", '",\n  "', "\n    ", " | ", "\r\n")
KEYS = [(between, cut_off) for between in BETWEEN_LINES for cut_off in ("", "end", "beginning")]


@pytest.mark.parametrize(
    ("between", "cut_off"), [key for key in KEYS if "\n" in key[0] or key[1] != "beginning"]
)
def test_a_private_key_is_masked_over_line_ends(between: str, cut_off: str) -> None:
    body = [base64.b64encode(bytes(range(n, n + 48))).decode() for n in range(3)] + ["AbCdEfGh12=="]
    lines = ["-----BEGIN EC PRIVATE KEY-----", *body, "-----END EC PRIVATE KEY-----"]
    lines = lines[1:] if cut_off == "beginning" else lines[:-2] if cut_off == "end" else lines
    redacted = Redactor()("ValueError: bad key\n" + between.join(lines) + "\nafter it")
    assert redacted.startswith("ValueError: bad key\n")
    assert redacted.endswith("after it")
    assert not [line for line in body if line in redacted]


def test_a_private_key_is_masked_over_the_items_of_a_list() -> None:
    body = [base64.b64encode(bytes(range(n, n + 48))).decode() for n in range(3)]
    evidence = ["bad key", "-----BEGIN EC PRIVATE KEY-----", *body, "-----END EC PRIVATE KEY-----"]
    shown = json.dumps(masked({"evidence": evidence}, Redactor()))
    assert not [line for line in body if line in shown]


def test_a_text_under_a_telling_key_is_masked() -> None:
    told = {"password": VALUE, "tokens": 12, "key": "q", "nested": [{"otp": "204613"}]}
    assert masked(told, str) == {
        "password": "[secret]", "tokens": 12, "key": "q", "nested": [{"otp": "[secret]"}],
    }  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "x", "xy", "user:", "a longer one"])
def test_a_known_value_is_masked_in_base64_wherever_it_begins(prefix: str) -> None:
    value = "correct-horse-battery"
    encoded = base64.b64encode(f"{prefix}{value}!".encode()).decode()
    redacted = Redactor({value: "DB"})(f"header {encoded} end")
    assert "[secret:DB]" in redacted
    assert len(redacted) < len(encoded) + 10
    url_safe = base64.urlsafe_b64encode(f"{prefix}{value}!".encode()).decode()
    assert "[secret:DB]" in Redactor({value: "DB"})(url_safe)


def test_a_known_value_is_masked_as_urls_and_html_have_it() -> None:
    value = "tulip & meadow/é"
    redact = Redactor({value: "DB"})
    for encoded in (quote(value), quote(value, safe="").lower(), value.replace("&", "&amp;")):
        assert redact(encoded) == "[secret:DB]"


def test_values_in_json_variables_and_in_files_of_other_names_are_known(tmp_path: Path) -> None:
    for name, text in {
        "deploy/stage/eu/.env": "SMTP_PW=lilacgarden\n",
        "ops/prod.env": "API_KEY='rosegarden'\n",
        ".streamlit/secrets.toml": 'db_password = "violetgarden"\n',
        "credentials.py": "PASSWORD = 'aspengarden'\n",
        "secrets.json": '{"client_secret": "mossgarden"}',
        "node_modules/x/.env": "API_KEY=ferngarden\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    environ = {"SERVICE": json.dumps({"db": {"password": "maplegarden", "host": "localhost-5"}})}
    redact = Redactor.from_environment(environ, tmp_path)
    for garden in ("lilac", "rose", "violet", "aspen", "moss", "maple"):
        assert f"{garden}garden" not in redact(f"it is {garden}garden here")
    assert redact("ferngarden localhost-5") == "ferngarden localhost-5"


CREDENTIAL_FILES = """
kubeconfig .kube/config .docker/config.json .git-credentials terraform.tfstate prod.tfvars .vault-token .my.cnf
.yarnrc.yml id_rsa id_deploy office.ovpn secrets.py secrets/db firebase-adminsdk-ab12.json .s3cfg local_settings.py
wallet.dat .streamlit/secrets.toml prod.env deploy/stage/.env .pgpass.bak credentials.py .env.prod .netrc a.pem
"""
OTHER_FILES = """
id_rsa.pub id_generator.py .env.example environment.py env.py app/credentials/__init__.py secrets/README.md token.py
keys.json package.json passwords.py identity.ts tests/secrets/test_a.py key.py id.py keyring.js .envoy.yaml
"""


@pytest.mark.parametrize("path", CREDENTIAL_FILES.split())
def test_files_that_hold_credentials(path: str) -> None:
    assert holds_secrets(path)


@pytest.mark.parametrize("path", OTHER_FILES.split())
def test_files_that_do_not(path: str) -> None:
    assert not holds_secrets(path)


def test_a_well_kept_scanner_finds_nothing_in_what_is_left() -> None:
    from tests.test_redact import CONTEXTS, SHAPES

    texts = [f"x = '{value}'" for value in SHAPES.values()] + [a.format(v) for a, v in CONTEXTS.values()]
    texts += [form.format("Tulip7-meadow9Qx") for form in NAMED.values()]
    redact = Redactor()
    found, left = 0, []
    with default_settings():
        for text in texts:
            for secret in scan.scan_line(text):
                if "Entropy" in secret.type or secret.type == "Private Key":
                    continue  # of one line it takes any word for one; and the marker of a key for the key
                found += 1
                left += [text] * ((secret.secret_value or "") in redact(text))
    assert found > 25
    assert left == []
