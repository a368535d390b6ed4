-- Jobs that are over, by how they ended: each kind is kept for a time of its own, and all are counted without their rows.
-- SQLite would look at each row for a column that is only in the condition.
CREATE INDEX jobs_ended ON jobs (state, updated_at, is_open) WHERE is_open = 0;
DROP INDEX jobs_over;
