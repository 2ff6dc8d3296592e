// Lots, their edges, and the graph that they make. Blocks are joined in the order head, filters, tail from closed
// tables in reader.py; a put_* block is one part of the single query that apply sends. A seek in a composite index
// names all its properties, and is in order only from the first of them on, which {anchor} stands for.

// name: find_lots
UNWIND $ids AS id
MATCH (l:Lot {id: id})
RETURN {lot}

// name: scan_lots
MATCH (l:Lot) WHERE l.id > $after
RETURN {lot} ORDER BY l.id LIMIT $limit

// name: list_lots_by_destination
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (l:Lot) USING INDEX l:Lot(destination, status, made_ms, made_seq, id)
WHERE l.destination = $to AND l.status = a.status
// name: list_lots_by_site
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (l:Lot) USING INDEX l:Lot(site, status, made_ms, made_seq, id)
WHERE l.site = $site AND l.status = a.status
// name: list_lots_by_region
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (l:Lot) USING INDEX l:Lot(region, status, made_ms, made_seq, id)
WHERE l.region = a.region AND l.status = a.status
// name: list_lots_by_status
UNWIND range(0, size($ranges) - 1) AS n
CALL (n) {
WITH n, $ranges[n] AS a
MATCH (l:Lot) USING INDEX l:Lot(status, made_ms, made_seq, id)
WHERE l.status = a.status
// name: lots_of_site
AND l.site = $site
// name: lots_of_region
AND l.region STARTS WITH $region
// name: lots_of_form
AND l.form = $form
// name: lots_of_metal
AND l.metal = $metal
// name: lots_of_material
AND l.material = $material
// name: lots_newest_first
AND l.made_ms <= a.made_ms AND l.made_seq IS NOT NULL AND l.id IS NOT NULL
AND [l.made_ms, l.made_seq, l.id] < [a.made_ms, a.made_seq, a.id]
WITH l ORDER BY {anchor}l.made_ms DESC, l.made_seq DESC, l.id DESC LIMIT $size
RETURN l
}
RETURN n, {lot}

// name: sum_residues
// Of what else is told of a lot, no more than its waste code makes groups; where a code may hold quotes, all of it does.
UNWIND $ids AS id
MATCH (l:Lot) USING INDEX l:Lot(site, status, made_ms, made_seq, id)
WHERE l.site = id AND l.status = 'available' AND l.form = 'residue'
AND l.made_ms IS NOT NULL AND l.made_seq IS NOT NULL AND l.id IS NOT NULL
WITH l, split(split(l.more, '"waste_code":')[1], '"')[1] AS code
WITH l, CASE
    WHEN l.more CONTAINS '\\' THEN l.more
    WHEN code IS NULL THEN '{}'
    ELSE '{"waste_code":"' + code + '"}'
END AS more
RETURN l.site, l.region, more, l.material, count(*), sum(l.remaining_g), min(l.moved_ms),
sum(CASE WHEN l.moved_ms < $before_ms THEN l.remaining_g ELSE 0 END)

// name: lot_regions
MATCH (r:Region) WHERE r.code STARTS WITH $region
RETURN r.code

// name: put_sites
CALL () {
UNWIND $sites AS row
MERGE (s:Site {id: row.site})
MERGE (r:Region {code: row.region})
MERGE (s)-[:IN]->(r)
}

// name: put_new_lots
CALL () {
UNWIND $made AS row
CREATE (l:Lot)
SET l = row
WITH l, row
MATCH (s:Site {id: row.site})
CREATE (l)-[:HELD_AT]->(s)
}

// name: put_lots
CALL () {
UNWIND $lots AS row
MATCH (l:Lot {id: row.id})
SET l = row
}

// name: move_lots
CALL () {
UNWIND $moved AS row
MATCH (l:Lot {id: row.id})-[held:HELD_AT]->(:Site)
DELETE held
WITH l, row
MATCH (s:Site {id: row.site})
CREATE (l)-[:HELD_AT]->(s)
}

// name: find_stock_of_lots
UNWIND $ids AS id
MATCH (l:Lot {id: id})
RETURN l.id, l.site, l.region, l.status, l.form, l.metal, l.material, l.remaining_g

// name: put_stock
CALL () {
UNWIND $stock AS row
MERGE (s:Stock {
    site: row.site, region: row.region, status: row.status, form: row.form, metal: row.metal, material: row.material
})
ON CREATE SET s.lots = row.lots, s.remaining_g = row.remaining_g
ON MATCH SET s.lots = s.lots + row.lots, s.remaining_g = s.remaining_g + row.remaining_g
}

// name: list_touches
UNWIND $ids AS id
MATCH (l:Lot {id: id})-[r:INPUT_TO|OUTPUT|OBSERVED]-(:Event)
// name: touches_since
WHERE r.time_ms > $time_ms OR (r.time_ms = $time_ms AND r.event >= $event)
// name: touches
RETURN {edge}

// name: list_edges
UNWIND $events AS seq
MATCH (e:Event {seq: seq})-[r:INPUT_TO|OUTPUT|OBSERVED]-(l:Lot)
RETURN {edge}

// name: step_back
UNWIND $ids AS id
MATCH (:Lot {id: id})<-[:OUTPUT]-(e:Event)
WITH DISTINCT e
MATCH (e)-[r:INPUT_TO|OUTPUT]-(l:Lot)
RETURN {edge}

// name: step_forward
UNWIND $ids AS id
MATCH (:Lot {id: id})-[:INPUT_TO]->(e:Event)
WITH DISTINCT e
MATCH (e)-[r:INPUT_TO|OUTPUT]-(l:Lot)
RETURN {edge}

// name: list_inputs
UNWIND $ids AS id
MATCH (:Lot {id: id})<-[:OUTPUT]-(e:Event)
WITH DISTINCT e
MATCH (e)<-[:INPUT_TO]-(l:Lot)
RETURN DISTINCT l.id

// name: list_outputs
UNWIND $ids AS id
MATCH (:Lot {id: id})-[:INPUT_TO]->(e:Event)
WITH DISTINCT e
MATCH (e)-[:OUTPUT]->(l:Lot)
RETURN DISTINCT l.id

// name: delete_edges
CALL () {
UNWIND $redone AS seq
MATCH (:Event {seq: seq})-[r:INPUT_TO|OUTPUT|OBSERVED]-(:Lot)
DELETE r
}

// name: put_inputs
CALL () {
UNWIND $inputs AS row
MATCH (l:Lot {id: row.lot})
MATCH (e:Event {seq: row.event})
CREATE (l)-[:INPUT_TO {edge_values}]->(e)
}

// name: put_outputs
CALL () {
UNWIND $outputs AS row
MATCH (l:Lot {id: row.lot})
MATCH (e:Event {seq: row.event})
CREATE (e)-[:OUTPUT {edge_values}]->(l)
}

// name: put_observed
CALL () {
UNWIND $observed AS row
MATCH (l:Lot {id: row.lot})
MATCH (e:Event {seq: row.event})
CREATE (e)-[:OBSERVED {edge_values}]->(l)
}
