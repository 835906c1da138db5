-- A cart as the exports have it, brought to the columns that the events know, too.
-- _source and _rescued_data travel along because they are asked for.
select
  cart_id,
  customer.id as customer_id,
  state as status,
  channel,
  currency,
  aggregate(items, cast(0 as bigint), (pieces, item) -> pieces + item.quantity) as item_count,
  cast(
    aggregate(
      items,
      cast(0 as decimal(20, 2)),
      (amount, item) -> cast(amount + item.quantity * item.unit_price as decimal(20, 2))
    ) as decimal(12, 2)
  ) as value,
  created_at,
  updated_at,
  _source,
  _rescued_data
from cart_exports
