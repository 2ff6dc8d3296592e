"""Pages for auditors: what to look at, the journal, the soundness of the book, and the book as it stood."""
