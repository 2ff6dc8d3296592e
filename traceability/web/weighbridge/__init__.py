"""The weighbridge: open tickets, a truck weighed grade by grade, the event that closes a ticket."""
