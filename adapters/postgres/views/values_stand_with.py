"""Values stand with: which organisations the events are about in which values of a subject are sealed."""

from collections.abc import Sequence

from adapters.postgres.view import Connection, read

# By subject the organisations in the tags of the events that its values came with. The tags are taken from the entry,
# for the index of tags is by tag; indexes key_subject_purpose_term_key and part_key, primary key of event.
STAND_WITH = """
SELECT key.subject, array_agg(DISTINCT split_part(tag, ':', 2) ORDER BY split_part(tag, ':', 2)) AS organisations
FROM vault.key AS key
JOIN vault.part AS part USING (key_id)
JOIN ledger.event AS event USING (position),
LATERAL json_array_elements_text(convert_from(event.entry, 'UTF8')::json -> 'tags') AS tag
WHERE key.subject = ANY ($1::text[]) AND (tag LIKE 'school:%' OR tag LIKE 'organisation:%')
GROUP BY key.subject
"""


async def fetch_values_stand_with(connection: Connection, subjects: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By subject the organisations; a subject without any is left out."""
    rows = await read(connection, STAND_WITH, list(subjects))
    return {row["subject"]: tuple(row["organisations"]) for row in rows}
