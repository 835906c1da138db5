-- One row for each flight, in our own words.
select
  FlightNum as flight,
  `timestamp` as departs_at,
  Carrier as carrier,
  OriginAirportID as origin,
  OriginCountry as origin_country,
  DestAirportID as destination,
  DestCountry as destination_country,
  try_cast(DestLocation.lat as double) as latitude,
  try_cast(DestLocation.lon as double) as longitude,
  try_cast(AvgTicketPrice as decimal(10, 2)) as price,
  DistanceKilometers as kilometres,
  FlightTimeMin as minutes,
  FlightDelayMin as delay_minutes,
  nullif(FlightDelayType, 'No Delay') as delay_reason,
  Cancelled as is_cancelled
from files
