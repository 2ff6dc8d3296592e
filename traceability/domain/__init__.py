"""What is true of scrap, melts and figures: pure decisions without a database, a web or a clock (floor 0)."""
