"""The commands, one module each: they read the call, ask a room below, and hand its answer to render."""
