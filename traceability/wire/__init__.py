"""How an event looks as JSON: schemas, canonical form, upcasters (floor 1)."""
