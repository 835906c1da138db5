-- One row for each order.
with orders as (
  select *
  from typed
),
lines as (
  select customer_id as order_id, explode(array(named_struct('quantity', 1L))) as line
  from customers
),
pieces as (
  select order_id,
    customer.id as customer_id, customer.email as email,
    aggregate(lines, cast(0 as bigint), (total, line) -> total + line.quantity) as pieces
  from (select customer_id as order_id, struct(customer_id as id, country as email) as customer, array(struct(1L as quantity)) as lines from customers)
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
