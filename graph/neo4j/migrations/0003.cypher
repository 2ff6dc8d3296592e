// Postings may have the region of the event's month beside that of the book month; no index goes by it.
