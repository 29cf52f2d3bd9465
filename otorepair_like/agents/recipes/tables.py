"""Facts that recipes look up: words that mean different things, and where well-known names live."""

from __future__ import annotations

from typing import Final


def listed(text: str) -> list[str]:
    """The words of a table."""
    return text.split()


def by_word(table: dict[str, str]) -> dict[str, str]:
    """``{"pathlib": "Path PurePath"}`` as ``{"Path": "pathlib", "PurePath": "pathlib"}``."""
    return {word: key for key, words in table.items() for word in words.split()}


OPPOSITES: Final = frozenset(
    frozenset(pair.split("/"))
    for pair in listed(
        """get/set encode/decode import/export enable/disable valid/invalid load/unload lock/unlock send/end
        http/https str/int byte/bytes host/post put/get row/col lat/lon lat/lng head/read load/read date/data
        width/weight form/from price/prize push/pull sync/async show/shop active/inactive visible/invisible
        mount/amount count/account read/thread user/uses owner/lower start/star hash/has debit/credit
        parse/phrase inner/outer before/after even/event late/rate sell/cell buy/by"""
    )
)
"""Words that are a slip or two apart and yet mean different things."""

WELL_KNOWN: Final = by_word(
    {
        "pathlib": "Path PurePath",
        "collections": "defaultdict Counter OrderedDict namedtuple deque ChainMap",
        "dataclasses": "dataclass asdict astuple is_dataclass",
        "typing": """Any Optional Union List Dict Tuple Set NamedTuple TypedDict Protocol TypeVar Generic
            Literal Final ClassVar cast overload TYPE_CHECKING Annotated""",
        "collections.abc": """Callable Iterable Iterator Sequence Mapping MutableMapping Generator Awaitable
            AsyncIterator""",
        "functools": "partial lru_cache cached_property wraps reduce singledispatch total_ordering",
        "contextlib": "contextmanager suppress asynccontextmanager ExitStack AsyncExitStack closing",
        "enum": "Enum IntEnum StrEnum Flag IntFlag",
        "abc": "ABC abstractmethod",
        "decimal": "Decimal ROUND_HALF_UP ROUND_DOWN InvalidOperation",
        "fractions": "Fraction",
        "datetime": "timedelta timezone",
        "uuid": "uuid4 UUID",
        "concurrent.futures": "ThreadPoolExecutor ProcessPoolExecutor",
        "threading": "Thread",
        "textwrap": "dedent",
        "pprint": "pprint",
        "types": "SimpleNamespace MappingProxyType",
        "itertools": "groupby zip_longest islice",
        "urllib.parse": "urlparse urlencode urljoin parse_qs",
        "http": "HTTPStatus",
        "zoneinfo": "ZoneInfo",
        "io": "StringIO BytesIO",
        "argparse": "ArgumentParser",
    }
)
"""Names that mean one thing to every reader, and the standard module they come from."""

FRAMEWORKS: Final = by_word(
    {
        "django.shortcuts": "render redirect get_object_or_404 get_list_or_404",
        "django.http": "HttpResponse JsonResponse Http404 HttpResponseRedirect",
        "django.urls": "path include re_path reverse reverse_lazy",
        "django.db": "models",
        "django": "template forms",
        "django.contrib": "admin messages",
        "flask": """Flask Blueprint render_template jsonify url_for current_app flash abort send_file
            send_from_directory make_response""",
        "fastapi": "FastAPI Depends HTTPException APIRouter WebSocket BackgroundTasks",
        "pydantic": "BaseModel field_validator model_validator ConfigDict",
        "sqlalchemy": "create_engine select ForeignKey Column Integer String Boolean",
        "sqlalchemy.orm": "sessionmaker relationship DeclarativeBase Mapped mapped_column declarative_base",
    }
)
"""Names of frameworks that mean one thing in a project that uses them."""

ALIASES: Final = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "sa": "sqlalchemy",
}
"""Usual aliases of installed packages."""

LITERALS: Final = {
    "true": "True",
    "false": "False",
    "null": "None",
    "nil": "None",
    "none": "None",
    "undefined": "None",
}
"""How other languages write Python's constants."""

HANDED_OVER: Final = {
    "django": ("django.core.handlers.wsgi", "django.db.models.query"),
    "fastapi": ("starlette.requests", "starlette.responses"),
    "flask": ("flask.wrappers",),
}
"""Modules of frameworks whose objects reach a program without an import of its own."""
