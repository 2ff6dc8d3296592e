// The site of an event in force with a warning that nobody confirmed: an index holds only nodes that have its property
CREATE INDEX events_unconfirmed IF NOT EXISTS FOR (e:Event) ON (e.unconfirmed, e.time_ms, e.seq);
