"""How answers are printed: text for people, JSON for programs, no decoration away from a terminal."""
