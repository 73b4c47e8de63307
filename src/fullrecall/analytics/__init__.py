"""Work over whole books: sweep, back-test, bulk schedules; one machine, columns rather than rows."""
