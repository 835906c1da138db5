select
  cast(departs_at as date) as day,
  carrier,
  count(*) as flights,
  count_if(delay_minutes > 0) as late,
  sum(delay_minutes) as delay_minutes
from flights
group by all
