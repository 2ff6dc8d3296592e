// Documents, their versions, logs, the writer's lock, and what the store knows of itself.

// name: find_documents
UNWIND $ids AS id
MATCH (d:Document {kind: $kind, id: id})
RETURN {document}

// name: list_documents
MATCH (d:Document) USING INDEX d:Document(kind, id)
WHERE d.kind = $kind AND d.id > $after
RETURN {document} ORDER BY d.kind, d.id LIMIT $limit

// name: list_documents_of_group
MATCH (d:Document) USING INDEX d:Document(kind, list, id)
WHERE d.kind = $kind AND d.list = $group AND d.id > $after
RETURN {document} ORDER BY d.kind, d.list, d.id LIMIT $limit

// name: list_versions
MATCH (d:DocumentVersion) USING INDEX d:DocumentVersion(kind, id, version)
WHERE d.kind = $kind AND d.id = $id AND d.version IS NOT NULL
RETURN {document} ORDER BY d.kind, d.id, d.version

// name: put_documents
CALL () {
UNWIND $documents AS row
MERGE (d:Document {kind: row.kind, id: row.id})
SET d.version = row.version, d.list = row.list, d.body = row.body
}

// name: put_versions
CALL () {
UNWIND $versions AS row
CREATE (d:DocumentVersion)
SET d = row
}

// name: erase_document
MATCH (d:Document {kind: $kind, id: $id})
DELETE d

// name: erase_versions
MATCH (d:DocumentVersion) WHERE d.kind = $kind AND d.id = $id AND d.version IS NOT NULL
DELETE d

// name: list_log
MATCH (g:LogEntry) USING INDEX g:LogEntry(kind, number)
WHERE g.kind = $kind AND g.number > $after
RETURN g.kind, g.number, g.body ORDER BY g.kind, g.number LIMIT $limit

// name: list_log_back
MATCH (g:LogEntry) USING INDEX g:LogEntry(kind, number)
WHERE g.kind = $kind AND g.number < $after
RETURN g.kind, g.number, g.body ORDER BY g.kind DESC, g.number DESC LIMIT $limit

// name: last_number
MATCH (g:LogEntry) USING INDEX g:LogEntry(kind, number)
WHERE g.kind = $kind AND g.number > 0
RETURN g.number ORDER BY g.kind DESC, g.number DESC LIMIT 1

// name: append_log
CREATE (:LogEntry {kind: $kind, number: $number, body: $body})

// name: find_row_sums
MATCH (r:RowSum)
RETURN r.part, r.kind, r.rows, r.a, r.b, r.c, r.d ORDER BY r.part, r.kind

// name: add_row_sums
CALL () {
UNWIND $sums AS row
MERGE (r:RowSum {part: row.part, kind: row.kind})
ON CREATE SET r.rows = 0, r.a = 0, r.b = 0, r.c = 0, r.d = 0
SET r.rows = r.rows + row.rows, r.a = r.a + row.a, r.b = r.b + row.b, r.c = r.c + row.c, r.d = r.d + row.d
}

// name: clear_row_sums
MATCH (r:RowSum)
DELETE r

// name: scan_documents
MATCH (d:Document)
RETURN d.kind, d.id, d.version, d.list, d.body

// name: scan_versions
MATCH (d:DocumentVersion)
RETURN d.kind, d.id, d.version, d.list, d.body

// name: scan_log
MATCH (d:LogEntry)
RETURN d.kind, d.number, d.body

// name: list_index_states
SHOW INDEXES YIELD name, state, owningConstraint
RETURN name, state

// name: list_strange_labels
MATCH (n)
WHERE NOT n:Event AND NOT n:Lot AND NOT n:Site AND NOT n:Region AND NOT n:Claim AND NOT n:Posting AND NOT n:Tally
AND NOT n:Flow AND NOT n:Stock AND NOT n:Document AND NOT n:DocumentVersion AND NOT n:LogEntry AND NOT n:RowSum
AND NOT n:Writer AND NOT n:Meta AND NOT n:Client
RETURN labels(n), count(n) ORDER BY labels(n) LIMIT 100

// name: count_stray_postings
MATCH (w:Writer {id: 1})
MATCH (p:Posting)
WHERE p.event > w.seq OR p.event < 1
RETURN count(p)

// name: count_stray_events
MATCH (w:Writer {id: 1})
MATCH (e:Event)
WHERE e.seq > w.seq OR e.seq < 1
RETURN count(e)

// name: find_meta
OPTIONAL MATCH (w:Writer {id: 1})
OPTIONAL MATCH (m:Meta {id: 1}) WHERE w IS NOT NULL
RETURN m.schema_version, m.derived_version

// A server's database without our nodes of version and writer is somebody else's, if anything is in it
// name: find_any_node
MATCH (n)
RETURN 1 LIMIT 1

// name: list_programs
CALL dbms.listConnections() YIELD userAgent
RETURN userAgent

// name: put_meta
MERGE (w:Writer {id: 1})
ON CREATE SET w.turn = 0, w.seq = 0, w.chain = '', w.record_ms = 0
MERGE (m:Meta {id: 1})
ON CREATE SET m.derived_version = $derived_version
SET m.schema_version = $schema_version

// Record times of older books may go back; the newest of them is not always that of the last event.
// name: keep_newest_record_time
MATCH (w:Writer {id: 1})
WHERE w.record_ms IS NULL
OPTIONAL MATCH (e:Event)
WITH w, coalesce(max(e.record_ms), 0) AS newest
SET w.record_ms = newest

// name: put_derived_version
MATCH (m:Meta {id: 1})
SET m.derived_version = $derived_version

// name: find_turn
MATCH (w:Writer {id: 1})
RETURN w.turn

// The first SET takes the lock, so the turn that is read next is the newest.
// name: lock_writer
MATCH (m:Meta {id: 1})
MATCH (w:Writer {id: 1})
SET w.held = true
WITH m, w
SET w.turn = w.turn + 1
MERGE (c:Client {id: $client})
SET c.turn = w.turn
RETURN m.schema_version, w.turn, w.seq, w.chain, coalesce(w.record_ms, 0), COLLECT {
    UNWIND $usual AS key
    MATCH (d:Document {kind: key.kind, id: key.id})
    RETURN [{document}]
}

// name: lock_writer_only
MATCH (w:Writer {id: 1})
SET w.held = true
RETURN w.turn

// name: find_client
MATCH (c:Client {id: $client})
RETURN c.turn

// name: forget_clients
MATCH (w:Writer {id: 1})
MATCH (c:Client) WHERE c.turn + $turns < w.turn
DELETE c

// name: count_nodes
MATCH (n)
RETURN count(n)

// name: clear_derived
MATCH (n:Lot|Stock|Claim|Posting|Tally|Flow)
DETACH DELETE n

// name: clear_derived_in_batches
MATCH (n:Lot|Stock|Claim|Posting|Tally|Flow)
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS
