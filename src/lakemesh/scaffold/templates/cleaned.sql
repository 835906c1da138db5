select
  id,
  trim(name) as name,
  amount,
  updated_at,
  _source -- where each record came from: quarantine keeps it, outputs leave it out
from files
