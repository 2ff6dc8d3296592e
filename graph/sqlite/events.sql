-- Events: the log in seq order, the book in time order, and the claims that go with them.

-- Record times of older books may go back; the newest of theirs is kept beside the events.
-- name: last
SELECT seq, chain, max(record_ms, coalesce((SELECT value FROM meta WHERE key = 'newest_record_ms'), 0))
FROM events
WHERE seq = (SELECT max(seq) FROM events)

-- name: find_newest_record_time
SELECT coalesce(max(record_ms), 0) FROM events

-- name: find_events
SELECT {event_columns} FROM events WHERE id IN ({ids})

-- name: find_events_by_seq
SELECT {event_columns} FROM events WHERE seq IN ({ids})

-- name: scan_events
SELECT {event_columns} FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?

-- name: list_events_by_site
SELECT {event_columns} FROM events INDEXED BY events_by_site WHERE site = :site
-- name: list_events_by_region
SELECT {event_columns} FROM events INDEXED BY events_by_region WHERE region = :region
-- name: list_events_by_kind
SELECT {event_columns} FROM events INDEXED BY events_by_kind WHERE kind = :kind
-- name: list_events_by_time
SELECT {event_columns} FROM events INDEXED BY events_by_time WHERE time_ms >= :from_ms
-- name: list_events_unconfirmed
SELECT {event_columns} FROM events INDEXED BY events_unconfirmed WHERE unconfirmed = :unconfirmed
-- name: events_of_region
AND region >= :low AND region < :high
-- name: events_of_kinds
AND kind IN ({ids})
-- name: events_from
AND time_ms >= :from_ms
-- name: events_until
AND time_ms < :until_ms
-- name: events_live
AND live = 1
-- name: events_after
AND (time_ms, seq) > (:time_ms, :seq)
-- name: events_before
AND (time_ms, seq) < (:time_ms, :seq)
-- name: events_in_order
ORDER BY time_ms, seq LIMIT :limit
-- name: events_newest_first
ORDER BY time_ms DESC, seq DESC LIMIT :limit

-- name: event_regions
WITH RECURSIVE found (region) AS (
    SELECT min(region) FROM events WHERE region >= :low AND region < :high
    UNION ALL
    SELECT (SELECT min(region) FROM events WHERE region > found.region AND region < :high)
    FROM found WHERE found.region IS NOT NULL
)
SELECT region FROM found WHERE region IS NOT NULL

-- name: first_order
SELECT time_ms, seq FROM events INDEXED BY events_by_site
WHERE site = ? AND live = 1 AND kind NOT IN ('declare', 'seal', 'correct')
ORDER BY time_ms, seq LIMIT 1

-- name: put_events
INSERT INTO events ({event_columns}) VALUES ({event_values})

-- name: revise_events
UPDATE events SET {event_updates} WHERE seq = :seq

-- name: list_revised
-- One pass over the table: an event may have other parameters by now without having been corrected itself.
SELECT {event_columns} FROM events WHERE (first IS NOT NULL OR revisions <> '[]') AND seq > ? ORDER BY seq LIMIT ?

-- name: reset_events
UPDATE events SET {event_resets} WHERE seq = :seq

-- name: find_claims
SELECT {claim_columns} FROM claims WHERE key IN ({ids})

-- name: list_claims
SELECT {claim_columns} FROM claims WHERE key >= ? AND key < ? AND key <> ? ORDER BY key LIMIT ?

-- name: list_claims_by_second_group
SELECT {claim_columns} FROM claims INDEXED BY claims_by_second_group
WHERE key >= 'code/' AND key < 'code0' AND substr(key, 10) >= ? AND substr(key, 10) < ?
LIMIT ?

-- name: list_claims_by_third_group
SELECT {claim_columns} FROM claims INDEXED BY claims_by_third_group
WHERE key >= 'code/' AND key < 'code0' AND substr(key, 14) >= ? AND substr(key, 14) < ?
LIMIT ?

-- name: put_claims
INSERT OR REPLACE INTO claims ({claim_columns}) VALUES ({claim_values})

-- name: delete_claims
DELETE FROM claims WHERE key = ?

-- name: clear_claims
DELETE FROM claims
