-- Jobs that are over, by how they ended: each kind is kept for a time of its own, and all are counted without their rows.
CREATE INDEX jobs_ended ON jobs (state, updated_at) WHERE is_open = 0;
DROP INDEX jobs_over;
