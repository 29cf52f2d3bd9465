"""Tables of names: pairs of words with different meanings, and the modules of well-known names."""

from __future__ import annotations

from typing import Final


def word_list(text: str) -> list[str]:
    """Split a table into its words."""
    return text.split()


def key_by_word(table: dict[str, str]) -> dict[str, str]:
    """Turn ``{"pathlib": "Path PurePath"}`` into ``{"Path": "pathlib", "PurePath": "pathlib"}``."""
    return {word: key for key, words in table.items() for word in words.split()}


def keys_by_word(table: dict[str, str]) -> dict[str, list[str]]:
    """Do the same for words that stand under several keys."""
    keys: dict[str, list[str]] = {}
    for key, words in table.items():
        for word in words.split():
            keys.setdefault(word, []).append(key)
    return keys


OPPOSITES: Final = frozenset(
    frozenset(pair.split("/"))
    for pair in word_list(
        """get/set encode/decode import/export enable/disable valid/invalid load/unload lock/unlock send/end
        http/https str/int byte/bytes host/post put/get row/col lat/lon lat/lng head/read load/read date/data
        width/weight form/from price/prize push/pull sync/async show/shop active/inactive visible/invisible
        mount/amount count/account read/thread user/uses owner/lower start/star hash/has debit/credit
        parse/phrase inner/outer before/after even/event late/rate sell/cell buy/by"""
    )
)
"""Words that are a slip or two apart and yet mean different things."""

WELL_KNOWN: Final = key_by_word(
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
        "statistics": "mean median stdev",
        "heapq": "heappush heappop heapify",
        "math": "sqrt ceil floor",
        "operator": "itemgetter attrgetter",
        "copy": "deepcopy",
        "time": "perf_counter monotonic",
        "tempfile": "TemporaryDirectory NamedTemporaryFile",
    }
)
"""Names with one meaning to every reader, and their standard module."""

LIBRARY_WORDS: Final = frozenset(
    word_list(
        """insort bisect randint randrange urlopen urlretrieve mkdtemp mkstemp b64encode b64decode sha1 sha256 sha512
        md5 isclose getpass starmap takewhile dropwhile fnmatch getenv strftime iglob rmtree copyfile copytree
        nullcontext mktime pformat isfile isdir iscoroutinefunction getsource unhexlify hexlify"""
    )
)
"""Single words in small letters that nobody would give to a function of his own."""

EVERYDAY_WORDS: Final = frozenset(
    word_list(
        """authenticate login logout resolve reverse include path template forms messages cache connection
        transaction select insert update delete text func status request session g"""
    )
)
"""Words of frameworks that a function or a variable of the user's own may have as well."""

FRAMEWORKS: Final = keys_by_word(
    {
        "django.shortcuts": "render redirect get_object_or_404 get_list_or_404",
        "django.http": """HttpRequest HttpResponse JsonResponse Http404 HttpResponseRedirect HttpResponseBadRequest
            HttpResponseForbidden HttpResponseNotFound HttpResponseNotAllowed StreamingHttpResponse FileResponse""",
        "django.urls": "path include re_path reverse reverse_lazy resolve NoReverseMatch",
        "django.db": "models transaction connection IntegrityError",
        "django.db.models": """Q F Count Sum Avg Max Min Prefetch Value Case When Subquery OuterRef Exists
            CASCADE PROTECT SET_NULL""",
        "django.db.models.signals": "post_save pre_save post_delete pre_delete m2m_changed",
        "django.dispatch": "receiver Signal",
        "django.conf": "settings",
        "django": "template forms",
        "django.contrib": "admin messages",
        "django.contrib.auth": "get_user_model authenticate login logout",
        "django.contrib.auth.decorators": "login_required permission_required user_passes_test",
        "django.contrib.auth.mixins": "LoginRequiredMixin PermissionRequiredMixin UserPassesTestMixin",
        "django.contrib.auth.models": "User Group AbstractUser",
        "django.core.exceptions": "ObjectDoesNotExist PermissionDenied ImproperlyConfigured ValidationError",
        "django.core.validators": "MinValueValidator MaxValueValidator RegexValidator",
        "django.core.paginator": "Paginator",
        "django.core.management": "call_command",
        "django.core.management.base": "BaseCommand CommandError",
        "django.core.mail": "send_mail",
        "django.core.cache": "cache",
        "django.utils": "timezone",
        "django.utils.text": "slugify",
        "django.utils.html": "format_html",
        "django.utils.safestring": "mark_safe",
        "django.utils.decorators": "method_decorator",
        "django.utils.translation": "gettext_lazy gettext ngettext",
        "django.views": "View",
        "django.views.generic": """ListView DetailView CreateView UpdateView DeleteView TemplateView RedirectView
            FormView""",
        "django.views.decorators.csrf": "csrf_exempt csrf_protect ensure_csrf_cookie",
        "django.views.decorators.http": "require_GET require_POST require_safe require_http_methods",
        "django.views.decorators.cache": "cache_page never_cache",
        "django.test": "TestCase Client RequestFactory override_settings",
        "flask": """Flask Blueprint Response render_template jsonify url_for current_app flash abort send_file
            send_from_directory make_response redirect request session g""",
        "flask.views": "MethodView View",
        "fastapi": """FastAPI Depends HTTPException APIRouter WebSocket WebSocketDisconnect BackgroundTasks Body Query
            Header Cookie Form File UploadFile Request Response Security status""",
        "fastapi.responses": """JSONResponse HTMLResponse RedirectResponse StreamingResponse PlainTextResponse
            FileResponse""",
        "fastapi.staticfiles": "StaticFiles",
        "fastapi.templating": "Jinja2Templates",
        "fastapi.middleware.cors": "CORSMiddleware",
        "fastapi.security": "OAuth2PasswordBearer OAuth2PasswordRequestForm HTTPBearer HTTPBasic",
        "pydantic": """BaseModel Field field_validator model_validator computed_field field_serializer ConfigDict
            EmailStr HttpUrl PositiveInt TypeAdapter ValidationError""",
        "sqlalchemy": """create_engine select insert update delete text func and_ or_ not_ desc ForeignKey Column Table
            MetaData Integer String Boolean DateTime Date Float Numeric Text UniqueConstraint Index CheckConstraint""",
        "sqlalchemy.orm": """sessionmaker scoped_session Session relationship DeclarativeBase Mapped mapped_column
            declarative_base selectinload joinedload aliased backref""",
        "sqlalchemy.exc": "IntegrityError NoResultFound SQLAlchemyError",
        "sqlalchemy.ext.asyncio": "AsyncSession create_async_engine async_sessionmaker",
        "werkzeug.security": "generate_password_hash check_password_hash",
        "werkzeug.utils": "secure_filename",
        "werkzeug.exceptions": "NotFound BadRequest Forbidden Unauthorized HTTPException",
        "celery": "Celery shared_task",
    }
)
"""Names with one meaning in a project that uses the framework, and their modules."""

ALIASES: Final = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "sa": "sqlalchemy",
    "dt": "datetime",
    "ET": "xml.etree.ElementTree",
    "mp": "multiprocessing",
    "tk": "tkinter",
    "st": "streamlit",
    "tf": "tensorflow",
    "nx": "networkx",
    "pl": "polars",
    "xr": "xarray",
}
"""Usual aliases of packages and standard modules."""

LITERALS: Final = {
    "true": "True",
    "false": "False",
    "null": "None",
    "nil": "None",
    "none": "None",
    "undefined": "None",
}
"""Python's constants as other languages write them."""

FRAMEWORK_OBJECTS: Final = {
    "django": ("django.core.handlers.wsgi", "django.db.models.query"),
    "fastapi": ("starlette.requests", "starlette.responses"),
    "flask": ("flask.wrappers",),
}
"""Modules of frameworks whose objects reach a program without an import."""
