-- How far the rows of another program's database were taken over.
CREATE TABLE imports (
    source TEXT PRIMARY KEY NOT NULL,
    last_row BIGINT NOT NULL,
    at BIGINT NOT NULL
) WITHOUT ROWID;
