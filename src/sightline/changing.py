"""Changing single assets of an index by hand: what is said of one, and whether it is there.

The files themselves are never touched. A description is that of the file, so all stills of a file
share it. The index remembers what the source said when somebody changed it: the next ingestion
leaves the change alone until the source says something else.
"""

import logging
from dataclasses import replace

from sightline.assets import Asset, Where
from sightline.errors import InvalidRequest, Unavailable, UnknownAsset
from sightline.index.base import Index, Indexes
from sightline.ingest import check_encoder
from sightline.odata.parsing import parse
from sightline.odata.tree import Filter
from sightline.row_desk import stored_rows
from sightline.untrusted import storable
from sightline.vision.base import TextEncoder

LOG = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds to wait for the right to write: changes by hand take turns, an ingestion is longer."""

UPKEEP_AFTER = 64
"""Commits after which a change also compacts the index: each small file costs every later read."""


def describe(
    indexes: Indexes, name: str, text_encoder: TextEncoder, asset_id: str, description: str
) -> Asset:
    """Change the description of an asset's file; "" removes it.

    A search finds it by the new words when this returns. Raises UnknownIndex, UnknownAsset,
    EncoderMismatch, and IndexBusy while the index is written to.
    """
    text = storable(description).strip()
    with indexes.writing(name, wait=PATIENCE) as index:
        check_encoder(index, index.info.encoder, text_encoder.identity)
        asset = _stored(index, asset_id)
        file = index.stored(asset.source, [asset.key])[asset.key]
        if text != file.description:
            said = file.description if file.source_description is None else file.source_description
            vector = text_encoder.encode([text])[0] if text else None
            rows = [
                replace(
                    row,
                    asset=replace(row.asset, description=text),
                    description_vector=vector,
                    source_description=None if text == said else said,
                )
                for row in stored_rows(index, [file]).values()
            ]
            index.replace(asset.source, [asset.key], rows)
            _tidy_up(index)
        return _stored(index, asset_id)


def remove(indexes: Indexes, name: str, asset_id: str) -> Asset:
    """Take one asset out of an index and return what it was; other stills of its file stay.

    Raises UnknownIndex, UnknownAsset, and IndexBusy while the index is written to.
    """
    with indexes.writing(name, wait=PATIENCE) as index:
        asset = _stored(index, asset_id)
        index.remove([asset_id])
        _tidy_up(index)
        return asset


def named(index: Index, name: str) -> Asset:
    """The asset of that id or key; of a file with several stills the first.

    Raises UnknownAsset, and InvalidRequest for a key that two sources have.
    """
    ids = [name] if index.assets([name]) else index.fitting(Where(filter=_has_key(name)))
    found = list(index.assets(ids).values())
    sources = sorted({asset.source for asset in found})
    if len(sources) > 1:
        raise InvalidRequest(
            f"Expected the id of a picture: {len(sources)} sources have a {name!r} "
            f"({', '.join(sources)}).",
            hint="Ids are in the replies of `sightline search --json`.",
        )
    if not found:
        raise UnknownAsset(
            f"The index {index.info.name!r} has no picture {name!r}.",
            hint="A key is the path inside its source, for example tents/x200.jpg.",
        )
    return min(found, key=lambda asset: ids.index(asset.id))


def _has_key(key: str) -> Filter:
    quoted = key.replace("'", "''")
    return parse(f"key eq '{quoted}'")


def _tidy_up(index: Index) -> None:
    if index.untidy < UPKEEP_AFTER:
        return
    try:
        index.optimize()
    except Unavailable as error:  # the change is written; a later one tries again
        LOG.warning("the upkeep of the index %s was put off: %s", index.info.name, error)


def _stored(index: Index, asset_id: str) -> Asset:
    asset = index.assets([asset_id]).get(asset_id)
    if asset is None:
        raise UnknownAsset(f"The index {index.info.name!r} has no asset {asset_id!r}.")
    return asset
