"""The report of an exception: one line of JSON. Loaded in the program when its first exception comes.

No code of the program runs here except an exception's ``__str__``, which also runs when it is printed. A value is shown
by its parts, never by its own ``repr``, which may raise, hang, or ask a database.
Nothing is imported, because that may fail in a dying program, or below a folder with a ``json.py`` in it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, FrameType, TracebackType
    from typing import Any

LONGEST = 48 * 1024
"""Bytes of a record; a pipe takes 64 KiB without waiting."""
FRAMES = 60
"""Frames of one exception: the outermost few and the innermost."""
FIRST = 10
SCOPES = 5
"""Own frames, from the innermost, of which the variables are told."""
VARIABLES, ITEMS = 30, 8
"""Variables of a frame; items of a collection and attributes of an object."""
NAMES, MAPPINGS, KEYS = 500, 8, 100
TEXT, MESSAGE = 160, 2000
"""Characters of a value and of a message."""
DEPTH = 6
"""Exceptions in a chain, and leaves of a group."""
NEW_LOCALS = 0x2
"""``inspect.CO_NEWLOCALS``: a function's code."""
STOPS = ("KeyboardInterrupt", "SystemExit", "GeneratorExit", "CancelledError")
MASKED = (
    "secret passw passphrase passcode token credential api_key apikey access_key private_key authorization "
    "cookie jwt"
)
"""Words in the names of variables that are not shown; otorepair masks more."""
MASKED_WHOLE = "pwd pw pin otp totp cvv cvc pass auth"
"""The same, where they are the name or its last word."""
LIBRARY = os.path.dirname(os.__file__) + os.sep


def report(
    how: str, where: str, error: BaseException, asked: tuple[list[str], list[list[str]]] | None = None
) -> bytes:
    """The record of ``error`` between two line ends; nothing if it is none, or a way to stop.

    Args:
        how: ``main``, ``thread``, ``unraisable``, ``logged`` or ``printed``.
        where: the thread's or the logger's name.
        asked: the web request that was being answered, and its headers (``otorepair_request.py``).
    """
    if not issubclass(type(error), BaseException) or is_stop(error):
        return b""
    for detail in (2, 1, 0):
        told = {
            "how": how,
            "where": cut(where, TEXT),
            "python": sys.executable or "",
            "version": ".".join(map(str, sys.version_info[:3])),
            "tests": in_tests(),
            "request": asked[0] if detail and asked else None,
            "headers": asked[1] if detail and asked else [],
            "error": describe(error, detail, DEPTH, []),
        }
        line = encode(told).encode("ascii")
        if len(line) <= LONGEST:
            return b"\n" + line + b"\n"
    return b""


def is_stop(error: BaseException) -> bool:
    """Return whether this exception ends programs in the ordinary way, as Ctrl-C does."""
    leaves = leaves_of(error)
    return all(map(is_stop, leaves)) if leaves else type(error).__name__ in STOPS


def in_tests() -> bool:
    """Return whether the program runs tests, which sometimes fail on purpose."""
    words = [os.path.basename(word) for word in sys.argv[:2]]
    return "_pytest" in sys.modules or "test" in words[1:] or words[:1] in (["pytest"], ["__main__.py"])


def describe(error: BaseException, detail: int, depth: int, seen: list[int]) -> dict[str, Any]:
    """One exception with those it came of and those in it.

    Args:
        detail: 2: with variables, 1: with names, 0: with places only.
        depth: how many more exceptions of a chain may follow.
        seen: identities of those told already.
    """
    seen.append(id(error))
    frames = frames_of(error.__traceback__)
    told: dict[str, Any] = {
        "type": type_name(type(error)),
        "message": message_of(error),
        "frames": places(frames, detail),
        "notes": [cut(note, MESSAGE) for note in getattr(error, "__notes__", ())[:ITEMS]],
    }
    if issubclass(type(error), SyntaxError):
        told["syntax"] = [str(error.filename or "<string>"), error.lineno, cut(error.text or "", TEXT)]  # type: ignore[attr-defined]
    if detail and frames:
        told.update(evidence(error, frames))
    cause, context = error.__cause__, error.__context__
    if cause is None and error.__suppress_context__:
        context = None
    for name, other in (("cause", cause), ("context", context if cause is None else None)):
        if other is not None and depth and id(other) not in seen:
            told[name] = describe(other, detail, depth - 1, seen)
    if depth:
        told["leaves"] = [describe(leaf, detail, depth - 1, seen) for leaf in leaves_of(error)[:DEPTH]]
    return told


def leaves_of(error: BaseException) -> tuple[BaseException, ...]:
    """The exceptions of a group, also of one from before 3.11."""
    leaves = getattr(error, "exceptions", None) if "Group" in type(error).__name__ else None
    return leaves if type(leaves) is tuple else ()


def type_name(kind: type) -> str:
    """As tracebacks print it."""
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"


def message_of(error: BaseException) -> str:
    """As tracebacks print it."""
    try:
        if issubclass(type(error), SyntaxError):
            return cut(error.msg or "", MESSAGE)  # type: ignore[attr-defined]
        return cut(str(error), MESSAGE)
    except Exception:  # noqa: BLE001 - the program's own code
        return "<exception str() failed>"


# --- places ---------------------------------------------------------------------------------------------------------


def frames_of(trace: TracebackType | None) -> list[TracebackType]:
    """The entries of a traceback, oldest call first, without the middle of a long one."""
    entries: list[TracebackType] = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
        if len(entries) > 2 * FRAMES:
            del entries[FIRST : FIRST + FRAMES]
    return entries if len(entries) <= FRAMES else entries[:FIRST] + entries[FIRST - FRAMES :]


def places(entries: list[TracebackType], detail: int) -> list[list[Any]]:
    """Each frame as file, function, line, end line, column, end column (as ``ast`` counts), variables."""
    own = [entry for entry in entries if is_own(entry.tb_frame.f_code.co_filename)][-SCOPES:]
    told = []
    for entry in entries:
        code = entry.tb_frame.f_code
        where = [code.co_filename, code.co_name, entry.tb_lineno, *extent(code, entry.tb_lasti)]
        told.append([*where, variables(entry.tb_frame) if detail == 2 and entry in own else None])
    return told


def extent(code: CodeType, instruction: int) -> list[int | None]:
    """End line, column and end column of the expression that was being computed."""
    if hasattr(code, "co_positions"):
        for number, (_, end_line, column, end_column) in enumerate(code.co_positions()):
            if number == instruction // 2:
                return [end_line, column, end_column]
    return [None, None, None]


def is_own(file: str) -> bool:
    """Return whether a file is the user's, as far as this process can tell."""
    return not (
        file[:1] == "<" or "site-packages" in file or "dist-packages" in file or file.startswith(LIBRARY)
    )


def locals_of(frame: FrameType) -> dict[str, Any]:
    """The names of a frame. A class body may have a mapping of the program's own, which is left alone."""
    names = frame.f_locals
    return dict(names) if frame.f_code.co_flags & NEW_LOCALS or type(names) is dict else {}


def variables(frame: FrameType) -> list[list[str]]:
    """Name, type and value of each; of a module's only its data."""
    told = []
    for name, value in locals_of(frame).items():
        kind = type(value).__name__
        if name[:2] == "__" or (
            frame.f_code.co_name == "<module>" and kind in ("module", "function", "type")
        ):
            continue
        told.append([cut(name, TEXT), cut(type_name(type(value)), TEXT), show_named(name, value, 2)])
    return told[:VARIABLES]


# --- values ---------------------------------------------------------------------------------------------------------


def show_named(name: object, value: object, depth: int) -> str:
    """The value of a variable, an attribute or a key; not if its name tells of a secret."""
    if type(name) is str:
        words = name.lower().replace("-", "_")
        if words.split("_")[-1] in MASKED_WHOLE.split() or any(word in words for word in MASKED.split()):
            return "[secret]"
    try:
        return cut(show(value, depth), TEXT)
    except Exception:  # noqa: BLE001 - another thread may be changing it
        return "<...>"


def show(value: Any, depth: int) -> str:
    """Like ``repr``, without running anything of the program's."""
    kind = type(value)
    if kind is int and value.bit_length() > 2000:
        return f"<int of {value.bit_length()} bits>"
    if value is None or kind in (bool, int, float, complex):
        return repr(value)
    if kind in (str, bytes, bytearray):
        return repr(value[:TEXT])
    if kind in (list, tuple, set, frozenset):
        inner = ", ".join(show(item, depth - 1) for item in some(value)) if depth else "..."
        return f"[{inner}]" if kind is list else f"({inner})" if kind is tuple else f"{{{inner}}}"
    if issubclass(kind, dict):
        items = some(dict.items(value)) if depth else []
        pairs = [f"{show(key, 0)}: {show_named(key, held, depth - 1)}" for key, held in items]
        return "{" + ", ".join(pairs) + "}"
    if kind.__name__ in ("module", "function", "type"):
        return f"<{kind.__name__} {value.__name__}>"
    own = some(attributes(value).items()) if depth else []
    held = ", ".join(f"{name}={show_named(name, inner, depth - 1)}" for name, inner in own)
    return f"{type_name(kind)}({held})"


def some(values: Iterable[Any], count: int = ITEMS) -> list[Any]:
    """The first few."""
    return [value for _, value in zip(range(count), values)]  # noqa: B905 - Python 3.8 has no strict


def attributes(value: object) -> dict[str, Any]:
    """An object's own attributes, without asking the object."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none
        return {}
    return own if type(own) is dict else {}


# --- what the kind of failure makes interesting ---------------------------------------------------------------------


def evidence(error: BaseException, entries: list[TracebackType]) -> dict[str, Any]:
    """Subject, the names it has, and the keys of mappings in reach, as the type of the failure calls for."""
    frame = entries[-1].tb_frame
    name, subject = getattr(error, "name", None), getattr(error, "obj", None)
    if issubclass(type(error), AttributeError) and name is not None:
        return {"subject": title(subject), "names": public(members(subject))}
    if issubclass(type(error), NameError):
        return {"names": public([*locals_of(frame), *frame.f_globals])}
    if issubclass(type(error), ImportError) and type(name) is str and name in sys.modules:
        return {"subject": f"module {name}", "names": public(members(sys.modules[name]))}
    if issubclass(type(error), KeyError):
        own = [entry.tb_frame for entry in entries if is_own(entry.tb_frame.f_code.co_filename)]
        return {"keys": mappings(own[-1] if own else frame, error.args[:1])}
    if issubclass(type(error), TypeError) and "() " in message_of(error):
        return signature(message_of(error).partition("()")[0], frame)
    return {}


def signature(name: str, frame: FrameType) -> dict[str, Any]:
    """The function of that qualified name, if the frame that called it reaches it, and its parameters."""
    for value in callables(frame):
        code = getattr(value, "__code__", None) if type(value).__name__ == "function" else None
        if code is not None and name in (value.__qualname__, value.__name__):
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            is_method = "." in value.__qualname__.rpartition("<locals>.")[2] and names[:1] in (
                ("self",),
                ("cls",),
            )
            return {"subject": f"function {name}", "names": [cut(each, TEXT) for each in names[is_method:]]}
    return {}


def callables(frame: FrameType) -> Iterator[Any]:
    """Return everything a frame can call by the names in its code: functions, methods, and classes."""
    names = frame.f_code.co_names
    held = [value for name, value in {**frame.f_globals, **locals_of(frame)}.items() if name in names]
    held += [value for name, value in locals_of(frame).items() if name not in names]
    for value in held:
        kind = value if issubclass(type(value), type) else type(value)
        yield value
        for base in kind.__mro__:
            yield from (base.__dict__[name] for name in (*names, "__init__") if name in base.__dict__)
        if kind.__name__ == "module":
            yield from (inner for name, inner in attributes(value).items() if name in names)


def title(subject: Any) -> str:
    """Return the kind and name of an object."""
    kind = "class" if issubclass(type(subject), type) else type(subject).__name__
    return f"{kind} {subject.__name__}" if kind in ("class", "module") else type_name(type(subject))


def members(subject: Any) -> set[str]:
    """The names an object has, as ``dir`` tells if nobody changed it."""
    names = set(attributes(subject))
    for kind in (*type(subject).__mro__, *(subject.__mro__ if issubclass(type(subject), type) else ())):
        names.update(kind.__dict__)
    return names


def public(names: Iterable[str]) -> list[str]:
    """The names people write."""
    return sorted({cut(name, TEXT) for name in names if type(name) is str and name[:2] != "__"})[:NAMES]


def mappings(frame: FrameType, key: tuple[Any, ...]) -> list[list[Any]]:
    """The dictionaries a frame works with that lack the key: how it calls them, and their keys."""
    told: list[list[Any]] = []
    for name, value in reachable(frame):
        if len(told) < MAPPINGS and issubclass(type(value), dict):
            plain = bool(key) and type(key[0]) in (str, int, bytes)
            if not (plain and dict.__contains__(value, key[0])):
                told.append([name, [cut(show(held, 1), TEXT) for held in some(dict.keys(value), KEYS)]])
    return told


def reachable(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """Variables, the globals that are used, and the attributes of both."""
    seen = locals_of(frame)
    used = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
    for name, value in {**used, **seen}.items():
        if name[:2] == "__":
            continue
        yield name, value
        for inner, attribute in attributes(value).items():
            if inner in frame.f_code.co_names:
                yield f"{name}.{inner}", attribute


# --- JSON -----------------------------------------------------------------------------------------------------------


def cut(text: object, limit: int) -> str:
    """A text, shortened."""
    plain = str.__str__(text) if issubclass(type(text), str) else ""
    return plain if len(plain) <= limit else plain[: limit - 3] + "..."


def encode(value: Any) -> str:
    """JSON in ASCII."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) is int:
        return str(value)
    if type(value) is str:
        return f'"{value}"' if is_plain(value) else '"' + "".join(map(escape, value)) + '"'
    if type(value) is dict:
        return "{" + ",".join(f'"{key}":{encode(inner)}' for key, inner in value.items()) + "}"
    return "[" + ",".join(map(encode, value)) + "]"


def is_plain(text: str) -> bool:
    """Return whether JSON has this kind of value."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def escape(character: str) -> str:
    """One character in a JSON string."""
    if is_plain(character):
        return character
    number = ord(character)
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
