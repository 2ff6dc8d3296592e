-- The graph: lots and events are its nodes, edges its relationships; beside it ledger, claims, documents, logs.
-- A migration is never edited once released; the next number adds to it.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    site TEXT NOT NULL,
    region TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    month TEXT NOT NULL,
    record_ms INTEGER NOT NULL,
    deliverer TEXT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    digest TEXT NOT NULL,
    chain TEXT NOT NULL,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    revisions TEXT NOT NULL,
    frozen TEXT NOT NULL,
    first TEXT,
    warnings TEXT NOT NULL,
    current TEXT,
    schema INTEGER NOT NULL
) STRICT;
-- seq, the rowid, ends every index on events: each yields book order (time_ms, seq)
CREATE INDEX events_by_time ON events (time_ms);
CREATE INDEX events_by_site ON events (site, time_ms);
CREATE INDEX events_by_region ON events (region, time_ms);
CREATE INDEX events_by_kind ON events (kind, time_ms);
-- the few events that a rebuild sets back to their first version
CREATE INDEX events_revised ON events (seq) WHERE revisions <> '[]';

CREATE TABLE lots (
    number INTEGER PRIMARY KEY, -- rows lie in the order they came; secondary indexes hold 8 bytes, not an id
    id TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    form TEXT NOT NULL,
    metal TEXT NOT NULL,
    material TEXT NOT NULL,
    family TEXT NOT NULL,
    site TEXT NOT NULL,
    region TEXT NOT NULL,
    status TEXT NOT NULL,
    custody TEXT NOT NULL,
    mass_g INTEGER NOT NULL,
    metal_g INTEGER NOT NULL,
    remaining_g INTEGER NOT NULL,
    vector TEXT NOT NULL,
    strict_g INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    made_seq INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    moved_ms INTEGER NOT NULL,
    shipment TEXT NOT NULL,
    destination TEXT NOT NULL,
    more TEXT NOT NULL
) STRICT;
-- Few, for a lot's status changes often (each index more costs 7 us a lot): lists of a region or status merge its
-- sites' ranges, which the stock names
CREATE INDEX lots_by_making ON lots (made_ms);
CREATE INDEX lots_by_site ON lots (site, status, made_ms);
CREATE INDEX lots_by_destination ON lots (destination, status, made_ms) WHERE destination <> '';

-- Clustered by event: a trace reads whole events; a timeline reads few rows of one lot
CREATE TABLE edges (
    event INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    lot TEXT NOT NULL,
    role TEXT NOT NULL,
    number INTEGER NOT NULL,
    mass_g INTEGER NOT NULL,
    metal_g INTEGER NOT NULL,
    PRIMARY KEY (event, role, number)
) STRICT, WITHOUT ROWID;
-- with what was taken: a timeline is read off the index alone
CREATE INDEX edges_by_lot ON edges (lot, time_ms, event, role, number, mass_g, metal_g);

CREATE TABLE claims (
    key TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    digest TEXT NOT NULL,
    seq INTEGER NOT NULL,
    time_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE postings (
    event INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    number INTEGER NOT NULL,
    book_month TEXT NOT NULL,
    account TEXT NOT NULL,
    site TEXT NOT NULL,
    region TEXT NOT NULL,
    metal TEXT NOT NULL,
    month TEXT NOT NULL,
    source_class TEXT NOT NULL,
    origin TEXT NOT NULL,
    material TEXT NOT NULL,
    family TEXT NOT NULL,
    waste_code TEXT NOT NULL,
    channel TEXT NOT NULL,
    via TEXT NOT NULL,
    other_site TEXT NOT NULL,
    grams INTEGER NOT NULL,
    PRIMARY KEY (event, cause, number)
) STRICT, WITHOUT ROWID;
-- site at the end: other sites of the county are passed over without fetching their rows
CREATE INDEX postings_by_account ON postings (account, book_month, region, event, cause, number, site, metal);

-- Where a site's postings stand: its region, or regions if its county was renumbered
CREATE TABLE posting_sites (
    site TEXT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (site, region)
) STRICT, WITHOUT ROWID;

CREATE TABLE tallies (
    place TEXT NOT NULL,
    metal TEXT NOT NULL,
    book_month TEXT NOT NULL,
    month TEXT NOT NULL,
    collected INTEGER NOT NULL DEFAULT 0, imported INTEGER NOT NULL DEFAULT 0,
    molten_tapped INTEGER NOT NULL DEFAULT 0, molten_direct INTEGER NOT NULL DEFAULT 0,
    molten_local INTEGER NOT NULL DEFAULT 0, molten_ingot INTEGER NOT NULL DEFAULT 0,
    molten_other INTEGER NOT NULL DEFAULT 0, prep_in INTEGER NOT NULL DEFAULT 0, prep_out INTEGER NOT NULL DEFAULT 0,
    residue_generated INTEGER NOT NULL DEFAULT 0, residue_utilised INTEGER NOT NULL DEFAULT 0,
    residue_disposed INTEGER NOT NULL DEFAULT 0, opening INTEGER NOT NULL DEFAULT 0,
    recycled INTEGER NOT NULL DEFAULT 0, "primary" INTEGER NOT NULL DEFAULT 0,
    charged_scrap INTEGER NOT NULL DEFAULT 0, preserved INTEGER NOT NULL DEFAULT 0,
    melt_in INTEGER NOT NULL DEFAULT 0, melt_product INTEGER NOT NULL DEFAULT 0,
    melt_internal INTEGER NOT NULL DEFAULT 0, melt_heel_in INTEGER NOT NULL DEFAULT 0,
    melt_heel_out INTEGER NOT NULL DEFAULT 0, melt_dross_metal INTEGER NOT NULL DEFAULT 0,
    melt_loss INTEGER NOT NULL DEFAULT 0, stocktake INTEGER NOT NULL DEFAULT 0,
    transit_diff INTEGER NOT NULL DEFAULT 0, assay_diff INTEGER NOT NULL DEFAULT 0,
    process_loss INTEGER NOT NULL DEFAULT 0, transport INTEGER NOT NULL DEFAULT 0,
    transport_clean INTEGER NOT NULL DEFAULT 0, collected_online INTEGER NOT NULL DEFAULT 0,
    recycled_post INTEGER NOT NULL DEFAULT 0, recycled_pre INTEGER NOT NULL DEFAULT 0,
    recycled_refined INTEGER NOT NULL DEFAULT 0, recycled_direct_use INTEGER NOT NULL DEFAULT 0,
    recycled_import INTEGER NOT NULL DEFAULT 0, recycled_local INTEGER NOT NULL DEFAULT 0,
    recycled_open INTEGER NOT NULL DEFAULT 0, charged_wrought INTEGER NOT NULL DEFAULT 0,
    preserved_wrought INTEGER NOT NULL DEFAULT 0, residue_melt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (place, metal, book_month, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE flows (
    place TEXT NOT NULL,
    metal TEXT NOT NULL,
    book_month TEXT NOT NULL,
    month TEXT NOT NULL,
    account TEXT NOT NULL,
    source_class TEXT NOT NULL,
    origin TEXT NOT NULL,
    detail TEXT NOT NULL,
    grams INTEGER NOT NULL,
    PRIMARY KEY (place, metal, book_month, month, account, source_class, origin, detail)
) STRICT, WITHOUT ROWID;

-- Stock tallies, kept by apply: the sum over a million lots would take a second
CREATE TABLE stock (
    site TEXT NOT NULL,
    region TEXT NOT NULL,
    status TEXT NOT NULL,
    form TEXT NOT NULL,
    metal TEXT NOT NULL,
    material TEXT NOT NULL,
    lots INTEGER NOT NULL,
    remaining_g INTEGER NOT NULL,
    PRIMARY KEY (site, region, status, form, metal, material)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_by_region ON stock (region);

CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    list TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX documents_by_list ON documents (kind, list, id);

CREATE TABLE document_versions (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    list TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE log (
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
