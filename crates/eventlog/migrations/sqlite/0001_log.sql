-- The log. Every column of `events` but the record itself only indexes the record
-- and is derived from it; verification compares the two.

CREATE TABLE realm (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    id          BLOB NOT NULL,
    incarnation BLOB NOT NULL
) STRICT;

CREATE TABLE head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    time     INTEGER NOT NULL
) STRICT;
INSERT INTO head (one, position, time) VALUES (1, 0, 0);

CREATE TABLE events (
    position     INTEGER PRIMARY KEY,
    stream       TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    type         TEXT    NOT NULL,
    time         INTEGER NOT NULL,
    commit_id    BLOB    NOT NULL,
    commit_index INTEGER NOT NULL,
    commit_count INTEGER NOT NULL,
    record       BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE INDEX events_by_type ON events (type, position);

CREATE TABLE event_tags (
    tag      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE blobs (
    digest  BLOB PRIMARY KEY,
    size    INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;

-- Kept answers, by request. The only table from which rows ever go.
CREATE TABLE answers (
    request_id BLOB    NOT NULL,
    principal  TEXT    NOT NULL,
    method     TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    answer     BLOB    NOT NULL,
    commit_id  BLOB    NOT NULL,
    position   INTEGER NOT NULL,
    events     INTEGER NOT NULL,
    time       INTEGER NOT NULL,
    PRIMARY KEY (request_id, principal, method)
) STRICT;

CREATE TRIGGER events_immutable_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
CREATE TRIGGER events_immutable_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
CREATE TRIGGER event_tags_immutable_update BEFORE UPDATE ON event_tags
BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
CREATE TRIGGER event_tags_immutable_delete BEFORE DELETE ON event_tags
BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
CREATE TRIGGER blobs_immutable_update BEFORE UPDATE ON blobs
BEGIN SELECT RAISE(ABORT, 'blobs are immutable'); END;
CREATE TRIGGER blobs_immutable_delete BEFORE DELETE ON blobs
BEGIN SELECT RAISE(ABORT, 'blobs are immutable'); END;
