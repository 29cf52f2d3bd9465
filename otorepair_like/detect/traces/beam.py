"""Elixir and Erlang: raised exceptions, terminated processes, compile errors."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Patterned
from otorepair_like.incident import Frame, Incident, make_frame

_ELIXIR: Final = re.compile(r"\s*\*\* \((?P<type>[\w.]+|exit|throw|stop|EXIT[^)]*)\) (?P<message>.*)$")
_IN_ELIXIR: Final = re.compile(
    r"\s+(?:\((?P<app>[\w]+)(?: [\w.+-]+)?\) )?(?P<file>[^\s:()]+\.(?:exs?|erl|eex|heex)):"
    r"(?P<line>\d+): (?P<function>.*)$"
)
_ERLANG: Final = re.compile(r"(?:\S+: |\*\* )?exception (?P<type>error|exit|throw): (?P<message>.*)$")
_IN_ERLANG: Final = re.compile(
    r"\s+in (?:function|call from) +(?P<function>\S+)(?: \((?P<file>[^,]+), line (?P<line>\d+)\))?"
)
_COMPILING: Final = ("CompileError", "SyntaxError", "TokenMissingError", "MismatchedDelimiterError")
_WRITTEN: Final = re.compile(r"(?P<file>[\w./-]+\.\w+):(?P<line>\d+):")
_LIBRARIES: Final = re.compile(
    r"(?:elixir|stdlib|kernel|mix|ex_unit|iex|logger|eex|erts|compiler|phoenix\w*|plug\w*|ecto\w*|cowboy|ranch|bandit"
    r"|thousand_island|telemetry\w*|jason|postgrex|db_connection|finch|mint|req|tesla|hackney|oban|absinthe\w*)$"
)
_RUNTIME: Final = re.compile(
    r"(?:erl_eval|escript|init|gen_server|gen_statem|gen|proc_lib|lists|maps|shell|supervisor|code\w*)\.erl$"
)


class Elixir(Patterned):
    """``** (Type) message`` and its frames."""

    marks = ("** (",)
    first = _ELIXIR
    more = re.compile(r"\s{2,}\S|\s*$|Last message|State: |Client |Function: |Args: |\s*\*\* \(")

    def read(self, block: Block) -> list[Incident]:
        if block.line.level in ("warning", "info", "debug"):
            return []
        raised = [found for found in map(_ELIXIR.match, block.lines) if found]
        found = next(
            (one for one in reversed(raised) if one["type"][0].isupper() and one["type"] != "EXIT"), raised[0]
        )
        frames: list[Frame] = []
        written = _WRITTEN.match(found["message"]) if found["type"] in _COMPILING else None
        for one in map(_IN_ELIXIR.match, block.lines):
            if one:
                own = not _LIBRARIES.match(one["app"] or "")
                frames.append(make_frame(one["file"], one["line"], one["function"], own=own))
            elif frames and len(frames) > 40:
                break
        frames.reverse()
        if written:
            frames.append(make_frame(written["file"], written["line"]))
        echo = "errors have been logged" in found["message"]
        return [Incident(found["type"], found["message"], tuple(frames), language="elixir", certain=not echo)]


class Erlang(Patterned):
    """``exception error: message`` and its calls."""

    marks = ("exception ",)
    first = _ERLANG
    more = re.compile(r"\s{2,}(?:in |called as|\*\*|argument|\S)|\s*$")

    def read(self, block: Block) -> list[Incident]:
        found = _ERLANG.match(block.lines[0])
        if found is None:
            return []
        frames = [
            make_frame(one["file"], one["line"], one["function"], own=not _RUNTIME.search(one["file"]))
            for one in map(_IN_ERLANG.match, block.lines)
            if one and one["file"]
        ]
        return [Incident(found["type"], found["message"], tuple(reversed(frames)), language="erlang")]
