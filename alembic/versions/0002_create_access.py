"""Access: which bearer token belongs to whom. Only fingerprints: a stolen table opens no door.

Revision: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA access")
    op.execute(
        """
        CREATE TABLE access.token (
            fingerprint text PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
            token text NOT NULL UNIQUE,
            person text NOT NULL,
            issued_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            CHECK (expires_at > issued_at)
        )
        """
    )
    op.execute("CREATE INDEX token_person ON access.token (person)")
    op.execute("GRANT USAGE ON SCHEMA access TO wenze_service")
    op.execute("GRANT SELECT, INSERT, UPDATE ON access.token TO wenze_service")


def downgrade() -> None:
    op.execute("DROP SCHEMA access CASCADE")
