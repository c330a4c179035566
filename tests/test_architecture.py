"""The structure that CONTRIBUTING.md promises, held against the code."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dvc_data.hashfile.meta import Meta
from ruamel.yaml import YAML

from minillm.arithmetic import VERSIONS
from minillm.languages.grammar import load_grammar
from minillm.languages.loading import load_language
from minillm.params import LANGUAGES, ExtractParams

ROOT = Path(__file__).parent.parent
LANGUAGE = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))["language"]
STAGES = ("extract", "clean", "vocab", "split", "train", "evaluate")
PACKAGES = (
    "wikipedia",
    "own",
    "wikitext",
    "languages",
    "corpus",
    "tokens",
    "model",
    "training",
    "evaluation",
    "report",
    "serving",
    "interface",
)
# They hold no default and no algorithm that could change a result, so no stage lists them.
SHARED = {
    "minillm/__init__.py",
    *(
        f"minillm/{name}.py"
        for name in (
            "core_yaml",
            "cores",
            "errors",
            "files",
            "params",
            "progress",
            "shards",
            "stage",
            "tracking",
            "workers",
        )
    ),
}
# arithmetic chooses the instructions that compute, and so every stage lists it.
EVERYBODYS = SHARED | {f"minillm/{name}.py" for name in ("arithmetic", "parquet", "unicode")}
# Loads a language by its name: cleaning needs all of its folder, the evaluation its grammar alone.
LOADERS = {
    "minillm/languages/loading.py": "*.py",
    "minillm/languages/grammar.py": "grammar.py",
    "minillm/languages/samples.py": "samples.py",
}
# What they say of a character depends on Python's version; minillm/unicode.py has what does not.
TABLES = {"locale", "unicodedata"}
METHODS = {"isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "istitle", "isupper"} | {
    "capitalize", "casefold", "lower", "swapcase", "upper",
}  # fmt: skip
CLASSES = re.compile(r"(?<!\\)(?:\\\\)*\\[bBdDwW]")


def imported_modules(path: Path) -> set[Path]:
    """Files of this project that `path` imports, with the __init__.py of their packages."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # What the package itself imports when `minillm.load` is called, no stage does.
    for node in tree.body if path == ROOT / "minillm" / "__init__.py" else ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            module = ROOT / name.replace(".", "/")
            if module.with_suffix(".py").is_file():
                found.add(module.with_suffix(".py"))
                found.add(module.parent / "__init__.py")
            elif (module / "__init__.py").is_file():
                found.add(module / "__init__.py")
    return found


def import_closure(path: Path) -> set[str]:
    """Everything of this project that running `path` imports, as paths relative to the root."""
    seen: set[Path] = set()
    todo = {path}
    while todo:
        module = todo.pop()
        seen.add(module)
        todo |= imported_modules(module) - seen
    return {module.relative_to(ROOT).as_posix() for module in seen}


def loaded_modules(closure: set[str]) -> set[Path]:
    """What these modules load by the language's name."""
    folder = ROOT / "minillm" / "languages" / LANGUAGE
    found = set[Path]()
    for loader, pattern in LOADERS.items():
        if loader in closure:
            found |= {folder / "__init__.py", *folder.glob(pattern)}
    return found


def listed_code(stage: str) -> set[str]:
    """The Python files among a stage's deps in dvc.yaml, folders expanded."""
    pipeline = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    files: set[str] = set()
    for dep in pipeline["stages"][stage]["deps"]:
        dep = dep.replace("${language}", LANGUAGE)
        path = ROOT / dep
        if path.suffix == ".py":
            files.add(dep)
        elif dep.startswith("minillm/"):
            files |= {module.relative_to(ROOT).as_posix() for module in path.rglob("*.py")}
    return files


def uses_of_pythons_unicode(source: str) -> list[str]:
    """The expressions whose result depends on the Unicode of the Python that runs them."""
    return [ast.unparse(node) for node in ast.walk(ast.parse(source)) if _asks_pythons_unicode(node)]


def _asks_pythons_unicode(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any(alias.name in TABLES for alias in node.names) or getattr(node, "module", "") in TABLES
    if isinstance(node, ast.Attribute):
        return node.attr in METHODS
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
        strings = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        blind = "IGNORECASE" in ast.unparse(node)
        asks = blind or any(isinstance(string, str) and CLASSES.search(string) for string in strings)
        return asks and "ASCII" not in ast.unparse(node)
    return False


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lists_exactly_the_modules_that_it_imports(stage: str) -> None:
    needed = import_closure(ROOT / "stages" / f"{stage}.py")
    for module in loaded_modules(needed):
        needed |= import_closure(module)
    needed -= SHARED | {"stages/__init__.py"}
    assert len(needed) > 2
    assert listed_code(stage) == needed


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_from_those_before_it(package: str) -> None:
    allowed = {f"minillm/{name}/" for name in PACKAGES[: PACKAGES.index(package) + 1]}
    modules = list((ROOT / "minillm" / package).rglob("*.py"))
    assert len(modules) > 1
    for module in modules:
        for imported in imported_modules(module):
            name = imported.relative_to(ROOT).as_posix()
            assert name in EVERYBODYS or any(name.startswith(prefix) for prefix in allowed), (
                f"{module}: {name}"
            )


def strings(path: Path) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


@pytest.mark.parametrize("package", sorted(set(PACKAGES) - {"languages"}))
def test_what_is_of_a_language_stands_in_its_folder(package: str) -> None:
    """No string but docstrings has a letter of Spanish that ASCII lacks, or a function word of it.

    Those of three letters on: shorter ones («a», «no») are English or code as well.
    """
    of_tex_and_html = {"sin", "tan", "del"}
    words = {word for word in load_grammar("es").function_words if len(word) > 2} - of_tex_and_html
    assert len(words) > 80
    modules = sorted((ROOT / "minillm" / package).glob("*.py"))
    assert len(modules) > 5
    for module in modules:
        for string in strings(module):
            found = set(re.findall(r"[a-záéíóúüñ]+", string.lower()))
            assert found.isdisjoint(words), f"{module}: {string}"
            assert not set("áéíóúüñ") & set(string.lower()), f"{module}: {string}"


def test_no_module_outside_its_folder_names_a_language() -> None:
    names = {load_language(code).name for code in LANGUAGES}
    assert len(names) > 1
    modules = set((ROOT / "minillm").rglob("*.py")) - set((ROOT / "minillm" / "languages").rglob("*.py"))
    for module in sorted(modules):
        for string in strings(module):
            assert string not in LANGUAGES, f"{module}: {string}"
            assert not any(name in string for name in names), f"{module}: {string}"


def test_only_its_own_folder_imports_from_a_language() -> None:
    """Everybody else loads the one that params.yaml names."""
    for module in sorted((ROOT / "minillm").rglob("*.py")) + sorted((ROOT / "stages").glob("*.py")):
        own = module.parent
        for imported in imported_modules(module):
            is_of_a_language = imported.parent.parent == ROOT / "minillm" / "languages"
            assert not is_of_a_language or imported.parent == own, f"{module}: {imported}"


def test_no_parameter_has_a_name_that_dvcs_run_cache_overlooks() -> None:
    """DVC leaves keys of these names out of a run's hash: another value would restore the old result."""

    def keys(content: object) -> set[str]:
        if not isinstance(content, dict):
            return set()
        return set(content).union(*map(keys, content.values()))

    found = keys(YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8")))
    assert "vocab_size" in found
    assert found.isdisjoint({Meta.PARAM_SIZE, Meta.PARAM_NFILES})


def test_stages_list_every_section_of_parameters_but_the_machines() -> None:
    pipeline = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    listed = {name.partition(".")[0] for stage in pipeline["stages"].values() for name in stage["params"]}
    sections = set(YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8")))
    assert sections - listed == {"machine"}


def test_extract_depends_on_all_its_parameters_but_those_that_change_no_article() -> None:
    """It lists them one by one so that who asks is neither a reason to run again nor in dvc.lock."""
    said = {"contact", "origin", "licence", "licence_url", "attribution"}
    listed = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["extract"][
        "params"
    ]
    assert len(listed) > 5
    assert set(listed) == {"seed"} | {
        f"extract.{key}" for key in ExtractParams.model_fields if key not in said
    }


def test_stages_run_as_modules_so_that_an_experiment_runs_its_own_code() -> None:
    pipeline = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    assert tuple(pipeline["stages"]) == STAGES
    for stage in STAGES:
        assert pipeline["stages"][stage]["cmd"] == f"python -m stages.{stage}"


@pytest.mark.parametrize(
    "source",
    [
        "import unicodedata",
        "from unicodedata import normalize",
        "word.isalpha()",
        "map(str.lower, words)",
        r're.compile(r"[^\w ]+")',
        r're.sub(rf"{name}\\\d", "", text)',
        're.search("a", text, re.IGNORECASE)',
    ],
)
def test_a_use_of_pythons_own_unicode_is_seen(source: str) -> None:
    assert len(uses_of_pythons_unicode(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "lower(text)",
        "text.strip().split()",
        "text.isascii()",
        r're.compile(r"\s+[0-9]\\w")',
        r're.compile(r"\w+", re.IGNORECASE | re.ASCII)',
        r'regex.compile(r"\w+")',
    ],
)
def test_what_is_the_same_in_every_python_is_let_pass(source: str) -> None:
    assert uses_of_pythons_unicode(source) == []


@pytest.mark.parametrize("package", PACKAGES[:-3])  # the words of report, serving and interface are our own
def test_no_output_depends_on_the_unicode_of_the_python_that_runs_it(package: str) -> None:
    modules = set((ROOT / "minillm" / package).rglob("*.py"))
    assert len(modules) > 1
    for module in sorted(modules):
        assert uses_of_pythons_unicode(module.read_text(encoding="utf-8")) == [], module


def test_the_versions_that_bytes_come_from_are_those_that_are_installed() -> None:
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    for name, version in VERSIONS.items():
        assert f"{name}=={version}" in pinned


def test_what_reads_results_alone_starts_without_torch() -> None:
    """`make` starts five such tools, and to import torch takes two seconds of a core each time."""
    tools = ("source_check", "lock_check", "report", "summary", "documented", "ci_report", "study", "plots")
    program = f"import sys, {', '.join(f'tools.{name}' for name in tools)}; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True) == "False\n"
