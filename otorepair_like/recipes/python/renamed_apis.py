"""Names that moved or were renamed between releases, with their current place.

From the release notes of each project; only moves after which the code means the same as before.
"""

from __future__ import annotations

from typing import Final

COLLECTIONS_ABC: Final = (
    "Mapping MutableMapping Sequence MutableSequence Iterable Iterator Callable Set MutableSet Hashable Sized "
    "Container Generator Awaitable Coroutine KeysView ItemsView ValuesView MappingView Collection Reversible "
    "AsyncIterable AsyncIterator AsyncGenerator ByteString"
)

NAMES: Final[dict[tuple[str, str], tuple[str, str]]] = {
    **{("collections", name): ("collections.abc", name) for name in COLLECTIONS_ABC.split(" ")},
    **{("typing", name): ("collections.abc", name) for name in ("ByteString",)},
    ("inspect", "getargspec"): ("inspect", "getfullargspec"),
    ("fractions", "gcd"): ("math", "gcd"),
    ("cgi", "escape"): ("html", "escape"),
    ("cgi", "parse_qs"): ("urllib.parse", "parse_qs"),
    ("time", "clock"): ("time", "perf_counter"),
    ("string", "letters"): ("string", "ascii_letters"),
    ("string", "lowercase"): ("string", "ascii_lowercase"),
    ("string", "uppercase"): ("string", "ascii_uppercase"),
    ("itertools", "izip_longest"): ("itertools", "zip_longest"),
    ("itertools", "ifilterfalse"): ("itertools", "filterfalse"),
    ("urllib", "urlencode"): ("urllib.parse", "urlencode"),
    ("urllib", "quote"): ("urllib.parse", "quote"),
    ("urllib", "unquote"): ("urllib.parse", "unquote"),
    ("urllib", "urlopen"): ("urllib.request", "urlopen"),
    ("os", "getcwdu"): ("os", "getcwd"),
    ("os", "errno"): ("", "errno"),
    ("asyncio", "async"): ("asyncio", "ensure_future"),
    ("xml.etree", "cElementTree"): ("xml.etree", "ElementTree"),
    ("importlib", "find_loader"): ("importlib.util", "find_spec"),
    ("flask", "Markup"): ("markupsafe", "Markup"),
    ("flask", "escape"): ("markupsafe", "escape"),
    ("flask", "_app_ctx_stack"): ("flask.globals", "app_ctx"),
    ("jinja2", "Markup"): ("markupsafe", "Markup"),
    ("jinja2", "escape"): ("markupsafe", "escape"),
    ("jinja2", "contextfunction"): ("jinja2", "pass_context"),
    ("jinja2", "contextfilter"): ("jinja2", "pass_context"),
    ("jinja2", "evalcontextfilter"): ("jinja2", "pass_eval_context"),
    ("jinja2", "environmentfilter"): ("jinja2", "pass_environment"),
    ("jinja2", "environmentfunction"): ("jinja2", "pass_environment"),
    ("werkzeug.urls", "url_quote"): ("urllib.parse", "quote"),
    ("werkzeug.urls", "url_unquote"): ("urllib.parse", "unquote"),
    ("werkzeug.urls", "url_quote_plus"): ("urllib.parse", "quote_plus"),
    ("werkzeug.urls", "url_encode"): ("urllib.parse", "urlencode"),
    ("werkzeug.urls", "url_parse"): ("urllib.parse", "urlsplit"),
    ("werkzeug", "secure_filename"): ("werkzeug.utils", "secure_filename"),
    ("werkzeug", "generate_password_hash"): ("werkzeug.security", "generate_password_hash"),
    ("werkzeug", "check_password_hash"): ("werkzeug.security", "check_password_hash"),
    ("werkzeug.security", "safe_str_cmp"): ("hmac", "compare_digest"),
    ("werkzeug.wrappers", "BaseResponse"): ("werkzeug.wrappers", "Response"),
    ("werkzeug.contrib.fixers", "ProxyFix"): ("werkzeug.middleware.proxy_fix", "ProxyFix"),
    ("pydantic", "BaseSettings"): ("pydantic_settings", "BaseSettings"),
    ("pydantic.generics", "GenericModel"): ("pydantic", "BaseModel"),
    ("sqlalchemy.ext.declarative", "AsyncAttrs"): ("sqlalchemy.ext.asyncio", "AsyncAttrs"),
    ("django.utils.encoding", "force_text"): ("django.utils.encoding", "force_str"),
    ("django.utils.encoding", "smart_text"): ("django.utils.encoding", "smart_str"),
    ("django.utils.translation", "ugettext"): ("django.utils.translation", "gettext"),
    ("django.utils.translation", "ugettext_lazy"): ("django.utils.translation", "gettext_lazy"),
    ("django.utils.translation", "ungettext"): ("django.utils.translation", "ngettext"),
    ("django.conf.urls", "url"): ("django.urls", "re_path"),
    ("django.core.urlresolvers", "reverse"): ("django.urls", "reverse"),
    ("django.core.urlresolvers", "reverse_lazy"): ("django.urls", "reverse_lazy"),
    ("django.core.urlresolvers", "resolve"): ("django.urls", "resolve"),
    ("django.utils.http", "urlquote"): ("urllib.parse", "quote"),
    ("django.utils.http", "urlunquote"): ("urllib.parse", "unquote"),
    ("django.utils.http", "is_safe_url"): ("django.utils.http", "url_has_allowed_host_and_scheme"),
    ("django.utils.timezone", "utc"): ("datetime", "timezone.utc"),
    ("django.contrib.postgres.fields", "JSONField"): ("django.db.models", "JSONField"),
    ("django.db.models", "NullBooleanField"): ("django.db.models", "BooleanField"),
    ("django.shortcuts", "render_to_response"): ("django.shortcuts", "render"),
}  # fmt: skip
"""(module, name) before the change to (module, name) after it; module ``""``: the name is a module itself."""

NEEDS_REVIEW: Final = frozenset(
    {
        ("django.shortcuts", "render_to_response"),
        ("django.db.models", "NullBooleanField"),
        ("django.utils.timezone", "utc"),
        ("fractions", "gcd"),
        ("inspect", "getargspec"),
        ("importlib", "find_loader"),
        ("urllib", "urlopen"),
        ("werkzeug.urls", "url_parse"),
        ("flask", "_app_ctx_stack"),
        ("pydantic.generics", "GenericModel"),
    }
)
"""Moves after which the code around may have to change too: shown, not applied."""

MODULES: Final = {
    "ConfigParser": "configparser",
    "Queue": "queue",
    "SocketServer": "socketserver",
    "StringIO": "io",
    "cStringIO": "io",
    "cPickle": "pickle",
    "Tkinter": "tkinter",
    "__builtin__": "builtins",
    "urlparse": "urllib.parse",
    "HTMLParser": "html.parser",
    "httplib": "http.client",
    "BaseHTTPServer": "http.server",
    "SimpleHTTPServer": "http.server",
    "Cookie": "http.cookies",
    "cookielib": "http.cookiejar",
    "xmlrpclib": "xmlrpc.client",
    "copy_reg": "copyreg",
    "thread": "_thread",
    "django.core.urlresolvers": "django.urls",
    "werkzeug.contrib.fixers": "werkzeug.middleware.proxy_fix",
    "flask.ext.sqlalchemy": "flask_sqlalchemy",
    "flask.ext.login": "flask_login",
    "sqlalchemy.databases": "sqlalchemy.dialects",
}
"""Renamed modules."""

ATTRIBUTES: Final[dict[tuple[str, str], str]] = {
    ("numpy", "float"): "float",
    ("numpy", "int"): "int",
    ("numpy", "bool"): "bool",
    ("numpy", "object"): "object",
    ("numpy", "str"): "str",
    ("numpy", "complex"): "complex",
    ("numpy", "float_"): "{module}.float64",
    ("numpy", "unicode_"): "{module}.str_",
    ("numpy", "NaN"): "{module}.nan",
    ("numpy", "Inf"): "{module}.inf",
    ("numpy", "product"): "{module}.prod",
    ("numpy", "in1d"): "{module}.isin",
    ("datetime", "utc"): "{module}.timezone.utc",
    ("datetime", "UTC"): "{module}.timezone.utc",
    ("string", "maketrans"): "str.maketrans",
    ("string", "join"): "",
    ("os", "errno"): "",
    ("asyncio", "get_running_event_loop"): "{module}.get_running_loop",
    ("time", "clock"): "{module}.perf_counter",
    ("string", "letters"): "{module}.ascii_letters",
    ("string", "lowercase"): "{module}.ascii_lowercase",
    ("string", "uppercase"): "{module}.ascii_uppercase",
    ("itertools", "izip"): "zip",
    ("itertools", "imap"): "map",
    ("itertools", "ifilter"): "filter",
    ("itertools", "izip_longest"): "{module}.zip_longest",
    ("os", "getcwdu"): "{module}.getcwd",
    ("sys", "maxint"): "{module}.maxsize",
    ("inspect", "getargspec"): "{module}.getfullargspec",
    ("threading", "_sleep"): "",
    ("base64", "encodestring"): "{module}.encodebytes",
    ("base64", "decodestring"): "{module}.decodebytes",
    ("array", "tostring"): "",
    ("dict", "iteritems"): "items",
    ("dict", "itervalues"): "values",
    ("dict", "iterkeys"): "keys",
    ("dict", "viewitems"): "items",
    ("Thread", "isAlive"): "is_alive",
    ("Element", "getchildren"): "",
    ("Logger", "warn"): "warning",
    ("DataFrame", "iteritems"): "items",
    ("Series", "iteritems"): "items",
}
"""(module or class, attribute) before the change to its replacement; ``""``: there is no direct one."""

PACKAGES: Final = {
    "yaml": "pyyaml", "cv2": "opencv-python", "PIL": "pillow", "sklearn": "scikit-learn", "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv", "dateutil": "python-dateutil", "jwt": "pyjwt", "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary", "rest_framework": "djangorestframework",
    "corsheaders": "django-cors-headers", "serial": "pyserial", "git": "gitpython", "attr": "attrs",
    "flask_sqlalchemy": "flask-sqlalchemy", "pydantic_settings": "pydantic-settings", "multipart": "python-multipart",
    "jose": "python-jose", "magic": "python-magic", "decouple": "python-decouple", "environ": "django-environ",
}  # fmt: skip
"""Modules whose package has another name."""

SUCCESSORS: Final = {
    "imp": "importlib",
    "distutils": "setuptools or sysconfig, by what is used",
    "asynchat": "asyncio",
    "asyncore": "asyncio",
    "cgi": "email.message or urllib.parse, by what is used",
    "telnetlib": "the package telnetlib3",
    "pipes": "subprocess or shlex",
    "crypt": "hashlib or the package bcrypt",
    "imghdr": "the package filetype",
    "urllib2": "urllib.request and urllib.error",
    "commands": "subprocess",
}
"""Removed modules without a drop-in replacement, and what is used in their place."""
