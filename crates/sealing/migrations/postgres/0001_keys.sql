-- The keys of subjects, each wrapped by the master key.

CREATE TABLE store (
    one         integer PRIMARY KEY CHECK (one = 1),
    master      text  NOT NULL,
    check_value bytea NOT NULL,
    index_key   bytea NOT NULL
);

CREATE TABLE keys (
    subject   text COLLATE "C" PRIMARY KEY,
    wrapped   bytea,
    erased_us bigint,
    -- Either a key, or the moment when it was erased.
    CHECK ((wrapped IS NULL) <> (erased_us IS NULL))
);

CREATE FUNCTION keys_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an erased key does not come back, and the row of a key stays';
END;
$$;
CREATE TRIGGER keys_stay BEFORE DELETE ON keys
    FOR EACH ROW EXECUTE FUNCTION keys_stay();
CREATE TRIGGER erased_keys_stay_erased BEFORE UPDATE ON keys
    FOR EACH ROW WHEN (OLD.wrapped IS NULL) EXECUTE FUNCTION keys_stay();

-- The blind index: who is found by a value, without the value.
CREATE TABLE index_entries (
    kind    text COLLATE "C" NOT NULL,
    digest  text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL REFERENCES keys (subject),
    PRIMARY KEY (kind, digest, subject)
);
CREATE INDEX index_entries_by_subject ON index_entries (subject);
