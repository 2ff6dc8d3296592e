-- Lots, their edges, and the graph that they make. {ids} is a list of ? of fixed lengths; fragments are joined in
-- the order select, where_*, order_*, each from a closed table in reader.py.

-- name: find_lots
SELECT {lot_columns} FROM lots WHERE id IN ({ids})

-- name: scan_lots
SELECT {lot_columns} FROM lots WHERE id > ? ORDER BY id LIMIT ?

-- name: list_lots_by_destination
SELECT {lot_columns} FROM lots INDEXED BY lots_by_destination
WHERE destination = :to AND destination <> '' AND status = :status
-- name: list_lots_by_site
SELECT {lot_columns} FROM lots INDEXED BY lots_by_site WHERE site = :site AND status = :status
-- name: list_lots_by_making
SELECT {lot_columns} FROM lots INDEXED BY lots_by_making WHERE made_ms >= :earliest
-- name: lots_of_site
AND site = :site
-- name: lots_of_region
AND region >= :low AND region < :high
-- name: lots_of_form
AND form = :form
-- name: lots_of_metal
AND metal = :metal
-- name: lots_of_material
AND material = :material
-- name: lots_after
AND (made_ms, made_seq, id) < (:made_ms, :made_seq, :id)
-- name: lots_newest_first
ORDER BY made_ms DESC, made_seq DESC, id DESC LIMIT :limit

-- name: sum_residues
SELECT site, region, waste, material, count(*), sum(remaining_g), min(moved_ms),
sum(CASE WHEN moved_ms < ? THEN remaining_g ELSE 0 END)
FROM lots INDEXED BY lots_of_residue WHERE form = 'residue' AND status = 'available' AND site IN ({ids})
GROUP BY site, region, waste, material

-- name: find_holders
SELECT DISTINCT site, status FROM stock WHERE lots > 0
-- name: find_holders_in_region
SELECT DISTINCT site, status FROM stock INDEXED BY stock_by_region WHERE lots > 0

-- name: insert_lots
INSERT INTO lots ({lot_columns}) VALUES ({lot_values})

-- name: move_lots
UPDATE lots SET {lot_updates} WHERE {this_lot}

-- name: update_lots
UPDATE lots SET {lot_updates_in_place} WHERE {this_lot}

-- name: find_held
SELECT id, site, region, status, form, metal, material, remaining_g, destination, made_ms FROM lots WHERE id IN ({ids})

-- name: put_stock
INSERT INTO stock (site, region, status, form, metal, material, lots, remaining_g) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET lots = lots + excluded.lots, remaining_g = remaining_g + excluded.remaining_g

-- name: list_touches
SELECT {edge_columns} FROM edges INDEXED BY edges_by_lot WHERE lot IN ({ids})

-- name: list_touches_since
SELECT {edge_columns} FROM edges INDEXED BY edges_by_lot WHERE lot IN ({ids}) AND (time_ms, event) >= (?, ?)

-- name: list_edges
SELECT {edge_columns} FROM edges WHERE event IN ({ids}) ORDER BY event, role, number

-- name: list_edges_between
SELECT {edge_columns} FROM edges WHERE event BETWEEN ? AND ? ORDER BY event, role, number

-- name: find_makers
SELECT DISTINCT event FROM edges INDEXED BY edges_by_lot WHERE lot IN ({ids}) AND role = 'output'

-- name: find_takers
SELECT DISTINCT event FROM edges INDEXED BY edges_by_lot WHERE lot IN ({ids}) AND role = 'input'

-- name: list_steps
SELECT {edge_columns} FROM edges WHERE event IN ({ids}) AND role IN ('input', 'output')
ORDER BY event, role, number

-- name: list_inputs
SELECT DISTINCT lot FROM edges WHERE event IN ({ids}) AND role = 'input'

-- name: list_outputs
SELECT DISTINCT lot FROM edges WHERE event IN ({ids}) AND role = 'output'

-- name: delete_edges
DELETE FROM edges WHERE event = ?

-- name: put_edges
INSERT INTO edges ({edge_columns}) VALUES ({edge_values})

-- name: clear_lots
DELETE FROM lots

-- name: clear_stock
DELETE FROM stock

-- name: clear_edges
DELETE FROM edges
