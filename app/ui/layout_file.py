"""The file of workspaces: what the panels show and the named layouts. Read before the first paint, so no services."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.runtime.paths import read_json, write_atomically
from app.ui.workspace import Layout, Workspace

log = logging.getLogger(__name__)
FILE, SCHEMA = "workspace.json", 1


def keep(workspace: Workspace, folder: Path) -> None:
    """Write what the panels show and the named workspaces; raise OSError when the disk takes nothing."""
    content = {"schema": SCHEMA, "panels": workspace.memories(), "named": _to_records(workspace.named)}
    write_atomically(folder / FILE, json.dumps(content, indent=1))


def bring_back(workspace: Workspace, folder: Path) -> None:
    """Take in what was kept; what cannot be read is left alone, with a line in the log."""
    try:
        content = read_json(folder / FILE)
        named = {str(name): _from_record(record) for name, record in content["named"].items()}
        panels = {str(key): memory for key, memory in content["panels"].items() if isinstance(memory, dict)}
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        log.warning("The workspaces in %s could not be read (%s); the first one is shown.", FILE, error)
        return
    for name, layout in named.items():
        workspace.remember(name, layout)
    workspace.recall(panels)


def _to_records(named: Mapping[str, Layout]) -> dict[str, Any]:
    return {
        name: {"docks": base64.b64encode(layout.docks).decode("ascii"), "panels": dict(layout.panels)}
        for name, layout in named.items()
    }


def _from_record(record: Mapping[str, Any]) -> Layout:
    return Layout(base64.b64decode(record["docks"], validate=True), dict(record["panels"]))
