"""The append functions: the only way into the ledger.

Revision: 0004

``ledger.append`` takes a batch and is the whole contract. ``ledger.append_one`` is its short way for the commonest
case, one event of one append: with plain values instead of arrays it takes about two thirds of the time. It stores,
or it answers that the case is not that simple, and then ``ledger.append`` is asked: refusals and duplicates have one
place. Both are VOLATILE plpgsql: each statement takes its own snapshot, so what follows the lock sees what its last
holder committed. Types and tags have no white space, so several travel as one text with spaces between.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# These force index plans whatever the statistics say: a plan may have been made when the tables were empty.
SETTINGS = """SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_bitmapscan = off
SET jit = off"""

# The lock through which every append goes, and the time of what is about to be stored.
TAKE_THE_HEAD = """SELECT h.* INTO STRICT v_head FROM ledger.head AS h FOR UPDATE;

    o_clock := clock_timestamp();
    IF v_head.simulated THEN
        IF p_simulated_now IS NULL THEN
            RAISE EXCEPTION 'a simulated log takes its time from the caller' USING ERRCODE = 'WZ003';
        END IF;
        o_recorded_at := greatest(v_head.recorded_at, p_simulated_now);
    ELSE
        IF p_simulated_now IS NOT NULL THEN
            RAISE EXCEPTION 'a real log takes no time from anybody' USING ERRCODE = 'WZ003';
        END IF;
        IF o_clock < p_clock_seen - interval '2 seconds' THEN
            RAISE EXCEPTION 'the database clock ran back from % to %', p_clock_seen, o_clock USING ERRCODE = 'WZ001';
        END IF;
        o_recorded_at := greatest(v_head.recorded_at, o_clock);
    END IF;"""

# Whether an event that is stored after ``i.after`` matches an item: ``i.tag`` is one of its tags, ``i.tags`` are the
# others, ``i.types`` its types; primary keys of event_tag and event.
ITEM_MATCHES = """EXISTS (
            SELECT FROM ledger.event_tag AS t
            CROSS JOIN LATERAL (SELECT x.type FROM ledger.event AS x WHERE x.position = t.position LIMIT 1) AS e
            WHERE t.tag = i.tag AND t.position > i.after
              AND (i.types = '' OR e.type = ANY (string_to_array(i.types, ' ')))
              AND (i.tags = '' OR NOT EXISTS (
                  SELECT FROM unnest(string_to_array(i.tags, ' ')) AS other (tag)
                  WHERE NOT EXISTS (
                      SELECT FROM ledger.event_tag AS x WHERE x.tag = other.tag AND x.position = t.position
                  )
              ))
        )"""

# The canonical form of an instant, 27 bytes.
STAMP = """convert_to(to_char(o_recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'UTF8')"""

# Everything that may be shared by the appends of a batch comes as flat arrays: the n-th append is the
# n-th element of p_actor and its fellows, of whose events there are p_count, in the order of the appends; p_item_append
# and p_part_append point to it from 1. An array of which nothing is needed may be NULL.
#
# The answer: o_status per append (0 stored, 1 duplicate, 2 key reused, 3 condition failed, 4 window closed, 5 absent),
# o_first per append (0 when nothing was stored), one recorded_at and the leaves of all stored events in position
# order; what the duplicates had stored in the o_known arrays.
APPEND = r"""
CREATE FUNCTION ledger.append(
    p_clock_seen timestamptz, p_simulated_now timestamptz,
    p_actor text[], p_key uuid[], p_mac bytea[], p_received_at timestamptz[], p_recorded_before timestamptz[],
    p_count integer[],
    p_id uuid[], p_type text[], p_class text[], p_tags text[],
    p_entry bytea[], p_hole integer[],
    p_item_append integer[], p_item_after bigint[], p_item_types text[], p_item_tag text[], p_item_tags text[],
    p_part_append integer[], p_commitment text[], p_key_id text[], p_ciphertext bytea[],
    OUT o_status integer[], OUT o_first bigint[], OUT o_recorded_at timestamptz, OUT o_leaves bytea,
    OUT o_head bigint, OUT o_clock timestamptz,
    OUT o_known integer[], OUT o_known_first bigint[], OUT o_known_last bigint[], OUT o_known_recorded_at timestamptz[],
    OUT o_known_received_at timestamptz[], OUT o_known_leaves bytea[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
-- SETTINGS
AS $$
DECLARE
    v_head ledger.head%ROWTYPE;
    v_same boolean[];
    v_failed integer[];
    v_next bigint;
    v_stamp bytea;
    v_position bigint[] := array_fill(0::bigint, ARRAY[cardinality(p_id)]);
    v_event integer := 0;
    n integer;
BEGIN
    -- TAKE THE HEAD

    o_status := array_fill(0, ARRAY[cardinality(p_actor)]);
    o_first := array_fill(0::bigint, ARRAY[cardinality(p_actor)]);

    -- Which keys are known, and which conditions with a tag fail: hardly ever one. Every statement costs a little of
    -- the time under the lock, so these two are one; primary keys of append_key, event_tag and event.
    SELECT (
        SELECT array_agg(a.n)
        FROM unnest(p_actor, p_key) WITH ORDINALITY AS a (actor, key, n)
        JOIN ledger.append_key AS k ON k.actor = a.actor AND k.key = a.key
    ), (
        SELECT array_agg(DISTINCT i.append)
        FROM unnest(p_item_append, p_item_after, p_item_types, p_item_tag, p_item_tags)
            AS i (append, after, types, tag, tags)
        WHERE i.tag <> '' AND /* ITEM MATCHES */
    )
    INTO o_known, v_failed;

    IF '' = ANY (p_item_tag) THEN
        -- And of the conditions without a tag; index event_type_position.
        SELECT v_failed || array_agg(DISTINCT i.append) INTO v_failed
        FROM unnest(p_item_append, p_item_after, p_item_types, p_item_tag) AS i (append, after, types, tag)
        WHERE i.tag = '' AND i.after < v_head.position AND (i.types = '' OR EXISTS (
            SELECT FROM unnest(string_to_array(i.types, ' ')) AS wanted (type)
            CROSS JOIN LATERAL (
                SELECT x.type FROM ledger.event AS x WHERE (x.type, x.position) > (wanted.type, i.after)
                ORDER BY x.type, x.position LIMIT 1
            ) AS next
            WHERE next.type = wanted.type
        ));
    END IF;

    IF o_known IS NOT NULL THEN
        -- What they have stored; primary keys of append_key and event.
        SELECT array_agg(a.n), array_agg(k.mac = a.mac), array_agg(k.first), array_agg(k.last),
               array_agg(k.recorded_at), array_agg(k.received_at),
               array_agg((SELECT string_agg(e.leaf, ''::bytea ORDER BY e.position) FROM ledger.event AS e
                          WHERE e.position BETWEEN k.first AND k.last))
        INTO o_known, v_same, o_known_first, o_known_last, o_known_recorded_at, o_known_received_at, o_known_leaves
        FROM unnest(p_actor, p_key, p_mac) WITH ORDINALITY AS a (actor, key, mac, n)
        JOIN ledger.append_key AS k ON k.actor = a.actor AND k.key = a.key;
    END IF;

    -- The order of these answers is the contract: the key first, then the window, then the condition.
    FOREACH n IN ARRAY coalesce(v_failed, '{}') LOOP
        o_status[n] := 3;
    END LOOP;
    FOR k IN 1 .. coalesce(cardinality(o_known), 0) LOOP
        o_status[o_known[k]] := CASE WHEN v_same[k] THEN 1 ELSE 2 END;
    END LOOP;
    v_next := v_head.position + 1;
    FOR n IN 1 .. cardinality(p_actor) LOOP
        IF o_status[n] IN (1, 2) THEN
            NULL;
        ELSIF p_count[n] = 0 THEN
            o_status[n] := 5;
        ELSIF o_recorded_at >= p_recorded_before[n] THEN
            o_status[n] := 4;
        ELSIF o_status[n] = 0 THEN
            o_first[n] := v_next;
            FOR nth IN 1 .. p_count[n] LOOP
                v_position[v_event + nth] := v_next;
                v_next := v_next + 1;
            END LOOP;
        END IF;
        v_event := v_event + p_count[n];
    END LOOP;
    o_head := v_next - 1;

    IF o_head > v_head.position THEN
        v_stamp := /* STAMP */;

        WITH stored AS (
            INSERT INTO ledger.event (position, id, type, class, recorded_at, entry, leaf)
            SELECT e.position, e.id, e.type, e.class, o_recorded_at, filled.entry,
                   sha256('\x00'::bytea || filled.entry)
            FROM unnest(v_position, p_id, p_type, p_class, p_entry, p_hole)
                AS e (position, id, type, class, entry, hole),
            LATERAL (SELECT overlay(e.entry PLACING v_stamp FROM e.hole + 1 FOR 27) AS entry OFFSET 0) AS filled
            WHERE e.position > 0
            RETURNING position, leaf
        ), tagged AS (
            INSERT INTO ledger.event_tag (tag, position)
            SELECT t.tag, e.position
            FROM unnest(v_position, p_tags) AS e (position, tags),
            LATERAL unnest(string_to_array(e.tags, ' ')) AS t (tag)
            WHERE e.position > 0
        ), keyed AS (
            INSERT INTO ledger.append_key (actor, key, first, last, recorded_at, received_at, mac)
            SELECT a.actor, a.key, a.first, a.first + a.count - 1, o_recorded_at, a.received_at, a.mac
            FROM unnest(p_actor, p_key, o_first, p_count, p_received_at, p_mac)
                AS a (actor, key, first, count, received_at, mac)
            WHERE a.first > 0
        ), moved AS (
            UPDATE ledger.head SET position = o_head, recorded_at = o_recorded_at
        )
        SELECT string_agg(stored.leaf, ''::bytea ORDER BY stored.position) INTO o_leaves FROM stored;

        IF cardinality(p_part_append) > 0 THEN
            -- A key that is gone, or destroyed since the value was sealed: the value could never be opened again.
            -- The batch fails as by a foreign key, so that only the guilty append of it is refused; primary key of key.
            IF EXISTS (
                SELECT FROM unnest(p_part_append, p_key_id) AS p (append, key_id)
                LEFT JOIN vault.key AS k ON k.key_id = p.key_id
                WHERE o_first[p.append] > 0 AND k.wrapped IS NULL
            ) THEN
                RAISE EXCEPTION 'a value is sealed under a key that is not in the vault' USING ERRCODE = '23503';
            END IF;
            INSERT INTO vault.part (commitment, key_id, ciphertext, position)
            SELECT p.commitment, p.key_id, p.ciphertext, o_first[p.append]
            FROM unnest(p_part_append, p_commitment, p_key_id, p_ciphertext)
                AS p (append, commitment, key_id, ciphertext)
            WHERE o_first[p.append] > 0;
        END IF;

        -- Last: until the commit it stops other notifiers of the database, which are all waiting for the head anyway.
        PERFORM pg_notify('ledger', o_head::text);
    ELSE
        -- Nothing is new, but "stored" may only be said after a commit that wrote WAL: otherwise a retry could be
        -- acknowledged although no standby has what it repeats. It is also how a probe finds out that none can commit.
        UPDATE ledger.head SET position = o_head;
    END IF;
END
$$
"""

# One append of one event without sealed parts, whose condition has only items with a tag. ``o_position`` is NULL when
# nothing was stored: the key is known, the window is over or the condition fails, and ``append`` says which.
APPEND_ONE = r"""
CREATE FUNCTION ledger.append_one(
    p_clock_seen timestamptz, p_simulated_now timestamptz,
    p_actor text, p_key uuid, p_mac bytea, p_received_at timestamptz, p_recorded_before timestamptz,
    p_id uuid, p_type text, p_class text, p_tags text, p_entry bytea, p_hole integer,
    p_item_after bigint, p_item_types text[], p_item_tag text[], p_item_tags text[],
    OUT o_position bigint, OUT o_recorded_at timestamptz, OUT o_leaf bytea, OUT o_clock timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
-- SETTINGS
AS $$
DECLARE
    v_head ledger.head%ROWTYPE;
    v_entry bytea;
BEGIN
    -- TAKE THE HEAD

    -- Primary key of append_key; and of the condition what ``append`` asks.
    IF o_recorded_at >= p_recorded_before
        OR EXISTS (SELECT FROM ledger.append_key AS k WHERE k.actor = p_actor AND k.key = p_key)
        OR EXISTS (
            SELECT FROM (
                SELECT p_item_after AS after, u.types, u.tag, u.tags
                FROM unnest(p_item_types, p_item_tag, p_item_tags) AS u (types, tag, tags)
            ) AS i
            WHERE /* ITEM MATCHES */
        )
    THEN
        RETURN;
    END IF;

    o_position := v_head.position + 1;
    v_entry := overlay(p_entry PLACING /* STAMP */ FROM p_hole + 1 FOR 27);
    INSERT INTO ledger.event (position, id, type, class, recorded_at, entry, leaf)
    VALUES (o_position, p_id, p_type, p_class, o_recorded_at, v_entry, sha256('\x00'::bytea || v_entry))
    RETURNING leaf INTO o_leaf; -- as it is stored: the caller compares it with what was appended
    INSERT INTO ledger.event_tag (tag, position)
    SELECT t.tag, o_position FROM unnest(string_to_array(p_tags, ' ')) AS t (tag);
    INSERT INTO ledger.append_key (actor, key, first, last, recorded_at, received_at, mac)
    VALUES (p_actor, p_key, o_position, o_position, o_recorded_at, p_received_at, p_mac);
    UPDATE ledger.head SET position = o_position, recorded_at = o_recorded_at;
    PERFORM pg_notify('ledger', o_position::text);
END
$$
"""


def upgrade() -> None:
    for function in (APPEND, APPEND_ONE):
        op.execute(
            function.replace("-- SETTINGS", SETTINGS)
            .replace("-- TAKE THE HEAD", TAKE_THE_HEAD)
            .replace("/* ITEM MATCHES */", ITEM_MATCHES)
            .replace("/* STAMP */", STAMP)
        )
    op.execute("REVOKE ALL ON FUNCTION ledger.append, ledger.append_one FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ledger.append, ledger.append_one TO wenze_writer, wenze_service")


def downgrade() -> None:
    op.execute("DROP FUNCTION ledger.append_one, ledger.append")
