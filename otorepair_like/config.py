"""The settings of a run, and where each came from.

Command line > environment > project file > user file > default. Light, as ``options`` is.
"""

from __future__ import annotations

import os

from otorepair_like.errors import UsageError, nearest
from otorepair_like.kinds import CLIS
from otorepair_like.options import BY_NAME, OPTIONS, Settings, successor
from otorepair_like.trust.home import config_folder, home, plain_content

LONGEST = 1 << 20
"""Bytes of a file of settings."""

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ProjectSettings:
    """The settings of a project's file, and those among them that run something or widen what is allowed.

    Args:
        path: the file.
        table: all of its settings.
    """

    def __init__(self, path: str, table: Mapping[str, object]) -> None:
        self.path, self.folder, self.table = path, os.path.dirname(path), table
        self.widening: dict[str, object] = {}
        """Those that hold only with the user's trust."""

    @property
    def digest(self) -> str:
        """Return what the user's answer is about: it is asked for anew when a setting changes."""
        from otorepair_like.trust.projects import digest_of

        return digest_of(self.table)

    def answer(self, environ: Mapping[str, str]) -> str:
        """Return the user's answer, see :mod:`otorepair_like.trust.projects`."""
        from otorepair_like.trust.projects import answer_for

        return answer_for(self.folder, self.digest, environ)

    @property
    def notice(self) -> str:
        """Return one line about the settings that do not apply."""
        names, do = ", ".join(self.widening), "do" if len(self.widening) > 1 else "does"
        return f"{names} in {self.path} {do} not apply without your trust; see otorepair trust"


class Config(Settings):
    """The settings of one run, made by :func:`resolve`.

    Args:
        values: setting to value.
        origins: setting to where its value came from.
        project: the settings of the project that need the user's trust.
    """

    def __init__(
        self, values: Mapping[str, object], origins: Mapping[str, str], project: ProjectSettings | None = None
    ) -> None:
        self.origins, self.project = dict(origins), project
        for option in OPTIONS:
            setattr(self, option.attribute, values[option.name])

    def triage_model_of(self, agent: str) -> str:
        """Return the model with which ``agent`` does triage; ``""``: its own default."""
        name, colon, model = self.triage_model.partition(":")
        if colon and name in CLIS:
            return model if name == agent else ""
        return self.triage_model


def here() -> str:
    """Return the current folder.

    Raises:
        UsageError: it no longer exists.
    """
    try:
        return os.getcwd()
    except OSError:
        raise UsageError(
            "cannot find the current folder", "it was removed", "change to another one"
        ) from None


def resolve(given: Mapping[str, str], environ: Mapping[str, str], cwd: str) -> Config:
    """Return the settings that hold, from every place where they can be set.

    Args:
        given: option name to text, from the command line.
        environ: the environment; ``OTOREPAIR_…`` variables are read.
        cwd: where the command line was typed; the project file is looked for here, or in the workspace if that is
            given, and above, see :func:`project_file`.

    Raises:
        UsageError: a value or a file is not what it should be; names the key, the place and what is allowed.
    """
    values: dict[str, object] = {option.name: option.default for option in OPTIONS}
    origins = dict.fromkeys(values, "default")
    start = os.path.join(cwd, given.get("workspace") or environ.get("OTOREPAIR_WORKSPACE") or "")
    path, table = user_file(environ)
    for key, value in _read(path, table):
        values[key], origins[key] = value, path
    project = _add_project(ProjectSettings(*project_file(start, environ)), values, origins, environ)
    for option in OPTIONS:
        if option.variable in environ:
            values[option.name] = option.from_text(environ[option.variable], option.variable)
            origins[option.name] = option.variable
    for name, text in given.items():
        values[name], origins[name] = BY_NAME[name].from_text(text, f"--{name}"), "command line"
    _check_variables(environ)
    values["workspace"] = _workspace(str(values["workspace"]), origins["workspace"], cwd)
    return Config(values, origins, project)


def _add_project(
    project: ProjectSettings, values: dict[str, object], origins: dict[str, str], environ: Mapping[str, str]
) -> ProjectSettings | None:
    """Add to ``values`` what holds of a project's settings; return those that need trust, ``None`` if nothing does."""
    if not project.table:
        return None
    from otorepair_like.trust.projects import TRUSTED
    from otorepair_like.trust.widening import without_trust

    settings = dict(_read(project.path, project.table))
    for key, value in settings.items():
        holds, whole = without_trust(BY_NAME[key], value, values[key])
        if not whole:
            project.widening[key] = value
        if holds != values[key]:
            values[key], origins[key] = holds, project.path
    if not project.widening:
        return None
    if project.answer(environ) == TRUSTED:
        values |= settings
        origins |= dict.fromkeys(settings, project.path)
    return project


def _read(path: str, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the settings of a file with their values.

    Raises:
        UsageError: a key or a value is not what it should be.
    """
    for key, value in _flat(table):
        option = BY_NAME.get(key)
        if option is None:
            raise _unknown_key(key, path)
        yield key, option.from_toml(value, path)


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
    """Return path and content of the user's own settings, ``~/.config/otorepair/config.toml``."""
    path = os.path.join(config_folder(environ), "config.toml")
    return path, _toml(path) if os.path.lexists(path) else {}


def project_file(start: str, environ: Mapping[str, str] = os.environ) -> tuple[str, dict[str, object]]:
    """Return path and content of the nearest ``otorepair.toml`` or ``[tool.otorepair]`` from ``start`` upwards.

    The search ends at the root of the repository, or below the user's home; where there is neither it does not leave
    ``start``. In one folder ``otorepair.toml`` goes before ``pyproject.toml``. Files of other users do not count.
    """
    folder = os.path.realpath(start)
    owners = _owners(folder)
    for place in _upwards(folder, os.path.realpath(home(environ))):
        path = os.path.join(place, "otorepair.toml")
        if _belongs_to(path, owners):
            return path, _toml(path)
        path = os.path.join(place, "pyproject.toml")
        if _belongs_to(path, owners) and _mentions_us(path):
            tool = _toml(path).get("tool", {})
            table = tool.get("otorepair") if isinstance(tool, dict) else None
            if table is not None and not isinstance(table, dict):
                raise UsageError(
                    f"bad value for 'tool.otorepair' in {path}", f"{table!r}", "expected a table"
                )
            if table is not None:
                return path, table
    return "", {}


def _upwards(folder: str, top: str) -> list[str]:
    """Return the folders in which a project file of ``folder`` may be, nearest first."""
    places = [folder]
    while not os.path.lexists(os.path.join(places[-1], ".git")):
        parent = os.path.dirname(places[-1])
        if parent == top:
            return places
        if parent == places[-1]:
            return [folder]
        places.append(parent)
    return places


def _owners(folder: str) -> tuple[int, ...]:
    """Return whose files count: ours; for root, as in a container, also those of the owner of ``folder``."""
    user = os.geteuid()
    try:
        return (user,) if user else (user, os.stat(folder).st_uid)
    except OSError:
        return (user,)


def _belongs_to(path: str, owners: tuple[int, ...]) -> bool:
    try:
        return os.lstat(path).st_uid in owners
    except OSError:
        return False


def _mentions_us(path: str) -> bool:
    """Return whether a TOML parser, which takes 10 ms, is needed at all."""
    try:
        return b"otorepair" in plain_content(path, LONGEST)
    except OSError:
        return False


def _toml(path: str) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(plain_content(path, LONGEST).decode())
    except OSError as error:
        raise UsageError(
            f"cannot read {path}", error.strerror or str(error), "make it readable or remove it"
        ) from None
    except RecursionError:
        raise UsageError(f"cannot read {path}", "it is nested too deeply", "correct it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}", str(error), "correct the line") from None
