"""A plan and a session into work done: flows drained, batches landed, every stage recorded."""
