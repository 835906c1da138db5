"""What happened: frozen facts of a run, the ledger that must balance, and a product's health."""
