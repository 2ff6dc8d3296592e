// The ledger: postings, the tallies and flows that they add up to, and stock. No arithmetic but + and sum.

// name: list_postings_of_event
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (p:Posting) USING INDEX p:Posting(event, cause, number)
WHERE p.event = $event AND p.cause >= a.cause AND p.number IS NOT NULL
AND [p.cause, p.number] > [a.cause, a.number]
// name: postings_by_number
WITH p ORDER BY {anchor}p.cause, p.number LIMIT $size
RETURN p
}
RETURN n, {posting}

// name: list_postings_by_account
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (p:Posting) USING INDEX p:Posting(account, book_month, region, event, cause, number)
WHERE p.account = a.account AND p.book_month = a.book_month AND p.region STARTS WITH $region
// name: list_postings_by_site
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (p:Posting) USING INDEX p:Posting(site, account, book_month, region, event, cause, number)
WHERE p.site = $site AND p.account = a.account AND p.book_month = a.book_month AND p.region STARTS WITH $region
// name: postings_of_metals
AND p.metal IN $metals
// name: postings_in_order
AND p.event IS NOT NULL AND p.cause IS NOT NULL AND p.number IS NOT NULL
AND [p.region, p.event, p.cause, p.number] > [a.region, a.event, a.cause, a.number]
WITH p ORDER BY {anchor}p.book_month, p.region, p.event, p.cause, p.number LIMIT $size
RETURN p
}
RETURN n, {posting}

// A posting has a tally at its place, turnover flows at that of its site, so these know the months
// name: posting_months
UNWIND $places AS place
CALL (place) {
MATCH (t:Tally) WHERE t.place = place AND t.book_month >= $from_month AND t.book_month <= $until_month
RETURN t.book_month AS month
UNION
MATCH (f:Flow) USING INDEX f:Flow(place, account, book_month)
WHERE f.place = place AND f.account IN $turnover AND f.book_month >= $from_month AND f.book_month <= $until_month
RETURN f.book_month AS month
}
RETURN DISTINCT month

// name: list_posted_regions
MATCH (s:Site) USING INDEX s:Site(id)
WHERE s.id IS NOT NULL
MATCH (s)-[:IN]->(r:Region)
RETURN s.id, r.code

// name: list_regions_of_site
MATCH (:Site {id: $site})-[:IN]->(r:Region)
RETURN r.code

// name: find_event_ids
UNWIND $ids AS seq
MATCH (e:Event {seq: seq})
RETURN e.seq, e.id

// name: scan_postings
UNWIND $ids AS seq
MATCH (p:Posting) WHERE p.event = seq AND p.cause IS NOT NULL AND p.number IS NOT NULL AND p.account IN $accounts
RETURN {posting}

// name: put_postings
CALL () {
UNWIND $postings AS row
CREATE (p:Posting)
SET p = row
}

// name: scan_tallies
MATCH (t:Tally) USING INDEX t:Tally(place, metal, book_month, month)
WHERE t.place >= $place AND t.metal IS NOT NULL AND t.book_month IS NOT NULL AND t.month IS NOT NULL
AND {tally_after} AND any(column IN $columns WHERE t[column] <> 0)
RETURN {tally}, properties(t) ORDER BY {tally} LIMIT $limit

// name: put_tallies
CALL () {
UNWIND $tallies AS row
MERGE (t:Tally {place: row.place, metal: row.metal, book_month: row.book_month, month: row.month})
WITH t, row.sums AS sums
UNWIND keys(sums) AS column
SET t[column] = coalesce(t[column], 0) + sums[column]
}

// name: scan_flows
MATCH (f:Flow)
USING INDEX f:Flow(place, metal, book_month, month, account, source_class, origin, detail)
WHERE f.place >= $place AND f.metal IS NOT NULL AND f.book_month IS NOT NULL AND f.month IS NOT NULL
AND f.account IS NOT NULL AND f.source_class IS NOT NULL AND f.origin IS NOT NULL AND f.detail IS NOT NULL
AND {flow_after} AND f.grams <> 0
RETURN {flow}, f.grams ORDER BY {flow} LIMIT $limit

// name: put_flows
CALL () {
UNWIND $flows AS row
MERGE (f:Flow {
    place: row.place, metal: row.metal, book_month: row.book_month, month: row.month,
    account: row.account, source_class: row.source_class, origin: row.origin, detail: row.detail
})
ON CREATE SET f.grams = row.grams
ON MATCH SET f.grams = f.grams + row.grams
}

// name: tallies_of_book_months
UNWIND $places AS place
MATCH (t:Tally) USING INDEX t:Tally(place, book_month)
WHERE t.place = place AND t.book_month >= $from_month AND t.book_month <= $until_month
// name: tallies_of_event_months
UNWIND $places AS place
MATCH (t:Tally) USING INDEX t:Tally(place, month)
WHERE t.place = place AND t.month >= $from_month AND t.month <= $until_month
// name: tallies_of_metals
AND t.metal IN $metals
// name: tallies_booked_after
AND t.book_month > $booked_after
// A tally's 41 columns are read with one walk and added up by the caller; 41 sum()s would walk 41 times
// name: sum_tallies
RETURN t.place, t.metal, t.book_month, t.month, properties(t)

// name: flows_of_book_months
UNWIND $places AS place
UNWIND $accounts AS account
MATCH (f:Flow) USING INDEX f:Flow(place, account, book_month)
WHERE f.place = place AND f.account = account AND f.book_month >= $from_month AND f.book_month <= $until_month
// name: flows_of_event_months
UNWIND $places AS place
UNWIND $accounts AS account
MATCH (f:Flow) USING INDEX f:Flow(place, account, month)
WHERE f.place = place AND f.account = account AND f.month >= $from_month AND f.month <= $until_month
// name: flows_of_metals
AND f.metal IN $metals
// name: flows_booked_after
AND f.book_month > $booked_after
// {by} is joined from the closed table in reader.py; a part not asked for reads ''
// name: sum_flows
RETURN {by}, sum(f.grams)

// name: sum_stock_by_site
MATCH (s:Stock) WHERE s.site = $site
// name: sum_stock_by_region
MATCH (s:Stock) WHERE s.region STARTS WITH $region
// name: stock_of_region
AND s.region STARTS WITH $region
// name: stock_of_status
AND s.status = $status
// name: stock_of_form
AND s.form = $form
// name: stock_of_metal
AND s.metal = $metal
// name: stock_of_material
AND s.material = $material
// name: sum_stock
AND s.lots > 0 AND s.status <> 'void'
RETURN {by}, sum(s.lots), sum(s.remaining_g)

// name: sum_stock_by_destination
UNWIND $statuses AS status
MATCH (s:Lot) USING INDEX s:Lot(destination, status, made_ms, made_seq, id)
WHERE s.destination = $to AND s.status = status
AND s.made_ms IS NOT NULL AND s.made_seq IS NOT NULL AND s.id IS NOT NULL
// name: stock_of_site
AND s.site = $site
// name: sum_lots
RETURN {by}, count(*), sum(s.remaining_g)
