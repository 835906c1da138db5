"""The reference mesh's data: a shop's month with every kind of dirt in known amounts, and its truth."""

from lakemesh.demo.generate import generate
from lakemesh.demo.manifest import Manifest, read_manifest

__all__ = ["Manifest", "generate", "read_manifest"]
