from __future__ import annotations

import pytest
from pydantic import ValidationError

from lakemesh.spec.mesh import MeshSpec


def test_a_mesh_has_domains_with_owners() -> None:
    said = {"tenant": "example", "domains": {"shop": {"owner": "Shop", "node": {"kind": "x", "name": "y"}}}}
    mesh = MeshSpec.model_validate(said)
    assert (mesh.time_zone, mesh.domains["shop"].contact) == ("UTC", "")
    with pytest.raises(ValidationError, match="owner"):
        MeshSpec.model_validate({"tenant": "example", "domains": {"shop": {}}})
