"""The language: what a data engineer may say, as frozen values with the place where each was said."""
