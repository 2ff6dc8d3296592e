-- The region of the event's month, where the row is booked in a month in which its site was in another
ALTER TABLE postings ADD COLUMN event_region TEXT NOT NULL DEFAULT '';
