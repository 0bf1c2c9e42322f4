"""Records of deployments, and what the last probe of each found."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from sightline.errors import Conflict, UnknownDeployment
from sightline.storage.catalog import Catalog
from sightline.storage.records import DeploymentRecord, Probe, ProbeFinding
from sightline.storage.tables import deployments, probes


class DeploymentRecords:
    """The records of a workspace. Calls from any thread."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def look(self) -> tuple[list[DeploymentRecord], dict[str, Probe]]:
        """All records by name, and the probes by the name of their deployment, in one look.

        Raises Unavailable.
        """
        with self._catalog.reading() as connection:
            records = [
                DeploymentRecord(
                    name=row.name, settings=json.loads(row.settings), created_at=row.created_at
                )
                for row in connection.execute(select(deployments).order_by(deployments.c.name))
            ]
            found = {
                row.deployment: Probe(
                    target=row.target,
                    findings=tuple(ProbeFinding(**one) for one in json.loads(row.findings)),
                    probed_at=row.probed_at,
                )
                for row in connection.execute(select(probes))
            }
        return records, found

    def add(self, name: str, settings: Mapping[str, Any]) -> None:
        """Keep a record. Raises Conflict when its name is taken."""
        row = {"name": name, "settings": json.dumps(settings), "created_at": datetime.now(UTC)}
        try:
            with self._catalog.writing() as connection:
                connection.execute(insert(deployments).values(row))
        except IntegrityError as error:
            raise Conflict(
                f"There is a deployment {name!r} already.",
                hint=f"Choose another name, or remove it: `sightline deployments remove {name}`.",
                param="name",
            ) from error

    def remove(self, name: str) -> None:
        """Forget one, and its probe. Raises UnknownDeployment."""
        with self._catalog.writing() as connection:
            gone = connection.execute(delete(deployments).where(deployments.c.name == name))
            if not gone.rowcount:
                raise UnknownDeployment(f"There is no record of a deployment {name!r}.")
            connection.execute(delete(probes).where(probes.c.deployment == name))

    def keep(self, name: str, probe: Probe) -> None:
        """Remember a probe in place of the one before."""
        with self._catalog.writing() as connection:
            connection.execute(delete(probes).where(probes.c.deployment == name))
            connection.execute(
                insert(probes).values(
                    deployment=name,
                    target=probe.target,
                    findings=json.dumps([asdict(finding) for finding in probe.findings]),
                    probed_at=probe.probed_at,
                )
            )

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()
