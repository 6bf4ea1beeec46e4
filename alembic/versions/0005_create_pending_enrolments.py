"""Access: keys that wait for an officer's word. No facts: an enrolment is an event once somebody has vouched for it.

Revision: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE access.pending_enrolment (
            person text PRIMARY KEY,
            code text NOT NULL CHECK (code ~ '^[0-9A-Z]{5}-[0-9A-Z]{5}$'),
            enrolment jsonb NOT NULL,
            expires_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX pending_enrolment_code ON access.pending_enrolment (code)")
    op.execute("CREATE INDEX pending_enrolment_expiry ON access.pending_enrolment (expires_at)")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON access.pending_enrolment TO wenze_service")


def downgrade() -> None:
    op.execute("DROP TABLE access.pending_enrolment")
