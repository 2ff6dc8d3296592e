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
-- name: list_lots_by_region
SELECT {lot_columns} FROM lots INDEXED BY lots_by_region WHERE region = :region AND status = :status
-- name: list_lots_by_status
SELECT {lot_columns} FROM lots INDEXED BY lots_by_status WHERE status = :status
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

-- name: lot_regions
WITH RECURSIVE found (region) AS (
    SELECT min(region) FROM lots WHERE region >= :low AND region < :high
    UNION ALL
    SELECT (SELECT min(region) FROM lots WHERE region > found.region AND region < :high)
    FROM found WHERE found.region IS NOT NULL
)
SELECT region FROM found WHERE region IS NOT NULL

-- name: put_lots
INSERT INTO lots ({lot_columns}) VALUES ({lot_values})
ON CONFLICT (id) DO UPDATE SET {lot_updates}

-- the lot stays where it is listed: SQLite rewrites the entries of every index whose column is set, changed or not
-- name: change_lots
UPDATE lots SET {lot_changes} WHERE id = ?1

-- name: find_stock_of_lots
SELECT id, site, region, status, form, metal, material, remaining_g, made_ms, destination
FROM lots WHERE id IN ({ids})

-- name: put_stock
INSERT INTO stock (site, region, status, form, metal, material, lots, remaining_g) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET lots = lots + excluded.lots, remaining_g = remaining_g + excluded.remaining_g

-- name: list_touches
SELECT {edge_columns} FROM edges INDEXED BY edges_by_lot WHERE lot IN ({ids})

-- name: list_touches_since
SELECT {edge_columns} FROM edges INDEXED BY edges_by_lot WHERE lot IN ({ids}) AND (time_ms, event) >= (?, ?)

-- name: list_edges
SELECT {edge_columns} FROM edges WHERE event IN ({ids}) ORDER BY event, role, number

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
