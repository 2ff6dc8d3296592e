// Events: the log in seq order, the book in time order, and the claims that go with them.

// name: last
MATCH (w:Writer {id: 1})
RETURN w.seq, w.chain, coalesce(w.record_ms, 0)

// name: find_events
UNWIND $ids AS id
MATCH (e:Event {id: id})
RETURN {event}

// name: find_events_by_seq
UNWIND $ids AS seq
MATCH (e:Event {seq: seq})
RETURN {event}

// name: scan_events
MATCH (e:Event) WHERE e.seq > $after AND e.seq <= $upto
RETURN {event} ORDER BY e.seq LIMIT $limit

// name: list_events_by_site
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (e:Event) USING INDEX e:Event(site, time_ms, seq)
WHERE e.site = $site
// name: list_events_by_region
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (e:Event) USING INDEX e:Event(region, time_ms, seq)
WHERE e.region = a.region
// name: list_events_by_kind
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (e:Event) USING INDEX e:Event(kind, time_ms, seq)
WHERE e.kind = a.kind
// name: list_events_by_time
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (e:Event) USING INDEX e:Event(time_ms, seq)
WHERE true
// name: list_events_unconfirmed
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (e:Event) USING INDEX e:Event(unconfirmed, time_ms, seq)
WHERE e.unconfirmed = a.unconfirmed
// name: events_of_region
AND e.region STARTS WITH $region
// name: events_of_kinds
AND e.kind IN $kinds
// name: events_live
AND e.live
// name: events_in_order
AND e.time_ms >= a.time_ms AND e.time_ms < $until_ms AND e.seq IS NOT NULL
AND [e.time_ms, e.seq] > [a.time_ms, a.seq]
WITH e ORDER BY {anchor}e.time_ms, e.seq LIMIT $size
RETURN e
}
RETURN n, {event}
// name: events_newest_first
AND e.time_ms <= a.time_ms AND e.time_ms >= $from_ms AND e.seq IS NOT NULL
AND [e.time_ms, e.seq] < [a.time_ms, a.seq]
WITH e ORDER BY {anchor}e.time_ms DESC, e.seq DESC LIMIT $size
RETURN e
}
RETURN n, {event}

// name: event_regions
MATCH (r:Region) WHERE r.code STARTS WITH $region
RETURN r.code

// name: first_order
UNWIND $sites AS site
CALL (site) {
MATCH (e:Event) USING INDEX e:Event(site, time_ms, seq)
WHERE e.site = site AND e.time_ms IS NOT NULL AND e.seq IS NOT NULL AND e.live AND NOT e.kind IN $records
RETURN e.time_ms AS time_ms, e.seq AS seq ORDER BY e.site, e.time_ms, e.seq LIMIT 1
}
RETURN site, time_ms, seq

// name: put_events
CALL () {
UNWIND $events AS row
CREATE (e:Event)
SET e = row
}

// name: put_head
CALL () {
UNWIND $head AS row
MATCH (w:Writer {id: 1})
SET w.seq = row.seq, w.chain = row.chain, w.record_ms = row.record_ms
}

// name: revise_events
CALL () {
UNWIND $revised AS row
MATCH (e:Event {seq: row.seq})
WITH e, row, coalesce(e.first, e.frozen) AS first
SET e += row.changes, e.first = first, e:Revised
}

// name: list_revised
MATCH (e:Revised) WHERE e.seq > $after
RETURN {event} ORDER BY e.seq LIMIT $limit

// name: reset_events
UNWIND $rows AS row
MATCH (e:Event {seq: row.seq})
SET e += row.changes
REMOVE e:Revised

// name: look_up
CALL () {
UNWIND $events AS id
MATCH (e:Event {id: id})
RETURN collect({event}) AS events
}
CALL () {
UNWIND $lots AS id
MATCH (l:Lot {id: id})
RETURN collect({lot}) AS lots
}
CALL () {
UNWIND $claims AS key
MATCH (c:Claim {key: key})
RETURN collect([{claim}]) AS claims
}
RETURN events, lots, claims

// name: find_claims
UNWIND $ids AS key
MATCH (c:Claim {key: key})
RETURN {claim}

// name: list_claims
MATCH (c:Claim) WHERE c.key STARTS WITH $prefix AND c.key > $after
RETURN {claim} ORDER BY c.key LIMIT $limit

// name: list_claims_under
UNWIND $prefixes AS prefix
CALL (prefix) {
MATCH (c:Claim) WHERE c.key STARTS WITH prefix
RETURN c ORDER BY c.key LIMIT $limit
}
RETURN {claim}

// name: list_claims_by_group
MATCH (c:Claim)
USING TEXT INDEX c:Claim(key)
WHERE c.key CONTAINS $part AND c.key STARTS WITH 'code/'
    AND (substring(c.key, 9) STARTS WITH $part OR substring(c.key, 13) STARTS WITH $part)
RETURN {claim} LIMIT $limit

// name: put_claims
CALL () {
UNWIND $claims AS row
MERGE (c:Claim {key: row.key})
SET c = row
}

// name: delete_claims
CALL () {
UNWIND $freed AS key
MATCH (c:Claim {key: key})
DELETE c
}
