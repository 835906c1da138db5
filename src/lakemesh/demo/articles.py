"""What the demo's shop sells, and what the world around it is called."""

from __future__ import annotations

TITLES = (
    "Apron, linen", "Bread knife", "Butter dish", "Cast-iron pan 28 cm", "Coffee grinder", "Corkscrew",
    "Egg timer", "Espresso cups, set of 6", "French press", "Garlic press", "Herb scissors",
    "Ice-cream scoop", "Juicer", "Kitchen scales", "Ladle", "Measuring jug 1 l", "Mortar and pestle",
    "Nutcracker", "Oven gloves", "Pepper mill", "Pizza stone", "Quiche dish", "Rolling pin", "Salad spinner",
    "Sieve", "Tea pot", "Thermos flask", "Towel, 3 pieces", "Universal peeler", "Vegetable brush", "Whisk",
    "Wooden spoon", "Yoghurt maker", "Zester",
)  # fmt: skip
GIVEN_NAMES = (
    "Ada",
    "Bo",
    "Chloe",
    "Dmitri",
    "Elif",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
)
SURNAMES = (
    "Almeida",
    "Berg",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Hansen",
    "Ivanova",
    "Jansen",
)
# Names that break careless code: emoji outside the basic plane, joined emoji, right-to-left text, combining
# marks, an apostrophe, a line separator that is no line feed, a next-line control, backslashes, quotes, tab.
UNUSUAL_NAMES = (
    "Zoë 🛒 Müller", "👩\u200d🚀 Ngozi", "نور الهدى", "Jose\u0301 Núñez", "Sinéad O'Hara", "李小龍",
    "line\u2028separator", "next\u0085line", "C:\\temp \"quoted\"\ttab", "ｆｕｌｌ ｗｉｄｔｈ", "Ⅻ ﬁligree ß",
)  # fmt: skip
STREETS = (
    "Ahornweg",
    "Baker Street",
    "Calle Mayor",
    "Dorpsstraat",
    "Rue de l'Église",
    "Storgatan",
    "Via Roma",
)
CITIES = (
    ("Berlin", "DE"), ("London", "GB"), ("Madrid", "ES"), ("Utrecht", "NL"), ("Lyon", "FR"), ("Malmö", "SE"),
    ("Roma", "IT"), ("Zürich", "CH"), ("Boston", "US"),
)  # fmt: skip
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/131.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148",
    "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15) Mobile Safari/537.36",
    "ShopApp/4.2",
)
