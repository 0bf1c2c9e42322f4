"""A batch of actions: what becomes of each, and which documents there are afterwards."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from sightline.documents.base import Action, ActionKind, Document, Written
from sightline.documents.definition import Definition
from sightline.documents.values import key_of, stored
from sightline.errors import InvalidRequest

Stored = Mapping[str, Any]
"""A document as it is stored (see `values.stored`)."""


@dataclass(slots=True)
class Outcome:
    """What is to be written at once: `documents` by key, and `gone` keys that there were."""

    written: list[Written] = field(default_factory=list)
    documents: dict[str, Stored] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Checked:
    """An action that can be done; `values` are the given fields."""

    kind: ActionKind
    key: str
    values: Stored


def checked(actions: Sequence[Action], definition: Definition) -> list[Checked | Written]:
    """Each action as what is to be done, or as what is wrong with it."""
    return [_checked(action, definition) for action in actions]


def merged_keys(steps: Sequence[Checked | Written]) -> list[str]:
    """Keys of documents whose present fields are needed."""
    able = (step for step in steps if isinstance(step, Checked))
    return list(dict.fromkeys(s.key for s in able if s.kind in ("merge", "mergeOrUpload")))


def outcome(
    steps: Sequence[Checked | Written],
    there: Collection[str],
    read: Callable[[Sequence[str]], Mapping[str, Stored]],
) -> Outcome:
    """Do the steps in order, on paper. `there`: keys of theirs that are stored now.

    `read` gives the stored documents of keys that are merged into.
    """
    result = Outcome()
    old = read([key for key in merged_keys(steps) if key in there])
    now: dict[str, Stored | None] = {}

    def exists(key: str) -> bool:
        return now[key] is not None if key in now else key in there

    for step in steps:
        if isinstance(step, Written):
            result.written.append(step)
            continue
        known = exists(step.key)
        if step.kind == "merge" and not known:
            result.written.append(Written(step.key, 404, f"Document not found: {step.key!r}."))
            continue
        if step.kind == "delete":
            now[step.key] = None
        elif step.kind == "upload" or not known:
            now[step.key] = step.values
        else:
            before = now[step.key] if step.key in now else old[step.key]
            now[step.key] = {**(before or {}), **step.values}
        new = step.kind != "delete" and not known
        result.written.append(Written(step.key, 201 if new else 200))
    result.documents = {key: document for key, document in now.items() if document is not None}
    result.gone = {key for key, document in now.items() if document is None and key in there}
    return result


def _checked(action: Action, definition: Definition) -> Checked | Written:
    key = _told_key(action.document, definition)
    if action.kind not in get_args(ActionKind):
        kinds = ", ".join(get_args(ActionKind))
        return Written(key, 400, f"Expected an action ({kinds}), got {action.kind!r}.")
    try:
        key = key_of(action.document, definition)
        values = {} if action.kind == "delete" else stored(action.document, definition)
    except InvalidRequest as error:
        return Written(key, 400, str(error))
    return Checked(action.kind, key, values)


def _told_key(document: Document, definition: Definition) -> str:
    """The key as it was given, so that the one who asked finds the action."""
    key = document.get(definition.key.name)
    return key if isinstance(key, str) else ""
