"""Elixir and Erlang: exceptions, terminated processes, compile errors."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, PatternGrammar
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


class Elixir(PatternGrammar):
    """``** (Type) message``, with frames."""

    marks = ("** (",)
    first = _ELIXIR
    more = re.compile(r"\s{2,}\S|\s*$|Last message|State: |Client |Function: |Args: |\s*\*\* \(")

    def read(self, block: Block) -> list[Incident]:
        if block.line.level in ("warning", "info", "debug"):
            return []
        raised = [match for match in map(_ELIXIR.match, block.lines) if match]
        match = next(
            (call for call in reversed(raised) if call["type"][0].isupper() and call["type"] != "EXIT"),
            raised[0],
        )
        frames: list[Frame] = []
        written = _WRITTEN.match(match["message"]) if match["type"] in _COMPILING else None
        for call in map(_IN_ELIXIR.match, block.lines):
            if call:
                own = not _LIBRARIES.match(call["app"] or "")
                frames.append(make_frame(call["file"], call["line"], call["function"], own=own))
            elif frames and len(frames) > 40:
                break
        frames.reverse()
        if written:
            frames.append(make_frame(written["file"], written["line"]))
        echo = "errors have been logged" in match["message"]
        return [Incident(match["type"], match["message"], tuple(frames), language="elixir", certain=not echo)]


class Erlang(PatternGrammar):
    """``exception error: message``, with calls."""

    marks = ("exception ",)
    first = _ERLANG
    more = re.compile(r"\s{2,}(?:in |called as|\*\*|argument|\S)|\s*$")

    def read(self, block: Block) -> list[Incident]:
        match = _ERLANG.match(block.lines[0])
        if match is None:
            return []
        frames = [
            make_frame(call["file"], call["line"], call["function"], own=not _RUNTIME.search(call["file"]))
            for call in map(_IN_ERLANG.match, block.lines)
            if call and call["file"]
        ]
        return [Incident(match["type"], match["message"], tuple(reversed(frames)), language="erlang")]
