"""The rules, each a function that takes the Repository and yields Findings."""

import ast
import os
import re

import cpp
import includes
from repository import Finding, lines

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_AIM = 400
FILE_LINES_WITHOUT_REASON_MAX = 700
REASON_WITHIN_LINES = 15
BANNED_WORDS = ("Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Info", "Base", "Impl")


def check(repository):
    for rule in RULES:
        yield from rule(repository)


# ---- size ----


def exceptions_of(repository):
    """{("file", path): (size, line)} and {("function", path, name): (size, line)}."""
    return {
        tuple(words[:-1]): (int(words[-1]), number)
        for number, words in repository.table("exceptions.txt")
    }


def sizes_of(repository):
    """(key as in exceptions.txt, line, lines, most lines) of all that is too long."""
    for path, text in repository.matching(".cc", ".h", ".py"):
        count = text.count("\n") + (not text.endswith("\n"))
        if count > FILE_LINES_AIM:
            yield ("file", path), 1, count, FILE_LINES_AIM
        for function in functions_of(repository, path):
            size = function.last - function.first + 1
            if size > FUNCTION_LINES_MAX:
                yield ("function", path, function.name), function.first, size, FUNCTION_LINES_MAX


def functions_of(repository, path):
    if not path.endswith(".py"):
        return cpp.functions_of(repository.code[path])
    try:
        tree = ast.parse(repository.texts[path])
    except SyntaxError:
        return []
    return [
        cpp.Function(node.name, node.lineno, node.end_lineno)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def sizes(repository):
    """Functions fit a screen, files aim under 400 lines (STYLE 7); exceptions.txt only shrinks."""
    exceptions = exceptions_of(repository)
    seen = set()
    for key, line, size, most in sizes_of(repository):
        seen.add(key)
        accepted = exceptions.get(key, (most, 0))[0]
        name = key[-1] if key[0] == "function" else "the file"
        if size > accepted:
            yield Finding(
                key[1],
                line,
                f"{name} has {size} lines, expected at most {accepted}",
            )
        top = repository.texts[key[1]].split("\n")[:REASON_WITHIN_LINES]
        if (
            key[0] == "file"
            and size > FILE_LINES_WITHOUT_REASON_MAX
            and not any("long because" in text for text in top)
        ):
            yield Finding(
                key[1], 1, f'{size} lines without a reason, expected "long because ..." at the top'
            )
    for key, (_, number) in exceptions.items():
        if key not in seen:
            yield Finding(
                repository.table_path("exceptions.txt"),
                number,
                f"{' '.join(key)} is not needed any more, expected the line to be gone",
            )


def shrink_exceptions(repository):
    today = {key: size for key, _, size, _ in sizes_of(repository)}
    path = os.path.join(repository.tables, "exceptions.txt")
    with open(path, encoding="utf-8") as file:
        kept = []
        for line in file:
            words = line.split("#")[0].split()
            if not words:
                kept.append(line)
            elif tuple(words[:-1]) in today:
                size = min(int(words[-1]), today[tuple(words[:-1])])
                kept.append(" ".join(words[:-1] + [str(size)]) + "\n")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(kept)


def columns(repository):
    """Lines of at most 100 columns (STYLE 7); an address or a raw string is not broken."""
    for path, text in repository.texts.items():
        if path.endswith((".cc", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt")) or path == "dev":
            for number, line in lines(text):
                if len(line) > COLUMNS_MAX and "://" not in line and 'R"' not in line:
                    yield Finding(
                        path, number, f"{len(line)} columns, expected at most {COLUMNS_MAX}"
                    )


# ---- names and words ----

_TYPE_NAME = re.compile(
    r"\b(?:class|struct|union|enum(?:\s+(?:class|struct))?|using)\s+(?:\[\[.*?\]\]\s*)?([A-Z]\w*)"
)


def names(repository):
    """Plain nouns: none of the words that say nothing (STYLE 3)."""
    for path, code in repository.code.items():
        for number, line in lines(code):
            for name in _TYPE_NAME.findall(line):
                for word in re.findall(r"[A-Z][a-z0-9]*", name):
                    if word in BANNED_WORDS:
                        yield Finding(
                            path,
                            number,
                            f"{name} contains {word}, expected a name that says what it is",
                        )
    files = [path for path in repository.texts if path.endswith((".cc", ".h", ".py"))]
    for path in files:
        stem = os.path.splitext(os.path.basename(path))[0]
        for word in stem.split("_"):
            if word.capitalize() in BANNED_WORDS:
                yield Finding(
                    path, 1, f"the file is named {word}, expected a name that says what it holds"
                )


_UNFINISHED = re.compile(r"\b(?:TO(?:)DO|FIX(?:)ME|X{3})\b")
_MACHINE_PATH = re.compile(r"(?<![\w.~}/])/(?:work|root|home|Users|tmp)/[\w.-]+")


def words(repository):
    """No unfinished business, and nothing that is true on one machine only."""
    for path, text in repository.texts.items():
        for number, line in lines(text):
            if _UNFINISHED.search(line):
                yield Finding(
                    path,
                    number,
                    f"says {_UNFINISHED.search(line).group()}, expected it done, or an issue",
                )
            if _MACHINE_PATH.search(line):
                yield Finding(
                    path,
                    number,
                    f"names {_MACHINE_PATH.search(line).group()}, expected no path of one machine",
                )


# ---- what every file has and none does ----


def openings(repository):
    """A file of ours says at its top what it is (STYLE 8, 9); headers are guarded."""
    for path, text in repository.matching(".cc", ".h"):
        opens = re.match(r"(?:#pragma once\n\n?)?//", text)
        if not opens and (path.endswith(".cc") or path.startswith("src/")):
            yield Finding(
                path, 1, "begins without a comment, expected one that says what the file is"
            )
        if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
            yield Finding(path, 1, "has no #pragma once, expected it at the top")


_THROW = re.compile(r"\bthrow\b")
_SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|\btime\.sleep\b")


def statements(repository):
    """Our code throws nothing (STYLE 11); tests do not wait for the clock (STYLE 16)."""
    for path, code in repository.code.items():
        if path.startswith("src/"):
            for number, line in lines(code):
                if _THROW.search(line):
                    yield Finding(path, number, "throws, expected a Result or a CHECK")
    for path, text in repository.matching("_test.cc", "_test.py"):
        for number, line in lines(repository.code.get(path, text)):
            if _SLEEP.search(line):
                yield Finding(
                    path, number, "sleeps in a test, expected it to wait for what must happen"
                )


# ---- operators ----

OPERATOR_LIST = "src/operators/all.cc"
OPERATOR_FOLDERS = ("input", "process", "output")


def operators(repository):
    """Every operator is one file that is listed, described, exemplified, documented and tested."""
    listed = repository.code.get(OPERATOR_LIST)
    files = [
        path
        for path in repository.code
        if re.fullmatch(rf"src/operators/(?:{'|'.join(OPERATOR_FOLDERS)})/\w+\.cc", path)
        and not re.search(r"_(?:test|fuzz|bench)\.cc$", path)
    ]
    for path in files:
        name = os.path.basename(path)[:-3]
        if not listed or not re.search(rf"\b{name}\b", listed):
            yield Finding(
                path, 1, f"{name} is not in {OPERATOR_LIST}, expected every operator there"
            )
        for field in ("summary", "description", "example"):
            if not re.search(rf"\.{field}\s*=", repository.code[path]):
                yield Finding(path, 1, f"the contract has no {field}, expected one")
        if path[:-3] + "_test.cc" not in repository.texts:
            yield Finding(path, 1, f"has no test, expected {path[:-3]}_test.cc")
        page = f"docs/reference/operators/{name}.md"
        if page not in repository.texts:
            yield Finding(path, 1, f"has no reference page, expected {page} (./dev docs writes it)")


RULES = (
    includes.third_party_headers,
    includes.standard_headers,
    includes.c_linkage,
    includes.include_order,
    sizes,
    columns,
    names,
    words,
    openings,
    statements,
    operators,
)
