-- Whether the operator's program is still to be told how a job ended.
ALTER TABLE jobs ADD COLUMN untold INTEGER NOT NULL DEFAULT 0 CHECK (untold IN (0, 1));

CREATE INDEX jobs_untold ON jobs (updated_at) WHERE untold = 1;
