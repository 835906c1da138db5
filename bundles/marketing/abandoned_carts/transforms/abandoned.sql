select
  cart_id,
  customer_id,
  channel,
  item_count,
  value,
  currency,
  case
    when value is null then 'unknown'
    when value < 50 then 'small'
    when value < 250 then 'medium'
    else 'large'
  end as worth,
  updated_at,
  cast(floor((unix_seconds(current_timestamp()) - unix_seconds(updated_at)) / 86400) as int) as days_idle
from left_behind
