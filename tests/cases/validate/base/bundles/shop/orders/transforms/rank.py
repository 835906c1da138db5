def rank(orders, customers):
    """The orders with their rank."""
    return orders
