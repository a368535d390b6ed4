CREATE TABLE jobs (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    identity TEXT NOT NULL,
    hotkey TEXT NOT NULL,
    netuid INTEGER NOT NULL,
    mechanism INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'queued', 'submitted', 'included', 'finalized', 'revealed',
        'reveal_missed', 'superseded', 'cancelled', 'failed', 'expired'
    )),
    is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    request TEXT NOT NULL,
    plan TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    block_accepted BIGINT,
    mode TEXT CHECK (mode IN ('plain', 'hash', 'timelocked')),
    epoch BIGINT,
    earliest_block BIGINT,
    reveal_round BIGINT,
    reveal_expected_block BIGINT,
    reveal_block BIGINT,
    dropped TEXT NOT NULL DEFAULT '[]',
    supersedes TEXT,
    superseded_by TEXT,
    error_name TEXT,
    error_message TEXT
);

-- The newest vector wins: of each there is at most one that waits.
CREATE UNIQUE INDEX jobs_one_queued ON jobs (kind, identity, netuid, mechanism) WHERE state = 'queued';
CREATE INDEX jobs_open ON jobs (hotkey, id) WHERE is_open = 1;
CREATE INDEX jobs_of_identity ON jobs (identity, netuid, id);
CREATE INDEX jobs_over ON jobs (updated_at) WHERE is_open = 0;

CREATE TABLE attempts (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    call TEXT NOT NULL,
    nonce BIGINT NOT NULL,
    extrinsic TEXT NOT NULL,
    bytes TEXT NOT NULL,
    valid_until BIGINT NOT NULL,
    submitted_block BIGINT NOT NULL,
    included_block BIGINT,
    included_hash TEXT,
    finalized_block BIGINT,
    error TEXT,
    next_allowed_block BIGINT,
    PRIMARY KEY (job, n)
);

CREATE TABLE idempotency_keys (
    identity TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (identity, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job);

-- Every signature that was made, for whom and over what.
CREATE TABLE signatures (
    id TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    identity TEXT NOT NULL,
    hotkey TEXT NOT NULL,
    purpose TEXT NOT NULL,
    digest TEXT NOT NULL,
    job TEXT
);

CREATE INDEX signatures_by_age ON signatures (at);

CREATE TABLE cursors (
    name TEXT PRIMARY KEY NOT NULL,
    block BIGINT NOT NULL,
    hash TEXT NOT NULL
);
