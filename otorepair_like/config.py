"""The settings of a run, and where each came from.

Command line > environment > project file > user file > default. Light, as ``options`` is.
"""

from __future__ import annotations

import os

from otorepair_like.errors import UsageError
from otorepair_like.options import BY_NAME, OPTIONS

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otorepair_like.options import Option, Value


class Config:
    """The settings of one run, typed. Made by :func:`resolve`."""

    backend: str
    workspace: str
    tty: str
    watch: tuple[str, ...]
    ignore: tuple[str, ...]
    debounce: float
    poll: bool
    prefix_key: str
    ready_url: str
    ready_port: int
    ready_log: str
    keys: bool
    stop_signal: str
    stop_timeout: float
    fix_timeout: float
    attempts: int
    agent_shell: bool
    resident: bool
    analysis: bool
    chain_minimal: tuple[str, ...]
    chain_simple: tuple[str, ...]
    chain_standard: tuple[str, ...]
    chain_complex: tuple[str, ...]
    max_attempts_total: int
    max_attempts_hour: int
    max_agent_seconds: float
    max_tokens: int
    max_cost: float
    max_provider_errors: int
    max_apply_failures: int
    agent_command: str
    script: str
    triage_model: str
    fix_model: str
    cursor_triage_model: str
    watch_stdout: bool
    settle: float
    probe: str
    triage: str
    healthy_after: float
    approve: str
    yes: bool
    auto_complexity: str
    auto_security: str
    auto_blast: str
    auto_confidence: float
    auto_files: int
    allowed_paths: tuple[str, ...]
    blocked_paths: tuple[str, ...]
    max_files: int
    max_lines: int
    allow: tuple[str, ...]
    verify: tuple[str, ...]
    verify_timeout: float
    replay: str
    fix_environment: bool
    fix_migrations: bool
    sandbox: bool
    quiet: bool
    verbose: int
    json: bool
    color: str

    def __init__(self, values: Mapping[str, Value], origins: Mapping[str, str]) -> None:
        self.origins = dict(origins)
        for option in OPTIONS:
            setattr(self, option.attribute, values[option.name])


def resolve(given: Mapping[str, str], environ: Mapping[str, str], cwd: str) -> Config:
    """The settings that hold, from every place they can be set.

    Args:
        given: option name to text, from the command line.
        environ: the environment; ``OTOREPAIR_…`` variables are read.
        cwd: where the command line was typed; the project file is looked for here, or in the workspace if that is
            given, and in the folders above up to the repository's root.

    Raises:
        UsageError: a value or a file is not what it should be; names the key, the place and what is allowed.
    """
    values: dict[str, Value] = {option.name: option.default for option in OPTIONS}
    origins = dict.fromkeys(values, "default")
    start = os.path.join(cwd, given.get("workspace") or environ.get("OTOREPAIR_WORKSPACE") or "")
    for path, table in (user_file(environ), project_file(start)):
        for key, value in table.items():
            values[key], origins[key] = _from_file(key, value, path), path
    for option in OPTIONS:
        if option.variable in environ:
            values[option.name] = read(option, environ[option.variable], option.variable)
            origins[option.name] = option.variable
    for name, text in given.items():
        values[name], origins[name] = read(BY_NAME[name], text, f"--{name}"), "command line"
    _check_variables(environ)
    values["workspace"] = _workspace(str(values["workspace"]), origins["workspace"], cwd)
    return Config(values, origins)


def read(option: Option, text: str, place: str) -> Value:
    """``text`` as the value of ``option``.

    Raises:
        UsageError: it is none.
    """
    try:
        value = option.kind.read(text)
    except ValueError:
        value = None
    if value is None or not option.kind.check(value):
        raise UsageError(f"bad value for {place}", f"{text!r}", f"expected {option.kind.expects}")
    return value


def _from_file(key: str, value: object, path: str) -> Value:
    option = BY_NAME.get(key)
    if option is None:
        raise UsageError(
            f"unknown key {key!r} in {path}", _near(key, BY_NAME), "see 'otorepair config' for all keys"
        )
    kind = option.kind
    fits = isinstance(value, kind.types) and (bool in kind.types or not isinstance(value, bool))
    if not fits or not kind.check(value):  # type: ignore[arg-type]
        raise UsageError(f"bad value for {key!r} in {path}", f"{value!r}", f"expected {kind.expects}")
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]


def _near(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word.replace("_", "-"), list(known), 1)
    return f"did you mean {near[0]!r}?" if near else ""


def _check_variables(environ: Mapping[str, str]) -> None:
    """A misspelt twin would otherwise be ignored in silence."""
    known = [option.variable for option in OPTIONS]
    for name in environ:
        if name.startswith("OTOREPAIR_") and name not in known:
            near = _near(name, [variable.replace("_", "-") for variable in known]).replace("-", "_")
            raise UsageError(
                f"unknown variable {name} in the environment", near, "unset it or correct its name"
            )


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
        raise UsageError(f"cannot read {path}", str(error), "mend the line") from None
