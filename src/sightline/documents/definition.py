"""What an index of documents is: its name and its fields. Values only.

The words are those of the Azure AI Search REST (EDM types, field attributes), because such an index
is defined, filled and searched through that protocol, by us or from us.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sightline.errors import UnknownField

Json = dict[str, Any]

Kind = Literal[
    "Edm.String",
    "Edm.Int32",
    "Edm.Int64",
    "Edm.Double",
    "Edm.Boolean",
    "Edm.DateTimeOffset",
    "Collection(Edm.String)",
    "Collection(Edm.Single)",
]
"""Types of a field; `Collection(Edm.Single)` is a vector."""

VECTOR: Final = "Collection(Edm.Single)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a document. `dimensions` is that of a vector, 0 for every other kind."""

    name: str
    kind: Kind
    key: bool = False
    retrievable: bool = True
    searchable: bool = False
    filterable: bool = False
    sortable: bool = False
    facetable: bool = False
    dimensions: int = 0
    profile: str = ""

    @property
    def is_vector(self) -> bool:
        """Whether it holds an embedding."""
        return self.kind == VECTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An index of documents. `given` is the whole definition as it came, for those who ask back."""

    name: str
    fields: tuple[Field, ...]
    given: Json = field(default_factory=dict, compare=False, repr=False)

    @property
    def key(self) -> Field:
        """The field that tells one document from the other."""
        return next(field for field in self.fields if field.key)

    @property
    def vectors(self) -> tuple[Field, ...]:
        """The fields that hold embeddings."""
        return tuple(field for field in self.fields if field.is_vector)

    def metric(self, field: Field) -> str:
        """How the vectors of a field are compared, as its profile's algorithm says."""
        search = self.given.get("vectorSearch") or {}
        profiles = {one.get("name"): one for one in search.get("profiles") or []}
        algorithms = {one.get("name"): one for one in search.get("algorithms") or []}
        algorithm = algorithms.get((profiles.get(field.profile) or {}).get("algorithm")) or {}
        told = algorithm.get("hnswParameters") or algorithm.get("exhaustiveKnnParameters") or {}
        return str(told.get("metric") or "cosine")

    def field(self, name: str) -> Field:
        """A field by name. Raises UnknownField that lists the fields there are."""
        found = next((field for field in self.fields if field.name == name), None)
        if found is None:
            names = ", ".join(field.name for field in self.fields)
            raise UnknownField(f"The index {self.name!r} has no field {name!r}; it has {names}.")
        return found
