-- The site of an event in force with a warning that nobody confirmed: few events, so few rows of an index
ALTER TABLE events ADD COLUMN unconfirmed TEXT;
CREATE INDEX events_unconfirmed ON events (unconfirmed, time_ms) WHERE unconfirmed IS NOT NULL;
