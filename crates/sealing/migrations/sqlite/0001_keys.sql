-- The keys of subjects, each wrapped by the master key.
--
-- A key is written once, at the end of its table, and overwritten in its place when it
-- is rewrapped or erased: rows never move between pages, so that no page keeps a copy
-- that secure_delete does not know of.

CREATE TABLE store (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    master      TEXT NOT NULL,
    check_value BLOB NOT NULL,
    index_key   BLOB NOT NULL
) STRICT;

CREATE TABLE keys (
    id      INTEGER PRIMARY KEY,
    subject TEXT NOT NULL UNIQUE,
    -- Zeros of the same length once it is erased.
    wrapped BLOB NOT NULL
) STRICT;

-- Which keys are gone for good, and since when.
CREATE TABLE erasures (
    subject   TEXT PRIMARY KEY REFERENCES keys (subject),
    erased_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER keys_stay BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'the row of a key stays'); END;
CREATE TRIGGER erased_keys_stay_erased BEFORE UPDATE ON keys
WHEN EXISTS (SELECT 1 FROM erasures WHERE subject = OLD.subject)
BEGIN SELECT RAISE(ABORT, 'an erased key does not come back'); END;
CREATE TRIGGER erasures_stay_update BEFORE UPDATE ON erasures
BEGIN SELECT RAISE(ABORT, 'an erasure stays'); END;
CREATE TRIGGER erasures_stay_delete BEFORE DELETE ON erasures
BEGIN SELECT RAISE(ABORT, 'an erasure stays'); END;

-- The blind index: who is found by a value, without the value.
CREATE TABLE index_entries (
    kind    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    subject TEXT NOT NULL REFERENCES keys (subject),
    PRIMARY KEY (kind, digest, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_entries_by_subject ON index_entries (subject);
