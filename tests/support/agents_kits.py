"""The configuration of each real agent CLI for a scripted model, and the tool calls for edits and commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.model_wire import Turn

SAID, DONE = "I will guard it.", Turn("Fixed.")


@dataclass(frozen=True)
class Kit:
    """One agent CLI.

    Args:
        environ: given the home and the address of the model: the variables besides; settings are written into the home.
        edit: the turns that replace a whole line of a file; given its path, what it holds, old and new line.
        answer: the turn that answers a question in JSON, as this CLI has it done.
        shell: the turn that runs a command; ``None``: it has no shell.
        models: settings of ours that name models it can be pointed at.
    """

    environ: Callable[[Path, str], dict[str, str]]
    edit: Callable[[str, str, str, str], list[Turn]]
    answer: Callable[[str], Turn]
    shell: Callable[[str], Turn] | None = None
    models: Mapping[str, str] = field(default_factory=dict)


def _claude(home: Path, url: str) -> dict[str, str]:
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1"}
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "dummy", **quiet}


def _codex(home: Path, url: str) -> dict[str, str]:
    provider = (
        f'name = "scripted"\nbase_url = "{url}/v1"\nenv_key = "OPENAI_API_KEY"\nwire_api = "responses"\n'
    )
    _write(
        home / ".codex/config.toml",
        f'model_provider = "scripted"\n[model_providers.scripted]\n{provider}',
    )
    return {"OPENAI_API_KEY": "dummy"}


def _gemini(home: Path, url: str) -> dict[str, str]:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
    }
    _write(home / ".gemini/settings.json", json.dumps(settings))
    return {"GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": "dummy"}


def _opencode(home: Path, url: str) -> dict[str, str]:
    options = {"baseURL": f"{url}/v1", "apiKey": "dummy"}
    prices = {"m": {"name": "m", "cost": {"input": 3, "output": 15}}}
    provider = {"npm": "@ai-sdk/openai-compatible", "name": "s", "options": options, "models": prices}
    settings = {"provider": {"s": provider}, "model": "s/m", "small_model": "s/m"}
    _write(home / ".config/opencode/opencode.json", json.dumps(settings))
    return {"OPENCODE_DISABLE_MODELS_FETCH": "1"}


def _aider(home: Path, url: str) -> dict[str, str]:
    return {"OPENAI_API_BASE": f"{url}/v1", "OPENAI_API_KEY": "dummy"}


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def _claude_edit(path: str, content: str, old: str, new: str) -> list[Turn]:
    change = {"file_path": path, "old_string": old, "new_string": new}
    return [Turn(SAID, "Read", {"file_path": path}), Turn("", "Edit", change), DONE]


def _codex_edit(path: str, content: str, old: str, new: str) -> list[Turn]:
    lines = [
        "*** Begin Patch",
        f"*** Update File: {Path(path).name}",
        "@@",
        f"-{old}",
        f"+{new}",
        "*** End Patch",
    ]
    return [Turn(SAID, "apply_patch", {"input": "\n".join(lines)}), DONE]


def _gemini_edit(path: str, content: str, old: str, new: str) -> list[Turn]:
    change = {"file_path": path, "old_string": old, "new_string": new, "instruction": "fix it"}
    return [Turn(SAID, "replace", change), DONE]


def _opencode_edit(path: str, content: str, old: str, new: str) -> list[Turn]:
    change = {"filePath": path, "oldString": old, "newString": new}
    return [Turn(SAID, "read", {"filePath": path}), Turn("", "edit", change), DONE]


def _aider_edit(path: str, content: str, old: str, new: str) -> list[Turn]:
    whole = content.replace(old, new)
    return [Turn(f"{SAID}\n\n{Path(path).name}\n```python\n{whole}```\n\nFixed.")]


def _in_words(answer: str) -> Turn:
    return Turn(f"Here: {answer}")


KITS: Final = {
    "claude": Kit(
        _claude,
        _claude_edit,
        lambda answer: Turn("", "StructuredOutput", json.loads(answer)),
        lambda run: Turn("", "Bash", {"command": run, "description": "run it"}),
    ),
    "codex": Kit(_codex, _codex_edit, Turn, lambda run: Turn("", "exec_command", {"cmd": run})),
    "gemini": Kit(
        _gemini,
        _gemini_edit,
        _in_words,
        lambda run: Turn("", "run_shell_command", {"command": run}),
        {"triage_model": "gemini-flash", "fix_model": "gemini-pro"},
    ),
    "opencode": Kit(
        _opencode,
        _opencode_edit,
        _in_words,
        lambda run: Turn("", "bash", {"command": run, "description": "run it"}),
    ),
    "aider": Kit(
        _aider,
        _aider_edit,
        _in_words,
        models={"triage_model": "openai/small", "fix_model": "openai/big"},
    ),
}
"""Every agent CLI that can be pointed at another model."""
