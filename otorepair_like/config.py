"""The settings of a run, and where each came from.

Command line > environment > project file > user file > default. Light, as ``options`` is.
"""

from __future__ import annotations

import os

from otorepair_like.errors import UsageError, nearest
from otorepair_like.kinds import CLIS
from otorepair_like.options import BY_NAME, OPTIONS, Settings, successor

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Config(Settings):
    """The settings of one run, made by :func:`resolve`.

    Args:
        values: setting to value.
        origins: setting to where its value came from.
    """

    def __init__(self, values: Mapping[str, object], origins: Mapping[str, str]) -> None:
        self.origins = dict(origins)
        for option in OPTIONS:
            setattr(self, option.attribute, values[option.name])

    def triage_model_of(self, agent: str) -> str:
        """Return the model with which ``agent`` does triage; ``""``: its own default."""
        name, colon, model = self.triage_model.partition(":")
        if colon and name in CLIS:
            return model if name == agent else ""
        return self.triage_model


def resolve(given: Mapping[str, str], environ: Mapping[str, str], cwd: str) -> Config:
    """Return the settings that hold, from every place where they can be set.

    Args:
        given: option name to text, from the command line.
        environ: the environment; ``OTOREPAIR_…`` variables are read.
        cwd: where the command line was typed; the project file is looked for here, or in the workspace if that is
            given, and in the folders above up to the repository's root.

    Raises:
        UsageError: a value or a file is not what it should be; names the key, the place and what is allowed.
    """
    values: dict[str, object] = {option.name: option.default for option in OPTIONS}
    origins = dict.fromkeys(values, "default")
    start = os.path.join(cwd, given.get("workspace") or environ.get("OTOREPAIR_WORKSPACE") or "")
    for path, table in (user_file(environ), project_file(start)):
        for key, value in _flat(table):
            option = BY_NAME.get(key)
            if option is None:
                raise _unknown_key(key, path)
            values[key], origins[key] = option.from_toml(value, path), path
    for option in OPTIONS:
        if option.variable in environ:
            values[option.name] = option.from_text(environ[option.variable], option.variable)
            origins[option.name] = option.variable
    for name, text in given.items():
        values[name], origins[name] = BY_NAME[name].from_text(text, f"--{name}"), "command line"
    _check_variables(environ)
    values["workspace"] = _workspace(str(values["workspace"]), origins["workspace"], cwd)
    return Config(values, origins)


def _flat(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the keys and values of a file; those of a table inside it as ``table.key``."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", content) for inner, content in value.items())
        else:
            yield key, value


def _unknown_key(key: str, path: str) -> UsageError:
    if known := successor(key):
        option, value = known
        remedy = f"use {option.name}" + (f' = "{value}"' if value else "")
    elif near := nearest(key.replace("_", "-"), BY_NAME):
        remedy = f"did you mean {near!r}?"
    else:
        remedy = "see 'otorepair config' for all keys"
    return UsageError(f"unknown key {key!r} in {path}", "", remedy)


def _check_variables(environ: Mapping[str, str]) -> None:
    """Refuse a variable that is nearly one of ours; otherwise it would silently do nothing."""
    known = [option.variable for option in OPTIONS]
    for name in environ:
        if not name.startswith("OTOREPAIR_") or name in known:
            continue
        if meant := successor(name.removeprefix("OTOREPAIR_").replace("_", "-").lower()):
            option, value = meant
            remedy = f"use {option.variable}" + (f"={value}" if value else "")
        else:
            near = nearest(name, known)
            remedy = f"did you mean {near}?" if near else "unset it or correct its name"
        raise UsageError(f"unknown variable {name} in the environment", "", remedy)


def _workspace(value: str, origin: str, cwd: str) -> str:
    base = os.path.dirname(origin) if origin.endswith(".toml") else cwd
    path = os.path.realpath(os.path.join(base, os.path.expanduser(value)))
    if not os.path.isdir(path):
        raise UsageError(f"bad workspace ({origin})", f"{path} is not a folder", "name an existing folder")
    return path


def user_file(environ: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    """Path and content of the user's own settings, ``~/.config/otorepair/config.toml``."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(
        environ.get("HOME") or os.path.expanduser("~"), ".config"
    )
    path = os.path.join(home, "otorepair", "config.toml")
    return path, _toml(path) if os.path.lexists(path) else {}


def project_file(start: str) -> tuple[str, dict[str, object]]:
    """Path and content of the nearest ``otorepair.toml`` or ``[tool.otorepair]`` from ``start`` upwards.

    The search ends at the root of the repository. In one folder ``otorepair.toml`` goes before ``pyproject.toml``.
    """
    folder = os.path.realpath(start)
    while True:
        path = os.path.join(folder, "otorepair.toml")
        if os.path.lexists(path):
            return path, _toml(path)
        path = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(path) and _mentions_us(path):
            tool = _toml(path).get("tool", {})
            table = tool.get("otorepair") if isinstance(tool, dict) else None
            if table is not None and not isinstance(table, dict):
                raise UsageError(
                    f"bad value for 'tool.otorepair' in {path}", f"{table!r}", "expected a table"
                )
            if table is not None:
                return path, table
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return "", {}
        folder = parent


def _mentions_us(path: str) -> bool:
    """Spares most projects the 10 ms of a TOML parser."""
    try:
        with open(path, "rb") as file:
            return b"otorepair" in file.read()
    except OSError:
        return False


def _toml(path: str) -> dict[str, object]:
    import tomllib

    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(
            f"cannot read {path}", error.strerror or str(error), "make it readable or remove it"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}", str(error), "correct the line") from None
