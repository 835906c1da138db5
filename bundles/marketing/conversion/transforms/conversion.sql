-- Store and marketplace have orders without carts, a slow day has carts without orders: both stay.
with days as (
  select
    coalesce(c.day, o.day) as day,
    coalesce(c.channel, o.channel) as channel,
    coalesce(c.carts, 0) as carts,
    coalesce(c.checked_out, 0) as checked_out,
    coalesce(o.orders, 0) as orders,
    coalesce(o.revenue_eur, 0) as revenue_eur
  from carts_by_day as c
  full outer join orders_by_day as o
    on c.day = o.day and c.channel = o.channel
)

select
  day,
  channel,
  carts,
  checked_out,
  orders,
  cast(revenue_eur as decimal(18, 2)) as revenue_eur,
  cast(orders / nullif(carts, 0) as decimal(9, 4)) as conversion_rate
from days
where day is not null
