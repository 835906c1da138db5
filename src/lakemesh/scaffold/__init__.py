"""New meshes, domains and products that run as they are made."""

from lakemesh.scaffold.domain import add_domain
from lakemesh.scaffold.made import Made
from lakemesh.scaffold.mesh import init_mesh
from lakemesh.scaffold.product import add_product

__all__ = ["Made", "add_domain", "add_product", "init_mesh"]
