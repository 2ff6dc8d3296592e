"""Choose what a report page is of: the filters in its address, the row that changes them, saved views."""
