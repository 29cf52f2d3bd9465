"""Answer one question about the interpreter that runs this file: JSON in, JSON out as the last line.

It is a script of its own for any Python from 3.8 on: the program's interpreter runs it, which may be older than
ours and does not have otorepair installed.
"""

from __future__ import annotations

import json
import sys
from typing import Any

sys.path.pop(0)  # this folder: its modules must not hide installed ones


def standard_modules() -> list[str]:
    """Return the top-level modules of the standard library; none before Python 3.10."""
    return sorted(getattr(sys, "stdlib_module_names", ()))


def installed_modules() -> list[str]:
    """Return the top-level modules that are installed."""
    import pkgutil

    known = set(standard_modules())
    return sorted({module.name for module in pkgutil.iter_modules() if module.name not in known})


def members(name: str) -> list[str] | None:
    """Return the members of a module, submodules included."""
    import importlib
    import pkgutil

    try:
        module = importlib.import_module(name)
    except BaseException:  # noqa: BLE001 - a module may raise anything
        return None
    below = {submodule.name for submodule in pkgutil.iter_modules(getattr(module, "__path__", ()))}
    return sorted(below.union(dir(module)))


def _find_objects(modules: tuple[str, ...], name: str) -> list[Any]:
    """Return every object of that dotted name in the modules, or in any module they imported."""
    import importlib

    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException:  # noqa: BLE001, S112 - the next may do
            continue
    first, *rest = name.split(".")
    imported = [sys.modules[module] for module in modules if module in sys.modules]
    holders = [module for module in imported if hasattr(module, first)] or list(sys.modules.values())
    objects: list[Any] = []
    for owner in holders:
        value = vars(owner).get(first, getattr(owner, first, None) if owner in imported else None)
        for part in rest:
            value = getattr(value, part, None)
        if value is not None and not any(value is other for other in objects):
            objects.append(value)
    return objects


def class_members(*words: str) -> list[str] | None:
    """Return the attributes of instances of a class, those set on ``self`` included."""
    import inspect
    import re

    classes = [value for value in _find_objects(words[:-1], words[-1]) if isinstance(value, type)]
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
    """Return the parameters of a function or class."""
    import inspect

    objects = _find_objects(words[:-1], words[-1])
    if len(objects) != 1:
        return None
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    # A class that passes **keywords on also accepts the parameters of its bases.
    constructors = [vars(base).get("__init__") for base in getattr(objects[0], "__mro__", ())]
    names: dict[str, None] = {}
    for value in [objects[0], *filter(None, constructors)]:
        try:
            parameters = inspect.signature(value).parameters
        except (TypeError, ValueError):
            continue
        names.update(
            (name, None)
            for name, parameter in parameters.items()
            if parameter.kind in kinds and name != "self"
        )
    return list(names) or None


def _module_files(package: str) -> list[tuple[str, str]]:
    """Return the public modules of a package (``*``: of the standard library), each with its file."""
    import importlib.util
    import os
    import sysconfig

    if package == "*":
        return _files_below(sysconfig.get_paths()["stdlib"], "")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:
        return []
    if not spec.submodule_search_locations:
        return [(package, spec.origin)]
    return _files_below(os.path.dirname(spec.origin), package)


def _files_below(root: str, package: str) -> list[tuple[str, str]]:
    """Return the public modules in a folder, each with its file; ``package`` is their prefix."""
    import os

    modules = []
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [
            name for name in subfolders if name.isidentifier() and name[0] != "_" and name not in _SKIPPED
        ]
        parts = [part for part in os.path.relpath(folder, root).split(os.sep) if part != "."]
        for name in files:
            if name.endswith(".py") and (name[0] != "_" or name == "__init__.py"):
                module = [package, *parts, "" if name == "__init__.py" else name[:-3]]
                modules.append((".".join(filter(None, module)), os.path.join(folder, name)))
    return [module for module in modules[:_MAX_MODULES] if module[0]]


_SKIPPED = {
    "test", "tests", "testing", "locale", "idlelib", "lib2to3", "site-packages", "encodings", "turtledemo",
}  # fmt: skip
"""Folders without modules that anybody imports."""
_MAX_MODULES = 5000


def defining(name: str, *packages: str) -> list[str]:
    """Return the public modules of these packages that define a name at the top."""
    import importlib
    import re

    pattern = re.compile(rf"^(?:(?:async +)?def|class) +{name}\b|^{name} *(?::[^=\n]+)?= *\S".encode(), re.M)
    modules = []
    for package in packages:
        for module, file in _module_files(package):
            with open(file, "rb") as opened:
                if pattern.search(opened.read()):
                    modules.append(module)
        if package == "*":
            modules += [builtin for builtin in sys.builtin_module_names if not builtin.startswith("_")]
    names_by_id: dict[int, str] = {}
    for module in modules[:40]:
        # Try the outer packages first: they may re-export the object under a shorter name.
        parts = module.split(".")
        for address in (".".join(parts[:end]) for end in range(1, len(parts) + 1)):
            try:
                value = getattr(importlib.import_module(address), name)
            except BaseException:  # noqa: BLE001, S112 - a module may raise anything
                continue
            names_by_id.setdefault(id(value), address)
            break
    return sorted(set(names_by_id.values()))


def modules_with(name: str, *modules: str) -> list[str]:
    """Return those of the modules that have a name."""
    import importlib

    present = []
    for module in modules:
        try:
            if hasattr(importlib.import_module(module), name):
                present.append(module)
        except BaseException:  # noqa: BLE001, S112 - a module may raise anything
            continue
    return present


def is_same(*words: str) -> bool:
    """Return whether a name is one and the same object in all these modules."""
    import importlib

    *modules, name = words
    try:
        objects = [getattr(importlib.import_module(module), name) for module in modules]
    except BaseException:  # noqa: BLE001 - a module may raise anything
        return False
    return all(value is objects[0] for value in objects)


def compiles(**files: str) -> bool:
    """Return whether all these texts compile."""
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
        standard_modules, installed_modules, members, class_members, parameters, defining, modules_with, is_same,
        compiles,
    )  # fmt: skip
    answer = {function.__name__: function for function in answers}[question](*words, **texts)
    print()  # ends the output that a module printed on import
    print(json.dumps(answer))
