"""Alembic's entry: migrates over the connection that `adapters.postgres.migrate` hands in, in one transaction.

There is no alembic.ini: a new migration is a file ``versions/NNNN_verb_noun.py`` written by hand. The text of an
``op.execute`` may hold several statements.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection, event, text
from sqlalchemy.util import await_only

# Two processes that start at once migrate one after the other.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7245081117)"

# The version table stands beside the ledger: an ordinary owner may not write to "public" everywhere.
HOME = "CREATE SCHEMA IF NOT EXISTS ledger"


def run_migrations(connection: Connection) -> None:
    """Bring the database behind the connection to the newest version."""
    driver: Any = connection.connection.driver_connection

    @event.listens_for(connection.engine, "do_execute")
    def execute_script(cursor: Any, statement: str, parameters: Any, execution: Any) -> bool | None:
        # The driver prepares what it is given, and only one statement can be prepared.
        if parameters or ";" not in statement.rstrip().rstrip(";"):
            return None
        await_only(driver.execute(statement))
        return True

    context.configure(connection=connection, version_table_schema="ledger")
    with context.begin_transaction():
        connection.execute(text(ONE_AT_A_TIME))
        connection.execute(text(HOME))
        context.run_migrations()


run_migrations(context.config.attributes["connection"])
