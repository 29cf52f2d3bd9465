"""Code that changes other code while it runs: modules and classes that are patched, names of the language taken."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.source_pairs import Code, Function, Pair, text

_BUILTINS: Final = frozenset(name for name in dir(builtins) if not name.startswith("__"))
_PATCHES: Final = re.compile(
    r"""(?x)^( (object\.)?__setattr__ | setattr | delattr | os\.(close|dup2|_exit|abort|kill|closerange)
    | atexit\.(register|unregister) | signal\.\w+ | sys\.(settrace|setprofile|_clear_\w+|addaudithook)
    | threading\.(settrace|setprofile) | importlib\.(reload|import_module) | (unittest\.)?mock\.\w+(\.\w+)*
    | monkeypatch\.\w+
    | gc\.\w+ | sys\.(modules|meta_path|path_hooks)\.\w+ | faulthandler\.\w+ | asyncio\.set_event_loop_policy
    | codecs\.register_error | (globals|locals|vars)\(\)\.\w+ | types\.(FunctionType|CodeType|MethodType) | site\.\w+
    | logging\.(setLogRecordFactory|setLoggerClass|shutdown) | sys\.stdout\.\w+ | sys\.exit | os\.set_blocking
    | contextlib\.redirect_std(out|err) | redirect_std(out|err) )$"""
)
_STREAMS: Final = re.compile(r"^(sys|os|builtins|threading|warnings|logging|asyncio|signal)\.")
_TELLING: Final = re.compile(r"^sys\.stdout\.(write|flush|reconfigure|isatty|fileno|encoding)$")


def patched(pair: Pair) -> Iterator[GuardFinding]:
    """Yield new code that replaces what belongs to other modules and classes, or takes a name of the language."""
    for name, call in pair.new_calls:
        if _PATCHES.match(name) and not _TELLING.match(name) and not _ordinary(name, call):
            yield asked("patched", pair.path, f"{name} changes how the program runs", call.lineno)
    known = _replaced(pair.before)
    for name, line in _replaced(pair.after).items():
        if name not in known:
            yield asked("patched", pair.path, f"{name} belongs to other code and is replaced", line)
    taken = _taken(pair.before)
    for name, line in _taken(pair.after).items():
        if name not in taken:
            yield asked("patched", pair.path, f"{name} means something else now", line)


def _ordinary(name: str, call: ast.Call) -> bool:
    """Return whether a call is common and harmless: to set an own attribute, to exit with a failure."""
    if name in ("setattr", "object.__setattr__", "delattr"):
        return bool(call.args) and text(call.args[0]) == "self"
    return name == "sys.exit" and bool(call.args) and text(call.args[0]) not in ("0", "None", "False")


def _replaced(code: Code) -> dict[str, int]:
    """Return assignments to attributes of modules, of classes from outside, and of streams, with their lines."""
    modules = {
        alias.asname or alias.name.partition(".")[0] for node in code.of(ast.Import) for alias in node.names
    }
    imported = {alias.asname or alias.name for node in code.of(ast.ImportFrom) for alias in node.names}
    classes = {node.name for node in code.of(ast.ClassDef)}
    functions = {name.rpartition(".")[2] for name, node in code.scopes.items() if isinstance(node, Function)}
    own = modules | classes | functions
    found: dict[str, int] = {}
    changed: list[ast.Assign | ast.Delete | ast.AugAssign | ast.AnnAssign] = [
        *code.of(ast.Assign), *code.of(ast.Delete), *code.of(ast.AugAssign), *code.of(ast.AnnAssign)
    ]  # fmt: skip
    for node in changed:
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
        for target in targets:
            if not isinstance(target, ast.Attribute | ast.Subscript):
                continue
            said = text(target)
            root = re.split(r"[.\[(]", said, maxsplit=1)[0]
            code_of_others = root in imported and isinstance(target, ast.Attribute) and _is_code(target, node)
            if root in own or _STREAMS.match(said) or code_of_others:
                found[said] = node.lineno
    return {name: line for name, line in found.items() if not name.startswith(("os.environ", "environ["))}


def _is_code(target: ast.Attribute, node: ast.AST) -> bool:
    """Return whether what is assigned may be called, or the target is something of a class or module."""
    value = getattr(node, "value", None)
    plain = isinstance(target.value, ast.Name) and target.value.id[:1].isupper()
    return plain or isinstance(value, ast.Lambda | ast.Name)


def _taken(code: Code) -> dict[str, int]:
    """Return names of the language that a module or class defines or imports for itself, with their lines."""
    found: dict[str, int] = {}
    for node in code.of(ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id in _BUILTINS and node in code.tree.body:
                found[target.id] = node.lineno
    for definition in code.tree.body:
        if isinstance(definition, Function | ast.ClassDef) and definition.name in _BUILTINS:
            found[definition.name] = definition.lineno
    for source in code.of(ast.ImportFrom):
        for alias in source.names:
            bound = alias.asname or alias.name
            if bound in _BUILTINS and source.level + len(source.module or "") and not _of_library(source):
                found[bound] = source.lineno
    return found


def _of_library(source: ast.ImportFrom) -> bool:
    return not source.level and (source.module or "").partition(".")[0] in sys.stdlib_module_names
