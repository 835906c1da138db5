-- Amounts become euro order by order, each rounded to cents, as marketing.conversion counts them.
with known as (
  select
    customer.customer_id as customer_id,
    status <> 'cancelled' as counts,
    status = 'cancelled' as is_cancelled,
    channel,
    line_count,
    placed_at,
    cast(
      total * case currency
        when 'EUR' then 1.000
        when 'USD' then 0.920
        when 'GBP' then 1.170
        when 'CHF' then 1.060
        when 'SEK' then 0.088
      end as decimal(12, 2)
    ) as total_eur
  from orders
)

select
  customer_id,
  count_if(counts) as orders,
  count_if(is_cancelled) as cancelled_orders,
  coalesce(sum(line_count) filter (where counts), 0) as lines,
  coalesce(sum(total_eur) filter (where counts), 0) as revenue_eur,
  min(placed_at) filter (where counts) as first_order_at,
  max(placed_at) filter (where counts) as last_order_at,
  count_if(counts and channel = 'web') as web,
  count_if(counts and channel = 'app') as app,
  count_if(counts and channel = 'store') as store,
  count_if(counts and channel = 'marketplace') as marketplace
from known
where customer_id is not null
group by customer_id
