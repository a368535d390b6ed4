-- Which hyperparameter a job sets; empty for every other kind.
ALTER TABLE jobs ADD COLUMN hyperparameter TEXT NOT NULL DEFAULT '';

-- Each hyperparameter has a newest value of its own.
DROP INDEX jobs_one_queued;
CREATE UNIQUE INDEX jobs_one_queued ON jobs (kind, identity, netuid, mechanism, hyperparameter)
    WHERE state = 'queued';
