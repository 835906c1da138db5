-- A customer may have no order that counts, and a cart or none: both stay, with zeros.
select
  c.customer_id,
  c.country,
  coalesce(o.orders, 0) as orders,
  coalesce(o.cancelled_orders, 0) as cancelled_orders,
  coalesce(o.lines, 0) as lines,
  cast(coalesce(o.revenue_eur, 0) as decimal(18, 2)) as revenue_eur,
  cast(o.revenue_eur / nullif(o.orders, 0) as decimal(18, 2)) as average_order_eur,
  o.first_order_at,
  o.last_order_at,
  cast(floor((unix_seconds(current_timestamp()) - unix_seconds(o.last_order_at)) / 86400) as int) as days_since_order,
  cast(o.web / nullif(o.orders, 0) as decimal(5, 4)) as web_share,
  cast(o.app / nullif(o.orders, 0) as decimal(5, 4)) as app_share,
  cast(o.store / nullif(o.orders, 0) as decimal(5, 4)) as store_share,
  cast(o.marketplace / nullif(o.orders, 0) as decimal(5, 4)) as marketplace_share,
  coalesce(b.carts, 0) as carts,
  coalesce(b.open_carts, 0) as open_carts
from customers as c
left join by_orders as o
  on o.customer_id = c.customer_id
left join by_carts as b
  on b.customer_id = c.customer_id
