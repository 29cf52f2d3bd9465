"""``otorepair rules``: lists the rules learned from repairs, and promotes or drops them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from otorepair_like.errors import UsageError
from otorepair_like.memory.folder import NAME
from otorepair_like.memory.rules import OFTEN, Rule, State
from otorepair_like.memory.store import FILE, Store
from otorepair_like.ui.text import safe

ACTIONS: Final = {"promote": State.PROMOTED, "drop": State.DROPPED}


def rules(workspace: Path, action: str, identity: str, *, as_json: bool) -> int:
    """List the rules of ``workspace``, or promote or drop the one whose id starts with ``identity``.

    Raises:
        UsageError: there is no such action or rule.
        StoreError: the history cannot be read or written.
    """
    if action not in ("list", *ACTIONS):
        raise UsageError(f"unknown action {action!r}", "", f"use list, {' or '.join(ACTIONS)}")
    if not (workspace / NAME / FILE).exists():
        known: list[Rule] = []  # listing creates no files
        if action == "list":
            return _list(known, as_json)
        raise UsageError(f"no rule {identity!r}", f"there are no repairs in {workspace} yet")
    store = Store.open(workspace)
    try:
        known = store.rules()
        if action == "list":
            return _list(known, as_json)
        rule = _named(known, identity)
        store.keep_rule(replace(rule, state=ACTIONS[action]))
    finally:
        store.close()
    print(f"otorepair: {ACTIONS[action].value} {rule.id}: {safe(str(rule))}", file=sys.stderr)
    return 0


def _named(known: Sequence[Rule], identity: str) -> Rule:
    matches = [rule for rule in known if identity and rule.id.startswith(identity)]
    if len(matches) != 1:
        why = f"{len(matches)} rules start with it" if matches else ""
        raise UsageError(f"no rule {identity!r}", why, "see 'otorepair rules'")
    return matches[0]


def _list(known: Sequence[Rule], as_json: bool) -> int:
    if as_json:
        print(json.dumps([asdict(rule) for rule in known], indent=2))
        return 0
    if not known:
        print(
            f"otorepair: no rules yet; one is proposed when {OFTEN} failures of a kind were repaired the same way",
            file=sys.stderr,
        )
    for rule in known:
        print(f"{rule.id}  {rule.state.value:<8}  {safe(str(rule))}  (from {', '.join(rule.evidence)})")
    return 0
