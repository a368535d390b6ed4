-- What validators give miners in the course of an epoch, until it is committed.
CREATE TABLE epoch_weights (
    identity TEXT NOT NULL,
    netuid INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    hotkey TEXT NOT NULL,
    weight REAL NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (identity, netuid, epoch, hotkey)
) WITHOUT ROWID;
