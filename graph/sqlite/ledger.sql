-- The ledger: postings, the tallies and flows that they add up to, and stock. No arithmetic but + and sum.

-- name: list_postings_of_event
SELECT {posting_columns} FROM postings WHERE event = :event
-- name: postings_after_number
AND (cause, number) > (:cause, :number)
-- name: postings_by_number
ORDER BY cause, number LIMIT :limit

-- name: list_postings_by_account
SELECT {posting_columns} FROM postings INDEXED BY postings_by_account
WHERE account = :account AND book_month = :book_month
-- name: postings_of_region
AND region >= :low AND region < :high
-- name: postings_of_site
AND site = :site
-- name: postings_of_metals
AND metal IN ({ids})
-- name: postings_after
AND (region, event, cause, number) > (:region, :event, :cause, :number)
-- name: postings_in_order
ORDER BY region, event, cause, number LIMIT :limit

-- name: posting_months
WITH RECURSIVE found (book_month) AS (
    SELECT min(book_month) FROM postings WHERE account = :account AND book_month BETWEEN :low AND :high
    UNION ALL
    SELECT (SELECT min(book_month) FROM postings
            WHERE account = :account AND book_month > found.book_month AND book_month <= :high)
    FROM found WHERE found.book_month IS NOT NULL
)
SELECT book_month FROM found WHERE book_month IS NOT NULL

-- name: posting_regions
SELECT DISTINCT region FROM posting_sites WHERE site = ?

-- name: list_posted_regions
SELECT site, region FROM posting_sites ORDER BY site, region

-- name: find_event_ids
SELECT seq, id FROM events WHERE seq IN ({ids})

-- name: scan_postings
SELECT {posting_columns} FROM postings WHERE event IN ({ids}) ORDER BY event, cause, number

-- + keeps the index by account out of it: it would go through every month
-- name: scan_postings_of_accounts
SELECT {posting_columns} FROM postings WHERE event IN ({ids}) AND +account IN ({ids}) ORDER BY event, cause, number

-- name: put_postings
INSERT INTO postings ({posting_columns}) VALUES ({posting_values})

-- name: put_posting_sites
INSERT OR IGNORE INTO posting_sites (site, region) VALUES (?, ?)

-- name: scan_tallies
SELECT {tally_columns} FROM tallies
WHERE (place, metal, book_month, month) > (?, ?, ?, ?) AND ({tally_any})
ORDER BY place, metal, book_month, month LIMIT ?

-- name: put_tallies
INSERT INTO tallies ({tally_columns}) VALUES ({tally_values})
ON CONFLICT DO UPDATE SET {tally_updates}

-- name: scan_flows
SELECT {flow_columns} FROM flows
WHERE (place, metal, book_month, month, account, source_class, origin, detail) > (?, ?, ?, ?, ?, ?, ?, ?)
AND grams <> 0
ORDER BY place, metal, book_month, month, account, source_class, origin, detail LIMIT ?

-- name: put_flows
INSERT INTO flows ({flow_columns}) VALUES ({flow_values})
ON CONFLICT DO UPDATE SET grams = grams + excluded.grams

-- name: clear_postings
DELETE FROM postings

-- name: clear_posting_sites
DELETE FROM posting_sites

-- name: clear_tallies
DELETE FROM tallies

-- name: clear_flows
DELETE FROM flows

-- {by} and {group} are joined from the closed tables of reader.py; a part not asked for reads ''

-- name: sum_tallies
SELECT {by}, {tally_sums} FROM tallies WHERE place IN ({ids})
-- name: sum_flows
SELECT {by}, sum(grams) FROM flows WHERE place IN ({ids})
-- name: tallies_of_metals
AND metal IN ({ids})
-- name: tallies_of_accounts
AND account IN ({ids})
-- name: tallies_of_book_months
AND book_month BETWEEN ? AND ?
-- name: tallies_of_event_months
AND month BETWEEN ? AND ?
-- name: tallies_booked_after
AND book_month > ?
-- name: sums_grouped
GROUP BY {group} ORDER BY {group}

-- name: sum_stock
SELECT {by}, sum(lots), sum(remaining_g) FROM stock WHERE lots > 0 AND status <> 'void'
-- name: stock_of_site
AND site = :site
-- name: stock_of_region
AND region >= :low AND region < :high
-- name: stock_of_status
AND status = :status
-- name: stock_of_form
AND form = :form
-- name: stock_of_metal
AND metal = :metal
-- name: stock_of_material
AND material = :material
-- name: sum_stock_by_destination
SELECT {by}, count(*), sum(remaining_g) FROM lots INDEXED BY lots_by_destination
WHERE destination = :to AND destination <> '' AND status <> 'void'
