"""The kind of device behind a user agent."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# The first pattern that is found decides: a tablet's user agent also says Mobile, a bot's may say anything.
KINDS = (
    ("bot", r"(?i)bot|crawler|spider"),
    ("tablet", r"iPad|Tablet"),
    ("phone", r"iPhone|Android|Mobile"),
    ("desktop", r"Windows|Macintosh|X11"),
)


def recognise(events: DataFrame) -> DataFrame:
    """The events with a column `device`: bot, tablet, phone, desktop or unknown."""
    agent = F.coalesce(F.col("user_agent"), F.lit(""))
    device = F.lit("unknown")
    for kind, pattern in reversed(KINDS):
        device = F.when(agent.rlike(pattern), kind).otherwise(device)
    return events.withColumn("device", device)
