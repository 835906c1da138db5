-- One row for each order.
with orders as (
  select *
  from typed
),
lines as (
  select order_id, explode(lines) as line
  from orders
),
pieces as (
  select order_id,
    customer.id as customer_id, customer.email as email,
    aggregate(lines, cast(0 as bigint), (total, line) -> total + line.quantity) as pieces
  from orders
)
select
  o.order_id,
  o.amount,
  p.customer_id,
  p.email,
  p.pieces,
  o._source.path as path,
  o.updated_at,
  o._source,
  o._cast_errors
from orders as o
join pieces as p using (order_id)
where exists (select 1 from lines as l where l.order_id = o.order_id and l.line.quantity > 0)
