-- Documents, their versions, logs, and what the store knows of itself.

-- name: find_documents
SELECT kind, id, version, list, body FROM documents WHERE kind = ? AND id IN ({ids})

-- name: list_documents
SELECT kind, id, version, list, body FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?

-- name: list_documents_of_group
SELECT kind, id, version, list, body FROM documents INDEXED BY documents_by_list
WHERE kind = ? AND list = ? AND id > ? ORDER BY id LIMIT ?

-- name: list_versions
SELECT kind, id, version, list, body FROM document_versions WHERE kind = ? AND id = ? ORDER BY version

-- name: put_document
INSERT OR REPLACE INTO documents (kind, id, version, list, body) VALUES (?, ?, ?, ?, ?)

-- name: put_version
INSERT INTO document_versions (kind, id, version, list, body) VALUES (?, ?, ?, ?, ?)

-- name: erase_document
DELETE FROM documents WHERE kind = ? AND id = ?

-- name: erase_versions
DELETE FROM document_versions WHERE kind = ? AND id = ?

-- name: list_log
SELECT kind, number, body FROM log WHERE kind = ? AND number > ? ORDER BY number LIMIT ?

-- name: list_log_back
SELECT kind, number, body FROM log WHERE kind = ? AND number < ? ORDER BY number DESC LIMIT ?

-- name: last_number
SELECT number FROM log WHERE kind = ? ORDER BY number DESC LIMIT 1

-- name: append_log
INSERT INTO log (kind, number, body) VALUES (?, ?, ?)

-- name: find_row_sums
SELECT part, kind, "rows", a, b, c, d FROM row_sums ORDER BY part, kind

-- name: add_row_sum
INSERT INTO row_sums (part, kind, "rows", a, b, c, d) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET "rows" = "rows" + excluded."rows",
a = a + excluded.a, b = b + excluded.b, c = c + excluded.c, d = d + excluded.d

-- name: scan_documents
SELECT kind, id, version, list, body FROM documents

-- name: scan_versions
SELECT kind, id, version, list, body FROM document_versions

-- name: scan_log
SELECT kind, number, body FROM log

-- Rows of no event: the events have the numbers from 1 to the last
-- name: count_stray_edges
SELECT (SELECT count(*) FROM edges WHERE event > last) + (SELECT count(*) FROM edges WHERE event < 1)
FROM (SELECT coalesce(max(seq), 0) AS last FROM events)

-- name: count_stray_postings
SELECT (SELECT count(*) FROM postings WHERE event > last) + (SELECT count(*) FROM postings WHERE event < 1)
FROM (SELECT coalesce(max(seq), 0) AS last FROM events)

-- name: find_meta
SELECT value FROM meta WHERE key = ?

-- name: put_meta
INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)
