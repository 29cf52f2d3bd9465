"""Words by which the rules about place know what a call, an argument or a decorator does."""

from __future__ import annotations

import re
from typing import Final

CONVERSIONS: Final = frozenset(
    {
        "int", "float", "str", "bytes", "list", "tuple", "dict", "set", "frozenset", "sorted", "reversed",
        "enumerate", "zip", "range", "repr", "ascii", "print", "super", "iter", "Decimal", "Path", "date",
        "datetime", "type", "isinstance", "open", "vars", "id", "hash", "chr", "ord", "format", "map", "sum",
        "encode", "decode", "strip", "lower", "upper", "items", "keys", "values", "copy", "deepcopy",
        "isoformat", "read", "json", "model_dump", "as_posix", "resolve", "join", "title",
        "casefold", "splitlines", "readlines", "total_seconds", "timestamp", "toString", "String", "Number",
        "parseInt", "parseFloat", "trim", "toISOString", "run", "gather", "create_task", "commit", "refresh",
        "add", "append", "extend", "makedirs", "mkdir", "include_router", "flush",
    }
)  # fmt: skip
"""Calls that put a value into another form and leave it what it is, or do more than was done."""

LENIENT: Final = frozenset(
    {
        "get", "getattr", "hasattr", "getenv", "popitem", "setdefault", "suppress", "isdigit", "isnumeric",
        "isdecimal", "isalnum", "first", "one_or_none", "scalar_or_none", "get_or_none", "get_or_create",
        "get_or_default", "clear", "discard", "ignore", "dropna", "fillna", "nan_to_num", "max", "min", "clamp",
        "clip", "bool", "any", "filter", "find", "partition", "rpartition", "coerce", "or_none", "fallback",
        "default", "nullcontext", "cancel", "_exit", "exit", "abort", "kill", "defaultdict", "Mock",
        "MagicMock", "SimpleNamespace", "catch", "allSettled",
    }
)  # fmt: skip
"""Calls that answer where a stricter one would have failed, or that leave something out."""

LOSSY: Final = frozenset({"int", "round", "len", "bool", "abs", "floor", "ceil", "trunc", "Boolean"})
"""Conversions after which less is known than before."""

MAKERS: Final = frozenset({"str", "repr", "list", "tuple", "dict", "format", "String", "Number", "toString"})
"""Conversions that make something also of what is missing."""

LAX_ARGUMENT: Final = re.compile(
    r"(?i)^(default\w*|errors|on_?error\w*|on_bad_lines|strict|check|verify|silent\w*|quiet|ignore\w*|skip\w*"
    r"|missing_ok|optional|required|nullable|null|blank|raise_\w+|return_exceptions|fail_\w+|safe|fallback"
    r"|fill_value|initial|allow_\w+|force|coerce|suppress\w*|autoescape|raise_server_exceptions|handle_\w+|server_default"
    r"|extra|arbitrary_types_allowed|validate\w*|debug|catch\w*|standalone_mode|strict_undefined|undefined)$"
)
FORMATS: Final = frozenset(
    map(repr, ("utf-8", "utf8", "utf-8-sig", "latin-1", "ascii", "r", "w", "a", "rb", "wb", "r+", "rt", "wt"))
)
SHAPES: Final = frozenset(
    {
        "staticmethod", "classmethod", "property", "cached_property", "functools.cached_property",
        "functools.wraps", "wraps", "dataclass", "dataclasses.dataclass", "contextmanager",
        "contextlib.contextmanager", "asynccontextmanager", "contextlib.asynccontextmanager", "abstractmethod",
        "override", "typing.override", "pytest.fixture", "pytest.mark.asyncio",
    }
)  # fmt: skip
"""Decorators that give a function its form and catch nothing."""

LENDS: Final = re.compile(
    r"(?i)(^|\.)(open|closing|connect|begin|cursor|session\w*|_?\w*lock|acquire|app_context|test_request_context"
    r"|request_context|transaction|atomic|ThreadPoolExecutor|ProcessPoolExecutor|TemporaryDirectory|NamedTemporaryFile"
    r"|Client|AsyncClient|ClientSession|TaskGroup|scope|TestClient|ZipFile|urlopen|socket|Pool|localcontext)$"
)
"""Context managers that lend something and catch nothing, by how they are called."""

PLAIN: Final = frozenset(
    {
        "__init__", "__repr__", "__str__", "__post_init__", "__len__", "__iter__", "__enter__", "__lt__",
        "__main__",
    }
)  # fmt: skip
"""Special methods that decide nothing about errors."""

USUAL: Final = {"PORT": re.compile(r"\d{4,5}"), "HOST": re.compile(r"127\.0\.0\.1|localhost")}
"""Variables of every development server, with their usual values."""
READING: Final = frozenset({"attr", "call", "name", "answers", "subscript", "import"})
READERS: Final = frozenset({"get", "getenv", "environ", "os", "setdefault", "int", ""})
"""The parts of reading a variable."""
NOTHING: Final = frozenset({"None", "False", "''", "0", "null", "undefined", "false"})
"""Values that say nothing."""
