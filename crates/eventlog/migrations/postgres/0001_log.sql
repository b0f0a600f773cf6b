-- The log. Every column of `events` but the record itself only indexes the record
-- and is derived from it; verification compares the two. Names collate as "C", so
-- that order and equality are those of the bytes, on every server.

CREATE TABLE realm (
    one         smallint PRIMARY KEY CHECK (one = 1),
    id          uuid NOT NULL,
    incarnation uuid NOT NULL
);

-- The counter. Its row is the log's lock: whoever holds it appends.
CREATE TABLE head (
    one      smallint PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL,
    time     bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0);
INSERT INTO head (one, position, time) VALUES (1, 0, 0);

CREATE TABLE events (
    position     bigint PRIMARY KEY,
    stream       text COLLATE "C" NOT NULL,
    version      bigint NOT NULL,
    id           uuid NOT NULL,
    type         text COLLATE "C" NOT NULL,
    time         bigint NOT NULL,
    commit_id    uuid NOT NULL,
    commit_index integer NOT NULL,
    commit_count integer NOT NULL,
    record       bytea NOT NULL
);
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE INDEX events_by_type ON events (type, position);
-- Records are read whole, and mostly once: compressing them costs more than it saves.
ALTER TABLE events ALTER COLUMN record SET STORAGE EXTERNAL;

CREATE TABLE event_tags (
    tag      text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, position)
);

CREATE TABLE blobs (
    digest  bytea PRIMARY KEY,
    size    bigint NOT NULL,
    content bytea NOT NULL
);

-- Kept answers, by request. The only table from which rows ever go.
CREATE TABLE answers (
    request_id uuid NOT NULL,
    principal  text COLLATE "C" NOT NULL,
    method     text COLLATE "C" NOT NULL,
    digest     bytea NOT NULL,
    answer     bytea NOT NULL,
    commit_id  uuid NOT NULL,
    position   bigint NOT NULL,
    events     bigint NOT NULL,
    time       bigint NOT NULL,
    PRIMARY KEY (request_id, principal, method)
);
CREATE INDEX answers_by_time ON answers USING brin (time);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the log is immutable', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON event_tags
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON blobs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
