"""The intention: a product and an environment compiled into plain data that a run executes."""
