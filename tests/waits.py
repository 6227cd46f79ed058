"""Whether somebody waits for a lock in this database. The databases of other workers stand in the same cluster: theirs
do not count."""

SOMEBODY_WAITS = """
select exists (
    select from pg_locks waiting
    join pg_locks held on held.pid = waiting.pid and held.granted
    join pg_database on pg_database.oid = held.database
    where not waiting.granted and datname = current_database()
)
"""
