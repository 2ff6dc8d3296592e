-- Sums of the digests of documents, their versions and log entries (graph/row_sums.py), kept by each write of one
CREATE TABLE row_sums (
    part TEXT NOT NULL,
    kind TEXT NOT NULL,
    "rows" INTEGER NOT NULL,
    a INTEGER NOT NULL,
    b INTEGER NOT NULL,
    c INTEGER NOT NULL,
    d INTEGER NOT NULL,
    PRIMARY KEY (part, kind)
) STRICT, WITHOUT ROWID;
