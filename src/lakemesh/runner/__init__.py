"""A plan and a session become the work done, every stage recorded."""
