"""How answers are printed: text for people, JSON for programs, no decoration where nobody looks at a terminal."""
