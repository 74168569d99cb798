-- Prepares a PostgreSQL server (16 or newer) for AROS-Voice. Run once by a superuser with psql, and again without
-- harm: it only makes what is missing and sets the passwords anew.
--
--   AROS_OWNER_PASSWORD=… AROS_APP_PASSWORD=… psql -v ON_ERROR_STOP=1 -f bootstrap.sql
--
-- aros_owner  owns the database, migrates, makes shops and their roles; not a superuser.
-- aros_app    what web and workers log in as; owns nothing and has no rights of its own. A shop's role is granted
--             to it when the shop is made.
--
-- AROS_DATABASE names the database (default: aros).

\set ON_ERROR_STOP on
\set database aros
\getenv database AROS_DATABASE
\getenv owner_password AROS_OWNER_PASSWORD
\getenv app_password AROS_APP_PASSWORD
\if :{?owner_password} \else
  \warn 'AROS_OWNER_PASSWORD is not set: give the owner login a password.'
  SELECT 1/0 AS missing_password;
\endif
\if :{?app_password} \else
  \warn 'AROS_APP_PASSWORD is not set: give the application login a password.'
  SELECT 1/0 AS missing_password;
\endif

SET client_min_messages TO warning;

SELECT 'CREATE ROLE aros_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aros_owner') \gexec
SELECT 'CREATE ROLE aros_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aros_app') \gexec
ALTER ROLE aros_owner LOGIN CREATEROLE CREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE aros_app LOGIN NOCREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS NOINHERIT
  PASSWORD :'app_password';

-- Django sets the time zone with set_config() unless the login already has it, and set_config is taken away below.
ALTER ROLE aros_owner SET timezone TO 'UTC';
ALTER ROLE aros_app SET timezone TO 'UTC';

SELECT format('CREATE DATABASE %I OWNER aros_owner', :'database')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SELECT format('ALTER DATABASE %I OWNER TO aros_owner', :'database') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'database') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO aros_app', :'database') \gexec

-- The owner makes further databases (tests, restores) from the database "postgres"; nobody else needs it.
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO aros_owner;

-- set_config('role', …) inside an injected SELECT would leave a shop's role. Only a superuser can take it away, in
-- each database on its own; template1 hands it to databases that are made later. pg_dump needs it: the owner keeps it.
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO aros_owner;
\connect template1
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO aros_owner;
\connect :"database"
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO aros_owner;
