"""The definition of an index of documents as the protocol writes it, and back."""

import copy
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from sightline.documents.definition import VECTOR, Definition, Field, Json, Kind
from sightline.errors import InvalidRequest

MOST_DIMENSIONS: Final = 4096

_KINDS: Final[tuple[str, ...]] = get_args(Kind)
_TEXTS: Final = ("Edm.String", "Collection(Edm.String)")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_NEAREST: Final = {"hnsw": "hnswParameters", "exhaustiveKnn": "exhaustiveKnnParameters"}
_SETTINGS: Final = ("searchable", "filterable", "sortable", "facetable")
_FIELD_WORDS: Final = {
    *("name", "type", "key", "retrievable", *_SETTINGS, "dimensions", "vectorSearchProfile"),
}
_WORDS: Final = {"name", "fields", "vectorSearch", "@odata.etag", "@odata.context"}
_SECRETS: Final = ("apiKey", "key", "httpHeaders", "accessCredentials", "authResourceId")


def definition_of(given: Json) -> Definition:
    """An index as the protocol defines it, with the service's defaults for what is absent.

    What has no effect here is kept to be echoed (see `notes`), but for the secrets of vectorizers
    and keys: those are not stored. Raises InvalidRequest that names the field.
    """
    if not isinstance(given, Mapping):
        raise InvalidRequest(f"Expected the definition of an index as an object, got {given!r}.")
    name = _text(given, "name", "name")
    fields = given.get("fields")
    if not _is_list(fields) or not fields:
        raise InvalidRequest(
            "Expected a list of at least one field, got "
            f"{'nothing' if fields is None else repr(fields)}.",
            param="fields",
        )
    profiles = _profiles(given.get("vectorSearch"))
    made = tuple(_field(one, f"fields[{n}]", profiles) for n, one in enumerate(fields))
    _check_names(made)
    return Definition(name=name, fields=made, given=_without_secrets(given))


def json_of(definition: Definition) -> Json:
    """The definition as it came; one that was made here as the protocol writes it."""
    if definition.given:
        return copy.deepcopy({**definition.given, "name": definition.name})
    return {"name": definition.name, "fields": [_field_json(field) for field in definition.fields]}


def notes(definition: Definition) -> list[str]:
    """What a definition asks for and has no effect here, in words; empty when it has it all."""
    given = definition.given
    asked = [f"{word} is kept but has no effect." for word in given if word not in _WORDS]
    for field in given.get("fields", ()):
        words = [word for word in field if word not in _FIELD_WORDS and field[word]]
        asked += [f"{word} of the field {field['name']!r} has no effect." for word in words]
    search = given.get("vectorSearch") or {}
    if search.get("vectorizers"):
        asked.append("vectorizers have no effect: texts and pictures are turned into vectors here.")
    if search.get("compressions"):
        asked.append("compressions have no effect: vectors are kept as they came.")
    if any(one.get("kind") == "hnsw" for one in search.get("algorithms") or ()):
        asked.append(
            "hnsw parameters have no effect: few vectors are searched exactly, many by IVF."
        )
    return [note for note in asked if not note.startswith("@")]


def is_exhaustive(definition: Definition, field: Field) -> bool:
    """Whether the profile of a vector field asks for exact search."""
    search = definition.given.get("vectorSearch") or {}
    algorithms = {one["name"]: one.get("kind") for one in search.get("algorithms") or ()}
    profiles = {one["name"]: one.get("algorithm") for one in search.get("profiles") or ()}
    return algorithms.get(profiles.get(field.profile)) == "exhaustiveKnn"


def _field(given: object, place: str, profiles: set[str]) -> Field:
    if not isinstance(given, Mapping):
        raise InvalidRequest(f"Expected a field as an object, got {given!r}.", param=place)
    name = _text(given, "name", f"{place}.name")
    if not _NAME.fullmatch(name) or name.lower().startswith("azuresearch"):
        raise InvalidRequest(
            "Expected the name of a field: a letter, then letters, digits and '_', 128 at most, "
            f"not beginning with 'azureSearch'; got {name!r}.",
            param=f"{place}.name",
        )
    kind = _text(given, "type", f"{place}.type")
    if kind not in _KINDS:
        raise InvalidRequest(
            f"The field {name!r} has the type {kind!r}, which cannot be stored here.",
            hint=f"There are {', '.join(_KINDS)}.",
            param=f"{place}.type",
        )
    asked = {word: _truth(given, word, place) for word in ("key", "retrievable", *_SETTINGS)}
    _check_settings(name, kind, asked, place)
    vector, single = kind == VECTOR, not kind.startswith("Collection")
    usual = {
        "key": False,
        "retrievable": not vector,
        "searchable": vector or kind in _TEXTS,
        "filterable": not vector,
        "facetable": not vector,
        "sortable": single,
    }
    settings = {word: usual[word] if value is None else value for word, value in asked.items()}
    return Field(
        name=name,
        kind=kind,  # type: ignore[arg-type] # it is one of them, as was just checked
        dimensions=_dimensions(given, name, place) if vector else _none(given, name, place),
        profile=_profile(given, name, place, profiles),
        **settings,
    )


def _check_settings(name: str, kind: str, asked: Mapping[str, bool | None], place: str) -> None:
    """Raises InvalidRequest for an attribute that a field of this kind cannot have."""

    def refuse(word: str, why: str) -> None:
        raise InvalidRequest(f"The field {name!r} {why}.", param=f"{place}.{word}")

    if asked["key"]:
        if kind != "Edm.String":
            refuse("key", f"is the key and has the type {kind!r}; a key is an Edm.String")
        if asked["retrievable"] is False:
            refuse("retrievable", "is the key, and a key is retrievable")
    if asked["searchable"] and kind not in (*_TEXTS, VECTOR):
        refuse("searchable", f"of type {kind!r} cannot be searchable; texts and vectors can")
    if asked["sortable"] and kind.startswith("Collection"):
        refuse("sortable", "holds many values and cannot be sortable")
    for word in ("filterable", "facetable"):
        if asked[word] and kind == VECTOR:
            refuse(word, f"is a vector and cannot be {word}")


def _check_names(fields: Sequence[Field]) -> None:
    """One key, and each name once."""
    for name, count in Counter(field.name for field in fields).items():
        if count > 1:
            second = [n for n, field in enumerate(fields) if field.name == name][1]
            raise InvalidRequest(
                f"There are {count} fields {name!r}; a name tells one field.",
                param=f"fields[{second}].name",
            )
    keys = [field.name for field in fields if field.key]
    if len(keys) != 1:
        raise InvalidRequest(
            f"Expected exactly one field with key: true, got {', '.join(keys) or 'none'}.",
            param="fields",
        )


def _dimensions(given: Mapping[str, Any], name: str, place: str) -> int:
    value = given.get("dimensions")
    if type(value) is not int or not 1 <= value <= MOST_DIMENSIONS:
        raise InvalidRequest(
            f"Expected the dimensions of the vector field {name!r} as a whole number from 1 to "
            f"{MOST_DIMENSIONS}, got {value!r}.",
            param=f"{place}.dimensions",
        )
    return value


def _none(given: Mapping[str, Any], name: str, place: str) -> int:
    if given.get("dimensions") is not None:
        raise InvalidRequest(
            f"The field {name!r} is no vector ({VECTOR}) and has no dimensions.",
            param=f"{place}.dimensions",
        )
    return 0


def _profile(given: Mapping[str, Any], name: str, place: str, profiles: set[str]) -> str:
    profile = given.get("vectorSearchProfile")
    if profile is None:
        return ""
    if profile not in profiles:
        raise InvalidRequest(
            f"The field {name!r} names the vector search profile {profile!r}; "
            f"vectorSearch.profiles has {', '.join(sorted(profiles)) or 'none'}.",
            param=f"{place}.vectorSearchProfile",
        )
    return str(profile)


def _profiles(search: object) -> set[str]:
    """The names of the profiles. Raises InvalidRequest for what is not understood of them."""
    if search is None:
        return set()
    if not isinstance(search, Mapping):
        raise InvalidRequest(f"Expected an object, got {search!r}.", param="vectorSearch")
    algorithms = {
        _algorithm(one, f"vectorSearch.algorithms[{n}]")
        for n, one in enumerate(_objects(search, "algorithms"))
    }
    names = set()
    for n, profile in enumerate(_objects(search, "profiles")):
        place = f"vectorSearch.profiles[{n}]"
        names.add(_text(profile, "name", f"{place}.name"))
        algorithm = _text(profile, "algorithm", f"{place}.algorithm")
        if algorithm not in algorithms:
            raise InvalidRequest(
                f"The profile {profile['name']!r} names the algorithm {algorithm!r}; "
                f"vectorSearch.algorithms has {', '.join(sorted(algorithms)) or 'none'}.",
                param=f"{place}.algorithm",
            )
    _objects(search, "vectorizers")
    _objects(search, "compressions")
    return names


def _algorithm(given: Mapping[str, Any], place: str) -> str:
    name = _text(given, "name", f"{place}.name")
    kind = _text(given, "kind", f"{place}.kind")
    if kind not in _NEAREST:
        raise InvalidRequest(
            f"Expected an algorithm of kind {' or '.join(_NEAREST)}, got {kind!r}.",
            param=f"{place}.kind",
        )
    parameters = given.get(_NEAREST[kind])
    metric = parameters.get("metric") if isinstance(parameters, Mapping) else None
    if metric not in (None, "cosine"):
        raise InvalidRequest(
            f"The algorithm {name!r} asks for the metric {metric!r}; vectors are compared by "
            "cosine here.",
            hint='Write "cosine". For vectors of length one it orders like the others.',
            param=f"{place}.{_NEAREST[kind]}.metric",
        )
    return name


def _objects(given: Mapping[str, Any], word: str) -> list[Mapping[str, Any]]:
    value = given.get(word)
    if value is None:
        return []
    if not _is_list(value) or not all(isinstance(one, Mapping) for one in value):
        raise InvalidRequest(
            f"Expected a list of objects, got {value!r}.", param=f"vectorSearch.{word}"
        )
    return list(value)


def _text(given: Mapping[str, Any], word: str, place: str) -> str:
    value = given.get(word)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"Expected a text for {word!r}, got {value!r}.", param=place)
    return value


def _truth(given: Mapping[str, Any], word: str, place: str) -> bool | None:
    value = given.get(word)
    if value is not None and not isinstance(value, bool):
        raise InvalidRequest(
            f"Expected true or false for {word!r}, got {value!r}.", param=f"{place}.{word}"
        )
    return value


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _without_secrets(given: Mapping[str, Any]) -> Json:
    """A copy in which the secrets of other services are null."""
    kept = copy.deepcopy(dict(given))
    search = kept.get("vectorSearch") or {}
    for part in (kept.get("encryptionKey"), search.get("vectorizers")):
        _forget(part)
    return kept


def _forget(part: object) -> None:
    if isinstance(part, dict):
        for word, value in part.items():
            if word in _SECRETS:
                part[word] = None
            else:
                _forget(value)
    elif isinstance(part, list):
        for one in part:
            _forget(one)


def _field_json(field: Field) -> Json:
    written: Json = {"name": field.name, "type": field.kind, "key": field.key}
    written |= {word: getattr(field, word) for word in ("retrievable", *_SETTINGS)}
    if field.is_vector:
        written |= {"dimensions": field.dimensions, "vectorSearchProfile": field.profile or None}
    return written
