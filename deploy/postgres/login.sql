-- The login of the service, for a schema that somebody else owns and has migrated.
-- psql -v schema_log=province_42_log -v login=quanheng -f login.sql
CREATE ROLE :"login" LOGIN;
GRANT :"schema_log" TO :"login";
