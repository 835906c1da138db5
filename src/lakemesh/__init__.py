"""Declarative data products on a Databricks lakehouse: one spec, one command, Delta tables to trust."""

__version__ = "0.1.0"
__all__ = ["__version__"]
