"""A folder of YAML as one mesh of values, with every complaint at its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from lakemesh.errors import CallError, Finding, SpecError, did_you_mean, known_words
from lakemesh.spec.cases import Case, Cases
from lakemesh.spec.collecting import seldom_collected
from lakemesh.spec.columns import Column, Columns, SchemaRef, SchemaSpec, rules_of
from lakemesh.spec.complaints import explain
from lakemesh.spec.document import Document, read_document
from lakemesh.spec.environment import EnvironmentSpec
from lakemesh.spec.inputs import EventHub, ProductInput
from lakemesh.spec.mending import NOWHERE, lost_in, read_as, read_product
from lakemesh.spec.mesh import MeshSpec
from lakemesh.spec.steps import Python, Sql

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.spec.document import Path as DocumentPath
    from lakemesh.spec.expectations import Rule
    from lakemesh.spec.inputs import InputPort
    from lakemesh.spec.outputs import AnyDelta
    from lakemesh.spec.product import DataProduct

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Product:
    """A data product with the files that it brings: their texts, and where everything was said."""

    spec: DataProduct
    document: Document = field(repr=False, compare=False)
    folder: Path
    texts: Mapping[str, str] = field(repr=False)
    schema_files: Mapping[str, tuple[Column, ...]] = field(default_factory=dict, repr=False)
    cases_document: Document | None = field(default=None, repr=False, compare=False)
    cases: tuple[Case, ...] = field(default=(), repr=False)
    blanks: frozenset[DocumentPath] = field(default=frozenset(), repr=False)
    """The paths of what could not be read and was left out, so that nothing is concluded from its absence."""
    untyped: frozenset[DocumentPath] = field(default=frozenset(), repr=False)
    """The paths of columns whose words make no type."""

    def lacks(self, block: str, name: str) -> bool:
        """Whether something of this name, such as an input port, may have been left out as unreadable."""
        return (block,) in self.blanks or (block, name) in self.blanks

    def lost(self, block: str) -> tuple[str, ...]:
        """The names of what was left out of a block as unreadable."""
        return tuple(lost_in(self.blanks, block))

    @property
    def name(self) -> ProductName:
        """The product's full name."""
        return self.spec.full_name

    def columns(self, schema: SchemaSpec | None) -> tuple[Column, ...] | None:
        """The columns that a port's schema says; None where it says none or refers to what is not there."""
        match schema:
            case None:
                return None
            case SchemaRef():
                said = self.spec.schemas.get(schema.ref)
                kept = None if said is None else tuple(c for c in said if c.name not in schema.without)
                return None if kept is None else (*kept, *schema.plus)
            case str():
                return self.schema_files.get(schema)
            case _:
                return schema

    def rules(self, port: AnyDelta) -> tuple[Rule, ...]:
        """The rules of an output port: those under its columns, then its own."""
        return (*rules_of(self.columns(port.schema_) or ()), *port.quality)

    def input_rules(self, port: InputPort) -> tuple[Rule, ...]:
        """The rules of an input port: those under its columns, then its own.

        Those of a schema that an output has, too, are judged there, where rows can be quarantined.
        """
        schema = None if isinstance(port, ProductInput) else port.schema_
        outputs = [getattr(output, "schema_", None) for output in self.spec.output_ports.values()]
        shared = {output.ref for output in outputs if isinstance(output, SchemaRef)}
        if isinstance(schema, SchemaRef) and schema.ref in shared:
            return tuple(port.quality)
        return (*rules_of(self.columns(schema) or ()), *port.quality)


@dataclass(frozen=True)
class Mesh:
    """All products of a checkout as one environment sees them."""

    root: Path
    spec: MeshSpec
    environment_name: str
    environment: EnvironmentSpec
    products: Mapping[ProductName, Product]
    blanks: frozenset[DocumentPath] = frozenset()
    """The paths of what of mesh.yml and of the environment could not be read and was left out."""
    fallback: EnvironmentSpec | None = None
    """The environment that `readFrom` names: products that this one has not run are read there."""

    @cached_property
    def names(self) -> tuple[ProductName, ...]:
        """The names of all products, sorted."""
        return tuple(sorted(self.products))

    def get(self, name: ProductName) -> Product:
        """A product by its name. Raises CallError where there is none."""
        if name not in self.products:
            words = [str(known) for known in self.names]
            raise CallError(
                f"there is no product '{name}'.{known_words(words)}{did_you_mean(str(name), words)}"
            )
        return self.products[name]

    def time_zone(self, product: Product) -> str:
        """The zone of a product's session: its own, or the mesh's."""
        return product.spec.time_zone or self.spec.time_zone


@dataclass(frozen=True)
class Loaded:
    """What a folder holds: the mesh as far as it can be read, and what is wrong with it."""

    mesh: Mesh | None
    findings: tuple[Finding, ...]

    def require(self) -> Mesh:
        """The mesh. Raises SpecError where anything is wrong."""
        if self.findings or self.mesh is None:
            raise SpecError(self.findings)
        return self.mesh


def load_mesh(root: Path, environment: str = "local") -> Loaded:
    """The mesh in a folder, for one environment; findings instead of exceptions.

    Raises CallError where the folder is no mesh or has no such environment.
    """
    if not (root / "conf" / "mesh.yml").is_file():
        raise CallError(f"{root} is no mesh: conf/mesh.yml is missing. Make one with 'lakemesh init {root}'.")
    findings: list[Finding] = []
    blanks: set[DocumentPath] = set()
    spec = _load(root, root / "conf" / "mesh.yml", MeshSpec, findings, blanks)
    place = _load(root, _environment_file(root, environment), EnvironmentSpec, findings, blanks)
    if not isinstance(spec, MeshSpec) or not isinstance(place, EnvironmentSpec):
        return Loaded(None, tuple(findings))
    fill = _fill_of(place)
    products: dict[ProductName, Product] = {}
    with seldom_collected():
        for file in sorted(root.glob("bundles/*/*/product.yml")):
            product = load_product(root, file, fill, findings)
            if product is not None and _is_at_home(product, products, findings):
                products[product.name] = product
    findings.extend(_unread(root))
    fallback = _fallback(root, environment, place, findings)
    mesh = Mesh(root, spec, environment, place, products, frozenset(blanks), fallback)
    return Loaded(mesh, tuple(findings))


def _unread(root: Path) -> Iterator[Finding]:
    """Files that look like products and are none, by their names or their places."""
    home = "a product is bundles/<domain>/<product>/product.yml, and nothing reads this: move or rename it"
    for pattern in ("*/product.yml", "*/*/*/product.yml", "*/product.yaml", "*/*/product.yaml"):
        for file in sorted((root / "bundles").glob(pattern)):
            if file.parent.name == "contracts":
                continue
            yield Finding(file.relative_to(root).as_posix(), 1, 1, home, "misplaced")


def _fallback(
    root: Path, name: str, environment: EnvironmentSpec, findings: list[Finding]
) -> EnvironmentSpec | None:
    """The environment that another one reads from; one that is not there, or is itself, is a finding."""
    other = environment.read_from
    if other is None:
        return None
    try:
        if other == name:
            raise CallError("an environment reads what it has run anyway: name another one")
        file = _environment_file(root, other)
    except CallError as error:
        findings.append(_at_read_from(root, name, str(error)))
        return None
    found = _load(root, file, EnvironmentSpec, findings, set())
    if not isinstance(found, EnvironmentSpec):
        return None  # it has findings of its own
    if found.platform != environment.platform:
        said = (
            f"'{other}' is on the platform {found.platform}, and this environment on {environment.platform}"
        )
        findings.append(_at_read_from(root, name, f"{said}: no session reads the tables of both"))
        return None
    return found


def _at_read_from(root: Path, name: str, message: str) -> Finding:
    """A finding at the environment's readFrom."""
    file = _environment_file(root, name)
    document = read_document(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8-sig"))
    return document.find(("readFrom",), message, "unknown-environment")


def load_product(root: Path, file: Path, fill: Mapping[str, Any], findings: list[Finding]) -> Product | None:
    """The product in a file; what is wrong with it is added to the findings."""
    document = _document(root, file, fill)
    findings.extend(document.findings)
    if document.root is None:
        return None
    read = read_product(document, (file.parent.parent.name, file.parent.name), findings)
    spec = read.spec
    if spec is None:
        return None
    texts = dict(_read_texts(document, spec, file.parent, findings))
    lost = tuple(lost_in(read.blanks, "schemas"))
    files = dict(_read_schemas(root, document, spec, file.parent, lost, findings))
    cases_document, cases = _read_cases(root, file.parent / "tests.yml", fill, findings)
    unread = (frozenset(read.blanks), frozenset(read.untyped))
    return Product(spec, document, file.parent, texts, files, cases_document, cases, *unread)


def _environment_file(root: Path, name: str) -> Path:
    file = root / "conf" / "environments" / f"{name}.yml"
    if file.is_file():
        return file
    known = sorted(path.stem for path in (root / "conf" / "environments").glob("*.yml"))
    raise CallError(f"there is no environment '{name}'.{known_words(known)}{did_you_mean(name, known)}")


def _fill_of(environment: EnvironmentSpec) -> dict[str, Any]:
    """What `${...}` may name: the environment's own keys, and its variables by their bare names."""
    said = environment.model_dump(mode="json", exclude={"secrets", "spark", "variables"}, exclude_none=True)
    return {**said, **environment.variables}


def _document(root: Path, file: Path, fill: Mapping[str, Any] | None = None) -> Document:
    name = file.relative_to(root).as_posix()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        broken = Finding(name, 1, 1, f"not UTF-8 at byte {error.start}: save the file as UTF-8", "encoding")
        return Document(name, "", None, (broken,))
    except OSError as error:
        return Document(
            name, "", None, (Finding(name, 1, 1, f"cannot be read: {error.strerror}", "missing-file"),)
        )
    return read_document(name, text, fill)


def _load(
    root: Path, file: Path, model: type[M], findings: list[Finding], blanks: set[DocumentPath]
) -> M | None:
    document = _document(root, file, {})
    findings.extend(document.findings)
    return _validated(document, model, findings, blanks)


def _validated(
    document: Document, model: type[M], findings: list[Finding], blanks: set[DocumentPath] | None = None
) -> M | None:
    if document.root is None:
        return None
    read = read_as(document, model, findings)
    spec = read.spec
    if blanks is not None:
        blanks |= read.blanks
    return spec if isinstance(spec, model) else None


def _read_texts(
    document: Document, spec: DataProduct, folder: Path, findings: list[Finding]
) -> Iterator[tuple[str, str]]:
    for name, step in spec.transformations.items():
        match step:
            case Sql() if step.path:
                path, key = step.path, "sql"
            case Python() if step.path:
                path, key = step.path[0], "python"
            case _:
                continue
        yield from _read_text(document, folder, ("transformations", name, key), path, findings)
    for name, port in spec.input_ports.items():
        if isinstance(port, EventHub) and port.avro_schema:
            at = ("inputPorts", name, "avroSchema")
            yield from _read_text(document, folder, at, port.avro_schema, findings)


def _read_text(
    document: Document, folder: Path, at: DocumentPath, path: str, findings: list[Finding]
) -> Iterator[tuple[str, str]]:
    """A file of the product with its text; a finding where it is not there."""
    text = _read_beside(folder, path)
    if text is None:
        findings.append(document.find(at, _no_file(folder, path), "missing-file"))
    else:
        yield path, text


def _no_file(folder: Path, path: str) -> str:
    kin = [found.relative_to(folder).as_posix() for found in folder.rglob(f"*{Path(path).suffix or '.yml'}")]
    near = did_you_mean(path, sorted(kin))
    hint = f".{near}" if near else ""
    return f"there is no file '{path}' in the product's folder{hint}"


def _read_beside(folder: Path, path: str) -> str | None:
    """The text of a file of the product; None where it is not there, not UTF-8, or outside the folder."""
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        return None
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None


def _read_schemas(
    root: Path,
    document: Document,
    spec: DataProduct,
    folder: Path,
    lost: Collection[str],
    findings: list[Finding],
) -> Iterator[tuple[str, tuple[Column, ...]]]:
    for block, ports in (("inputPorts", spec.input_ports), ("outputPorts", spec.output_ports)):
        for name, port in ports.items():
            schema = getattr(port, "schema_", None)
            at = (block, name, "schema")
            if isinstance(schema, SchemaRef) and schema.ref == NOWHERE:
                continue
            if isinstance(schema, SchemaRef) and schema.ref not in (*spec.schemas, *lost):
                known = list(spec.schemas)
                hint = known_words(known) + did_you_mean(schema.ref, known)
                message = f"there is no schema '{schema.ref}' under schemas.{hint}"
                findings.append(document.find((*at, "ref"), message, "unknown-reference"))
            if not isinstance(schema, str):
                continue
            if _read_beside(folder, schema) is None:
                message = _no_file(folder, schema)
                if schema in spec.schemas:
                    message += f"; for the schema of that name write {{ref: {schema}}}"
                findings.append(document.find(at, message, "missing-file"))
                continue
            said = _document(root, folder / schema)
            findings.extend(said.findings)
            try:
                yield schema, _columns().validate_python(said.value, by_alias=True, by_name=False)
            except ValidationError as error:
                findings.extend(explain(error, said, Column))


@cache
def _columns() -> TypeAdapter[tuple[Column, ...]]:
    """What reads a file of columns: made once, and only where there is such a file."""
    return TypeAdapter(Columns)


def _read_cases(
    root: Path, file: Path, fill: Mapping[str, Any], findings: list[Finding]
) -> tuple[Document | None, tuple[Case, ...]]:
    if not file.is_file():
        return None, ()
    document = _document(root, file, fill)
    findings.extend(document.findings)
    cases = _validated(document, Cases, findings)
    return document, cases.root if cases else ()


def _is_at_home(product: Product, known: Mapping[ProductName, Product], findings: list[Finding]) -> bool:
    """Whether a product stands in the folder of its name, and is the only one of that name."""
    home = (product.folder.parent.name, product.folder.name)
    if home == (product.spec.domain, product.spec.name):
        return True
    key = "domain" if home[0] != product.spec.domain else "name"
    message = f"the product {product.name} must stand in bundles/{product.spec.domain}/{product.spec.name}/"
    findings.append(product.document.find((key,), message, "misplaced"))
    return product.name not in known
