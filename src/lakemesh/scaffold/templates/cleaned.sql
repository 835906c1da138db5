select
  id,
  trim(name) as name,
  amount,
  updated_at
from files
