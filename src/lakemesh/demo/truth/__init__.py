"""What must come out: the six products in plain Python, sharing no code with what runs them."""
