"""The ledger: head, events, tags, keys, the vault's tables, roles and triggers.

Revision: 0001

Three roles, for the whole server, without login; a DBA grants them to the accounts of processes:

* wenze_writer: may append (through the functions of revision 0004, never by INSERT) and read the ledger;
* wenze_service: that, and DML on views, access and vault keys;
* wenze_reader: views and the metadata of events, never an entry.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Another database of the same server may be creating the same role at this moment: then it is there, which is enough.
ROLES = """
DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['wenze_writer', 'wenze_service', 'wenze_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$
"""

# One row. Its lock is the one place through which every append of every process goes (ADR 0003).
HEAD = """
CREATE TABLE ledger.head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    origin text NOT NULL,
    format integer NOT NULL,
    simulated boolean NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 10)
"""

EVENT = """
CREATE TABLE ledger.event (
    position bigint PRIMARY KEY CHECK (position > 0),
    id uuid NOT NULL UNIQUE,
    type text COLLATE "C" NOT NULL,
    class text COLLATE "C" NOT NULL CHECK (class IN ('open', 'office', 'sealed', 'source')),
    recorded_at timestamptz NOT NULL,
    entry bytea NOT NULL CHECK (octet_length(entry) <= 65535),
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32)
)
"""

# Collation "C": a tag means the same on every machine, and an operating system's update cannot corrupt the index.
TAG = """
CREATE TABLE ledger.event_tag (
    tag text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, position)
)
"""

KEY = """
CREATE TABLE ledger.append_key (
    actor text COLLATE "C" NOT NULL,
    key uuid NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (actor, key)
)
"""

VAULT_KEY = """
CREATE TABLE vault.key (
    key_id text COLLATE "C" PRIMARY KEY,
    subject text NOT NULL,
    purpose text NOT NULL,
    term integer NOT NULL,
    wrapped bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    kek text COLLATE "C" CHECK (kek ~ '^[0-9a-f]{16}$'),
    UNIQUE (subject, purpose, term),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
    CHECK ((wrapped IS NULL) = (kek IS NULL))
)
"""

# One row: under which key-encryption key keys are wrapped now. Its lock orders the making of keys, the change of the
# key-encryption key and erasure: no key is made under one that has just been retired, or for one just erased.
VAULT_KEK = """
CREATE TABLE vault.kek (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    id text COLLATE "C" CHECK (id ~ '^[0-9a-f]{16}$'),
    adopted_at timestamptz
)
"""

# Who is erased: no key is made for them again, of whatever purpose and term.
VAULT_ERASED = """
CREATE TABLE vault.erased (
    subject text PRIMARY KEY,
    erased_at timestamptz NOT NULL
)
"""

# VOLATILE, so that what follows the lock sees what its last holder committed. With the owner's rights, for the lock.
GUARD_KEY = """
CREATE FUNCTION vault.guard_key() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_kek text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.key_id, NEW.subject, NEW.purpose, NEW.term, NEW.created_at)
            IS DISTINCT FROM (OLD.key_id, OLD.subject, OLD.purpose, OLD.term, OLD.created_at)
        THEN
            RAISE EXCEPTION 'a key of the vault stays whose it is' USING ERRCODE = 'WZ002';
        END IF;
        IF OLD.wrapped IS NULL THEN
            RAISE EXCEPTION 'a destroyed key stays destroyed' USING ERRCODE = 'WZ002';
        END IF;
    END IF;
    IF NEW.wrapped IS NOT NULL THEN
        SELECT k.id INTO v_kek FROM vault.kek AS k FOR SHARE;
        IF NEW.kek IS DISTINCT FROM v_kek THEN
            RAISE EXCEPTION 'the vault has another key-encryption key now' USING ERRCODE = 'WZ005';
        END IF;
        IF EXISTS (SELECT FROM vault.erased AS e WHERE e.subject = NEW.subject) THEN
            RAISE EXCEPTION 'the data of this subject are erased' USING ERRCODE = 'WZ004';
        END IF;
    END IF;
    RETURN NEW;
END
$$
"""

VAULT_PART = """
CREATE TABLE vault.part (
    commitment text COLLATE "C" PRIMARY KEY CHECK (commitment ~ '^[0-9a-f]{64}$'),
    key_id text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    position bigint NOT NULL
)
"""

REFUSE_CHANGE = """
CREATE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: the ledger only grows', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'WZ002';
END
$$
"""

# What no statement may do, row by row and at all: the head moves, and destroying a key is an update of its row.
GUARDED = (
    ("ledger.event", "UPDATE OR DELETE", "UPDATE OR DELETE OR TRUNCATE"),
    ("ledger.event_tag", "UPDATE OR DELETE", "UPDATE OR DELETE OR TRUNCATE"),
    ("ledger.append_key", "UPDATE OR DELETE", "UPDATE OR DELETE OR TRUNCATE"),
    ("vault.part", "UPDATE OR DELETE", "UPDATE OR DELETE OR TRUNCATE"),
    ("vault.key", "DELETE", "DELETE OR TRUNCATE"),
    ("vault.erased", "UPDATE OR DELETE", "UPDATE OR DELETE OR TRUNCATE"),
    ("vault.kek", "INSERT OR DELETE", "INSERT OR DELETE OR TRUNCATE"),
    ("ledger.head", "DELETE", "DELETE OR TRUNCATE"),
)

READABLE = "ledger.head, ledger.event, ledger.event_tag, ledger.append_key"


def upgrade() -> None:
    op.execute(ROLES)
    op.execute("CREATE SCHEMA vault")
    for table in (HEAD, EVENT, TAG, KEY, VAULT_KEY, VAULT_KEK, VAULT_ERASED, VAULT_PART):
        op.execute(table)
    op.execute("CREATE INDEX event_type_position ON ledger.event (type, position)")
    # Partial: the mass of events, open and office, pays nothing for it when it is appended.
    op.execute("CREATE INDEX event_sealed ON ledger.event (class, position) WHERE class IN ('sealed', 'source')")
    # Partial: what is destroyed is neither due nor wrapped anew.
    op.execute("CREATE INDEX key_purpose_term ON vault.key (purpose, term, key_id) WHERE wrapped IS NOT NULL")
    op.execute("CREATE INDEX part_key ON vault.part (key_id)")
    # There from the beginning, with nothing in force: a row that is not there cannot be locked.
    op.execute("INSERT INTO vault.kek DEFAULT VALUES")
    op.execute(REFUSE_CHANGE)
    op.execute(GUARD_KEY)
    op.execute(
        "CREATE TRIGGER guard_key BEFORE INSERT OR UPDATE ON vault.key FOR EACH ROW EXECUTE FUNCTION vault.guard_key()"
    )
    for table, row, statement in GUARDED:
        op.execute(
            f"CREATE TRIGGER refuse_row_change BEFORE {row} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE {statement} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()"
        )
    op.execute("REVOKE ALL ON FUNCTION ledger.refuse_change, vault.guard_key FROM PUBLIC")
    op.execute("REVOKE ALL ON SCHEMA ledger, vault FROM PUBLIC")
    op.execute("GRANT USAGE ON SCHEMA ledger TO wenze_writer, wenze_service, wenze_reader")
    op.execute(f"GRANT SELECT ON {READABLE} TO wenze_writer, wenze_service")
    op.execute("GRANT SELECT ON ledger.alembic_version TO wenze_writer, wenze_service")
    op.execute("GRANT SELECT ON ledger.head, ledger.event_tag TO wenze_reader")
    op.execute("GRANT SELECT (position, id, type, class, recorded_at, leaf) ON ledger.event TO wenze_reader")
    op.execute("GRANT USAGE ON SCHEMA vault TO wenze_service")
    op.execute("GRANT SELECT, INSERT, UPDATE ON vault.key TO wenze_service")
    op.execute("GRANT SELECT, UPDATE ON vault.kek TO wenze_service")
    op.execute("GRANT SELECT, INSERT ON vault.erased TO wenze_service")
    op.execute("GRANT SELECT ON vault.part TO wenze_service")


def downgrade() -> None:
    """There is no way back: it would delete the ledger."""
    raise NotImplementedError("the ledger is never dropped by a migration")
