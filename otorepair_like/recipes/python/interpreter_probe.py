"""Answers one question about the interpreter that runs this file: JSON in, JSON out as the last line.

A script of its own, for any Python from 3.8 on: it is run by the child's interpreter, which may be older than
ours and does not have otorepair installed.
"""

from __future__ import annotations

import json
import sys
from typing import Any

sys.path.pop(0)  # this folder: its modules must not hide installed ones


def standard() -> list[str]:
    return sorted(getattr(sys, "stdlib_module_names", ()))


def installed() -> list[str]:
    import pkgutil

    known = set(standard())
    return sorted({module.name for module in pkgutil.iter_modules() if module.name not in known})


def members(name: str) -> list[str] | None:
    import importlib
    import pkgutil

    try:
        module = importlib.import_module(name)
    except BaseException:  # noqa: BLE001 - a module may raise anything
        return None
    below = {each.name for each in pkgutil.iter_modules(getattr(module, "__path__", ()))}
    return sorted(below.union(dir(module)))


def _objects(modules: tuple[str, ...], name: str) -> list[Any]:
    """Everything of that dotted name in the modules, or anywhere they brought in."""
    import importlib

    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException:  # noqa: BLE001, S112 - the next may do
            continue
    first, *rest = name.split(".")
    asked = [sys.modules[module] for module in modules if module in sys.modules]
    holders = [each for each in asked if hasattr(each, first)] or list(sys.modules.values())
    found: list[Any] = []
    for holder in holders:
        thing = vars(holder).get(first, getattr(holder, first, None) if holder in asked else None)
        for part in rest:
            thing = getattr(thing, part, None)
        if thing is not None and not any(thing is other for other in found):
            found.append(thing)
    return found


def class_members(*words: str) -> list[str] | None:
    import inspect
    import re

    classes = [thing for thing in _objects(words[:-1], words[-1]) if isinstance(thing, type)]
    if not classes:
        return None
    names: set[str] = set()
    for cls in classes:
        names.update(dir(cls))
        for base in cls.__mro__:
            names.update(getattr(base, "__annotations__", ()))
            names.update(getattr(base, "model_fields", ()))
            try:
                names.update(re.findall(r"\bself\.(\w+)\s*(?::[^=\n]+)?=[^=]", inspect.getsource(base)))
            except (OSError, TypeError):
                continue
    return sorted(names)


def parameters(*words: str) -> list[str] | None:
    import inspect

    found = _objects(words[:-1], words[-1])
    if len(found) != 1:
        return None
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    # A class that passes **keywords on takes what its bases take.
    asked = [vars(base).get("__init__") for base in getattr(found[0], "__mro__", ())]
    names: dict[str, None] = {}
    for thing in [found[0], *filter(None, asked)]:
        try:
            parameters = inspect.signature(thing).parameters
        except (TypeError, ValueError):
            continue
        names.update(
            (name, None) for name, each in parameters.items() if each.kind in kinds and name != "self"
        )
    return list(names) or None


def _texts(package: str) -> list[tuple[str, str]]:
    """The modules of a package, or ``*``: of the standard library, each with its file; hidden ones left out."""
    import importlib.util
    import os
    import sysconfig

    if package == "*":
        root, prefix = sysconfig.get_paths()["stdlib"], ""
    else:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.origin or not spec.submodule_search_locations:
            return [(package, spec.origin)] if spec and spec.origin else []
        root, prefix = os.path.dirname(spec.origin), package
    found = []
    left_out = {
        "test",
        "tests",
        "testing",
        "locale",
        "idlelib",
        "lib2to3",
        "site-packages",
        "encodings",
        "turtledemo",
    }
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name.isidentifier() and name[0] != "_" and name not in left_out]
        parts = [part for part in os.path.relpath(folder, root).split(os.sep) if part != "."]
        for name in names:
            if name.endswith(".py") and (name[0] != "_" or name == "__init__.py"):
                module = [prefix, *parts, "" if name == "__init__.py" else name[:-3]]
                found.append((".".join(filter(None, module)), os.path.join(folder, name)))
    return [each for each in found[:5000] if each[0]]


def defining(name: str, *packages: str) -> list[str]:
    import importlib
    import re

    pattern = re.compile(rf"^(?:(?:async +)?def|class) +{name}\b|^{name} *(?::[^=\n]+)?= *\S".encode(), re.M)
    modules = []
    for package in packages:
        for module, file in _texts(package):
            with open(file, "rb") as opened:
                if pattern.search(opened.read()):
                    modules.append(module)
        if package == "*":
            modules += [each for each in sys.builtin_module_names if not each.startswith("_")]
    things: dict[int, str] = {}
    for module in modules[:40]:
        # Importing the package above first tells whether it passes the thing on under a shorter address.
        parts = module.split(".")
        for address in (".".join(parts[:end]) for end in range(1, len(parts) + 1)):
            try:
                thing = getattr(importlib.import_module(address), name)
            except BaseException:  # noqa: BLE001, S112 - a module may raise anything
                continue
            things.setdefault(id(thing), address)
            break
    return sorted(set(things.values()))


def having(name: str, *modules: str) -> list[str]:
    import importlib

    found = []
    for module in modules:
        try:
            if hasattr(importlib.import_module(module), name):
                found.append(module)
        except BaseException:  # noqa: BLE001, S112 - a module may raise anything
            continue
    return found


def same(*words: str) -> bool:
    """Whether a name means one and the same thing in all these modules."""
    import importlib

    *modules, name = words
    try:
        things = [getattr(importlib.import_module(module), name) for module in modules]
    except BaseException:  # noqa: BLE001 - a module may raise anything
        return False
    return all(thing is things[0] for thing in things)


def compiles(**files: str) -> bool:
    import warnings

    warnings.simplefilter("ignore")
    for name, text in files.items():
        try:
            compile(text.encode("latin-1"), name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


if __name__ == "__main__":
    question, words, texts = json.load(sys.stdin)
    answers: tuple[Any, ...] = (
        standard, installed, members, class_members, parameters, defining, having, same, compiles,
    )  # fmt: skip
    answer = {each.__name__: each for each in answers}[question](*words, **texts)
    print()  # whatever a module printed on import ends here
    print(json.dumps(answer))
