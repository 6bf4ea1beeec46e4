"""Views: a registry of generations, one table for each stored fold, and who may read and write them.

Every table leads with ``generation``: a rebuild fills the next one beside the live one. Columns that hold a whole fold
are ``json``: kept as written, never searched. Ids and names of reports compare byte by byte (COLLATE "C"), as in the
log's tags, so that keyset paging has one order everywhere.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REGISTRY = """
CREATE SCHEMA IF NOT EXISTS views;

CREATE TABLE views.view (
    name           text NOT NULL COLLATE "C",
    generation     integer NOT NULL,
    version        integer NOT NULL,
    state          text NOT NULL CHECK (state IN ('live', 'building', 'retired')),
    position       bigint NOT NULL,
    stopped_before bigint,
    error          text,
    changed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, generation)
);
CREATE UNIQUE INDEX view_live ON views.view (name) WHERE state = 'live';

CREATE FUNCTION views.live(view_name text) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $function$
DECLARE
    found record;
BEGIN
    SELECT generation, stopped_before INTO found FROM views.view AS each
    WHERE each.name = view_name AND each.state = 'live';
    IF found.stopped_before IS NOT NULL THEN
        RAISE EXCEPTION '% stopped before %', view_name, found.stopped_before USING ERRCODE = 'WZV01';
    END IF;
    RETURN found.generation;
END
$function$;
"""

SCHOOL_DAY = """
CREATE TABLE views.school_day (
    generation         integer NOT NULL,
    report             text NOT NULL COLLATE "C",
    form               text NOT NULL COLLATE "C",
    school             text NOT NULL COLLATE "C",
    district           text NOT NULL COLLATE "C",
    bureau             text NOT NULL COLLATE "C",
    heir               text COLLATE "C",
    business_date      date NOT NULL,
    rules              text NOT NULL,
    status             text NOT NULL,
    answered           boolean NOT NULL,
    corrected_before   boolean NOT NULL,
    corrected_after    boolean NOT NULL,
    corrections        json NOT NULL,
    returned           boolean NOT NULL,
    withdrawn          boolean NOT NULL,
    nature             text,
    revision           integer,
    digest             text,
    signed_level       smallint NOT NULL,
    voided_signatures  smallint NOT NULL,
    due_1              timestamptz NOT NULL,
    due_2              timestamptz NOT NULL,
    due_3              timestamptz NOT NULL,
    closes_at          timestamptz NOT NULL,
    closed             boolean NOT NULL,
    received_at        timestamptz,
    recorded_at        timestamptz,
    counted_at         timestamptz,
    deadline_2         timestamptz,
    deadline_3         timestamptz,
    deadline_rollup    timestamptz,
    decided_1          timestamptz,
    decided_2          timestamptz,
    decided_3          timestamptz,
    decided_rollup     timestamptz,
    late_1_s           double precision,
    late_2_s           double precision,
    late_3_s           double precision,
    late_rollup_s      double precision,
    took_2_s           double precision,
    took_3_s           double precision,
    missed_1           boolean NOT NULL,
    missed_2           boolean NOT NULL,
    missed_3           boolean NOT NULL,
    missed_rollup      boolean NOT NULL,
    excused_1          boolean NOT NULL,
    excused_2          boolean NOT NULL,
    excused_3          boolean NOT NULL,
    excused_rollup     boolean NOT NULL,
    signed_1_by        text,
    signed_2_by        text,
    signed_3_by        text,
    signed_1_at        timestamptz,
    signed_2_at        timestamptz,
    signed_3_at        timestamptz,
    signed_1_after_s   double precision,
    signed_2_after_s   double precision,
    signed_3_after_s   double precision,
    awaited_level      smallint,
    awaited_until      timestamptz,
    awaited_rollup     text COLLATE "C",
    reminders_sent     smallint NOT NULL,
    reminders_served   smallint NOT NULL,
    slow_from          timestamptz,
    slow_until         timestamptz,
    position           bigint NOT NULL,
    state              json NOT NULL,
    PRIMARY KEY (generation, report)
) WITH (fillfactor = 70);
CREATE INDEX school_day_by_date ON views.school_day (generation, business_date, district, school);
CREATE INDEX school_day_by_school ON views.school_day (generation, school, business_date);
CREATE INDEX school_day_by_heir ON views.school_day (generation, heir, business_date) WHERE heir IS NOT NULL;
CREATE INDEX school_day_awaited ON views.school_day (generation, awaited_until, report) WHERE awaited_until IS NOT NULL;
CREATE INDEX school_day_unanswered ON views.school_day (generation, due_1, report) WHERE NOT answered;
CREATE INDEX school_day_open ON views.school_day (generation, closes_at, report) WHERE NOT closed;
CREATE INDEX school_day_slow ON views.school_day (generation, slow_from) WHERE slow_from IS NOT NULL;

CREATE TABLE views.school_day_window (
    generation  integer NOT NULL,
    position    bigint NOT NULL,
    outage      text COLLATE "C",
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    grace_until timestamptz,
    schools     json,
    PRIMARY KEY (generation, position)
);
"""

ROLLUP = """
CREATE TABLE views.rollup (
    generation       integer NOT NULL,
    rollup           text NOT NULL COLLATE "C",
    parent           text NOT NULL COLLATE "C",
    level            smallint NOT NULL,
    organisation     text NOT NULL COLLATE "C",
    business_date    date NOT NULL,
    revision         integer NOT NULL,
    expected         integer NOT NULL,
    covered          integer NOT NULL,
    root             text NOT NULL,
    digest           text NOT NULL,
    built_by         text NOT NULL,
    built_at         timestamptz NOT NULL,
    built_position   bigint NOT NULL,
    signed_by        text,
    signed_at        timestamptz,
    signed_revision  integer,
    returned         boolean NOT NULL,
    changed_position bigint,
    position         bigint NOT NULL,
    state            json NOT NULL,
    PRIMARY KEY (generation, rollup)
);
CREATE INDEX rollup_by_date ON views.rollup (generation, business_date, level, rollup);
"""

FIGURES = """
CREATE TABLE views.article_fact (
    generation  integer NOT NULL,
    fact        text NOT NULL COLLATE "C",
    position    bigint NOT NULL,
    subject     text NOT NULL COLLATE "C",
    detail      text COLLATE "C",
    number      bigint,
    day         date,
    due         timestamptz,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (generation, fact, position, subject)
);
"""

ORGANISATIONS = """
CREATE TABLE views.organisation (
    generation      integer NOT NULL,
    organisation    text NOT NULL COLLATE "C",
    kind            text NOT NULL,
    code            text COLLATE "C",
    name            text NOT NULL,
    parent          text COLLATE "C",
    public          boolean,
    opened_on       date,
    closed_on       date,
    heir            text COLLATE "C",
    suspended       boolean NOT NULL,
    staff           integer,
    students        integer,
    position        bigint NOT NULL,
    state           json NOT NULL,
    PRIMARY KEY (generation, organisation)
);
CREATE INDEX organisation_by_parent ON views.organisation (generation, parent, organisation);
CREATE INDEX organisation_by_kind ON views.organisation (generation, kind, organisation);

CREATE TABLE views.appointment (
    generation   integer NOT NULL,
    appointment  text NOT NULL COLLATE "C",
    delegation   text NOT NULL COLLATE "C",
    person       text NOT NULL COLLATE "C",
    role         text NOT NULL COLLATE "C",
    organisation text NOT NULL COLLATE "C",
    holder       text NOT NULL COLLATE "C",
    acting_for   text COLLATE "C",
    valid_from   timestamptz NOT NULL,
    valid_to     timestamptz,
    position     bigint NOT NULL,
    state        json NOT NULL,
    PRIMARY KEY (generation, appointment, delegation)
);
CREATE INDEX appointment_by_person ON views.appointment (generation, person, valid_from, appointment);
CREATE INDEX appointment_by_organisation ON views.appointment (generation, organisation, role, valid_from);
"""

GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'wenze_service') THEN
        GRANT USAGE ON SCHEMA views TO wenze_service;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA views TO wenze_service;
        GRANT EXECUTE ON FUNCTION views.live(text) TO wenze_service;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'wenze_reader') THEN
        GRANT USAGE ON SCHEMA views TO wenze_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA views TO wenze_reader;
        GRANT EXECUTE ON FUNCTION views.live(text) TO wenze_reader;
    END IF;
END
$grants$;
"""


def upgrade() -> None:
    op.execute(REGISTRY)
    op.execute(SCHOOL_DAY)
    op.execute(ROLLUP)
    op.execute(FIGURES)
    op.execute(ORGANISATIONS)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("DROP SCHEMA views CASCADE")
