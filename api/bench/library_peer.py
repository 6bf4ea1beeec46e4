"""The peer: the ``eventsourcing`` library's own PostgreSQL recorder for DCB (psycopg, 16 connections)."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.postgres import PostgresDatastore

from api.bench.report import Round
from api.bench.threads import run_threads

CONNECTIONS = 16


class LibraryPeer:
    """A recorder in a database of its own, created by the library itself."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        query = parse_qs(parts.query)
        self._datastore = PostgresDatastore(
            dbname=parts.path.lstrip("/"),
            host=query.get("host", [parts.hostname or "localhost"])[0],
            port=query.get("port", [parts.port or 5432])[0],
            user=query.get("user", [unquote(parts.username or "postgres")])[0],
            password=unquote(parts.password or ""),
            pool_size=CONNECTIONS,
            max_overflow=0,
            max_waiting=0,
            connect_timeout=60,
        )
        self._recorder = PostgresDCBRecorderTT(self._datastore)
        self._recorder.create_table()

    def prepare(self, inputs: Sequence[tuple[str, bytes, list[str], str]], writers: int) -> Callable[[], Round]:
        """Appends with the same type, bytes, tags and condition, by ``writers`` threads."""
        made = [
            (
                [DCBEvent(type=type_name, data=entry, tags=tags)],
                DCBAppendCondition(fail_if_events_match=DCBQuery(items=[DCBQueryItem(tags=[unique])])),
            )
            for type_name, entry, tags, unique in inputs
        ]
        return lambda: run_threads(made, lambda one: self._recorder.append(*one), writers)

    def close(self) -> None:
        """Close the connections."""
        self._datastore.close()
