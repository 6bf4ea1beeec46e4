"""The names of all organisations, as narrow as a picture of the whole city needs. Answered from the organisations."""

from dataclasses import dataclass

from adapters.postgres.view import Connection, read
from domain.registry.events import OrganisationKind

# Every organisation by the registrar's number; one scan of a few hundred rows.
NAMES = """
SELECT organisation, kind, name FROM views.organisation
WHERE generation = views.live('organisations') ORDER BY code NULLS FIRST, organisation
"""


@dataclass(frozen=True, slots=True)
class OrganisationNames:
    """Names by organisation, ordered by the registrar's number; and the districts among them."""

    all: dict[str, str]
    districts: tuple[str, ...]


async def fetch_names(connection: Connection) -> OrganisationNames:
    """Everything ever entered, closed ones too."""
    rows = await read(connection, NAMES)
    return OrganisationNames(
        {row["organisation"]: row["name"] for row in rows},
        tuple(row["organisation"] for row in rows if row["kind"] == OrganisationKind.DISTRICT),
    )
