// Sums of the digests of documents, their versions and log entries (graph/row_sums.py), kept by each write of one
CREATE CONSTRAINT row_sum_key IF NOT EXISTS FOR (r:RowSum) REQUIRE (r.part, r.kind) IS UNIQUE;
