"""Which fields of somebody else's documents hold what we know by name. Values only.

What is not said is guessed from names and kinds; a guess is shown, and any of it can be overridden.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from sightline.documents.definition import Definition, Field
from sightline.errors import EncoderMismatch, InvalidRequest
from sightline.vision.base import Identity

PROFILE: Final = "sightline-"
"""How the vector profiles of a Sightline begin; what follows is the encoder's identity."""

READ_TEXT: Final = "text"
"""Where a Sightline keeps what was read on a picture; it belongs to the words about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Names of fields; empty where the documents have none.

    `content` are fields whose words describe the picture, in order. `image_vector` and the two
    vectors after it are made by the picture encoder and the text encoder. `url` leads to the
    picture, `thumbnail` to a small one. The last five are taken where they have the right kind.
    """

    key: str
    content: tuple[str, ...] = ()
    title: str = ""
    filepath: str = ""
    url: str = ""
    thumbnail: str = ""
    image_vector: str = ""
    concept_vector: str = ""
    description_vector: str = ""
    tags: str = ""
    media_type: str = ""
    width: str = ""
    height: str = ""
    taken_at: str = ""

    @property
    def shown(self) -> tuple[str, ...]:
        """Every field that is read to show a document, each once."""
        named = (getattr(self, field.name) for field in fields(self) if field.name != "content")
        vectors = {self.image_vector, self.concept_vector, self.description_vector}
        return tuple(
            dict.fromkeys(name for name in (*named, *self.content) if name and name not in vectors)
        )


_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "title": ("title", "name", "caption"),
    "filepath": (
        "filepath", "filename", "key", "imageblobpath", "imagepath", "blobpath", "path", "file",
        "metadatastoragename",
    ),
    "url": ("url", "imageurl", "bloburl", "sourceurl", "metadatastoragepath", "uri", "link"),
    "thumbnail": ("thumbnailurl", "thumbnail"),
    "content": (
        "description", "content", "caption", "chunk", "body", "summary", "text", "title",
    ),
}  # fmt: skip
_EXACT: Final = {
    "tags": "Collection(Edm.String)",
    "media_type": "Edm.String",
    "width": "Edm.Int32",
    "height": "Edm.Int32",
    "taken_at": "Edm.DateTimeOffset",
}
_WIRE: Final = {
    "content_fields": "content",
    "title_field": "title",
    "filepath_field": "filepath",
    "url_field": "url",
    "image_vector_fields": "image_vector",
}
"""The names of `fields_mapping` in a request, and ours."""


def guess(
    definition: Definition, given: dict[str, list[str]], picture: Identity, words: Identity
) -> Mapping:
    """The mapping of a definition; `given` overrides by our names or those of `fields_mapping`.

    `picture` and `words` are the encoders that will ask. Raises InvalidRequest for a field that is
    not there or of the wrong kind, EncoderMismatch when no vector field fits the encoder.
    """
    said = {_WIRE.get(name, name): values for name, values in given.items() if values}
    unknown = sorted(said.keys() - {field.name for field in fields(Mapping)})
    if unknown:
        raise InvalidRequest(
            f"Expected fields to map ({', '.join(field.name for field in fields(Mapping))}), "
            f"got {unknown[0]!r}.",
            param="fields_mapping",
        )
    _check(definition, said)
    shared = words == picture  # one space: words are looked up among the pictures
    image = _image_vector(definition, said.get("image_vector", []), picture)
    texts = [f for f in definition.fields if f.kind == "Edm.String" and f.retrievable]
    content = said.get("content") or [
        *_best(texts, "content")[:1],
        *(field.name for field in texts if field.name == READ_TEXT),
    ]
    return Mapping(
        key=definition.key.name,
        content=tuple(dict.fromkeys(content)),
        **{
            name: said.get(name, [*_best(texts, name), ""])[0]
            for name in ("title", "filepath", "url", "thumbnail")
        },
        image_vector=image,
        concept_vector=image if shared else _words_vector(definition, said, "concept", words),
        description_vector="" if shared else _words_vector(definition, said, "description", words),
        **{
            name: said.get(name, [_exact(definition, name, kind)])[0]
            for name, kind in _EXACT.items()
        },
    )


def _check(definition: Definition, said: dict[str, list[str]]) -> None:
    for name, values in said.items():
        if name != "content" and len(values) > 1:
            raise InvalidRequest(
                f"Expected one field for {name!r}, got {', '.join(values)}.", param="fields_mapping"
            )
        for value in values:
            field = definition.field(value)
            _check_kind(definition, name, field)
            if field.is_vector != name.endswith("_vector"):
                wanted = "a vector field" if name.endswith("_vector") else "no vector field"
                raise InvalidRequest(
                    f"Expected {wanted} for {name!r}, got {value!r} of the kind {field.kind}.",
                    param="fields_mapping",
                )


def _check_kind(definition: Definition, name: str, field: Field) -> None:
    wanted = ""
    if name == "key" and not field.key:
        wanted = f"the key {definition.key.name!r}"
    elif name in _EXACT and field.kind != _EXACT[name]:
        wanted = f"a field of the type {_EXACT[name]}"
    elif not field.is_vector and not field.retrievable:
        wanted = "a field that may be read"
    if wanted:
        raise InvalidRequest(
            f"Expected {wanted} for {name!r}, got {field.name!r} ({field.kind}).",
            param="fields_mapping",
        )


def _image_vector(definition: Definition, said: list[str], picture: Identity) -> str:
    """The field that was named, else the only one that fits, else the one called after pictures."""
    if not definition.vectors:
        return ""
    offered = [definition.field(name) for name in said] or list(definition.vectors)
    fitting = [field for field in offered if fits(field, picture)]
    if not fitting:
        there = ", ".join(f"{f.name} ({f.dimensions}{_made_by(f)})" for f in offered)
        raise EncoderMismatch(
            f"Expected a vector field of the encoder {picture} in the index {definition.name!r}, "
            f"got {there}.",
            hint="Choose the encoder that made these vectors: a [[vision_services]] table in "
            "settings.toml, named with --encoder.",
        )
    named = [f for f in fitting if "image" in _plain(f.name) or "picture" in _plain(f.name)]
    best = named if len(named) == 1 else fitting
    if (metric := definition.metric(best[0])) != "cosine":
        raise EncoderMismatch(
            f"Expected vectors that are compared by cosine in {best[0].name!r}, got {metric}.",
            hint="Its scores would say nothing of how well a picture fits.",
        )
    if len(best) > 1:
        raise InvalidRequest(
            f"Expected one vector field of {picture.dimension} numbers, got "
            f"{', '.join(field.name for field in best)}.",
            hint="Name it: image_vector_fields in fields_mapping, or --map image_vector=FIELD.",
            param="fields_mapping",
        )
    return best[0].name


def _words_vector(
    definition: Definition, said: dict[str, list[str]], which: str, words: Identity
) -> str:
    """A field of the text encoder: one that was named, or one of our own name and encoder."""
    name = f"{which}_vector"
    if name in said:
        if not fits(definition.field(said[name][0]), words):
            raise EncoderMismatch(
                f"Expected a vector field of the encoder {words} for {name!r}, got "
                f"{said[name][0]!r}."
            )
        return said[name][0]
    field = next((field for field in definition.vectors if field.name == name), None)
    known = field is not None and field.profile.startswith(PROFILE) and fits(field, words)
    return name if known else ""


def fits(field: Field, identity: Identity) -> bool:
    """Whether an encoder may have made a field's vectors, by dimension and a profile of ours."""
    if field.profile.startswith(PROFILE) and field.profile != profile_of(identity):
        return False
    return field.dimensions == identity.dimension


def profile_of(identity: Identity) -> str:
    """The name of the vector profile by which a Sightline tells the encoder of a field."""
    told = f"{identity.name}-{identity.version}-{identity.dimension}"
    return PROFILE + "".join(c if c.isascii() and c.isalnum() else "-" for c in told)


def _made_by(field: Field) -> str:
    made = field.profile.removeprefix(PROFILE)
    return f" numbers, made by {made}" if made != field.profile else " numbers"


def _best(texts: Iterable[Field], name: str) -> list[str]:
    """Fields whose names are among those people use for it, the likeliest first."""
    usual = _NAMES[name]
    found = [field.name for field in texts if _plain(field.name) in usual]
    return sorted(found, key=lambda one: usual.index(_plain(one)))


def _exact(definition: Definition, name: str, kind: str) -> str:
    there = any(f.name == name and f.kind == kind and f.retrievable for f in definition.fields)
    return name if there else ""


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
