"""The rules of what is included, where and how."""

import fnmatch
import os
import re

from repository import Finding, lines

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes_of(text):
    for number, line in lines(text):
        match = _INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def third_party_headers(repository):
    """Each header of others is known to few folders, and heavy ones stay out of ours (STYLE 15)."""
    entries = [
        (words[0], [word for word in words[1:] if word != "+h"], "+h" in words)
        for _, words in repository.table("headers.txt")
    ]
    for path, text in repository.matching(".cc", ".h"):
        for number, bracket, header in includes_of(text):
            if bracket == '"' and path_of(repository, path, header):
                continue
            entry = next((entry for entry in entries if header_matches(entry[0], header)), None)
            if entry is None:
                if not re.fullmatch(r"[a-z_0-9]+", header):
                    yield Finding(
                        path,
                        number,
                        f"includes <{header}>, expected a header that "
                        f"{repository.table_path('headers.txt')} lists",
                    )
            elif not any(place_matches(place, path) for place in entry[1]):
                yield Finding(
                    path, number, f"includes <{header}>, expected only in {' '.join(entry[1])}"
                )
            elif path.endswith(".h") and not entry[2]:
                yield Finding(
                    path, number, f"includes <{header}> in a header, expected only in .cc files"
                )


def path_of(repository, path, header):
    """The file of ours that `path` includes as `header`, or None."""
    places = ("src", os.path.dirname(path), path.split("/")[0])
    candidates = (os.path.normpath(os.path.join(place, header)) for place in places)
    return next((file for file in candidates if file in repository.texts), None)


def header_matches(pattern, header):
    return (
        header.startswith(pattern)
        if pattern.endswith("/")
        else fnmatch.fnmatchcase(header, pattern)
    )


def place_matches(place, path):
    return (
        place == "*"
        or path.startswith(place + "/")
        or fnmatch.fnmatchcase(os.path.basename(path), place)
    )


def include_order(repository):
    """The own header first, then blocks that are each sorted (STYLE 15)."""
    for path, text in repository.matching(".cc", ".h"):
        own = own_header(repository, path)
        found = list(includes_of(text))
        if own and found and found[0][2] != own and any(header == own for _, _, header in found):
            yield Finding(
                path, found[0][0], f'includes {found[0][2]} first, expected its own header "{own}"'
            )
        before = None
        for number, bracket, header in found:
            if header == own:
                continue
            if before and number == before[0] + 1 and (bracket, header) < before[1]:
                yield Finding(
                    path, number, f"includes {header} after {before[1][1]}, expected them sorted"
                )
            before = (number, (bracket, header))


_STANDARD_NAME = re.compile(r"(?<![\w:])(?:std::(?:\w+::)?\w+|fmt::\w+)")


def standard_headers(repository):
    """What is used of the standard library comes through an include of ours (STYLE 15)."""
    declares = {}
    for _, (header, *names) in repository.table("standard.txt"):
        for name in names:
            declares.setdefault(name, set()).add(header)
    reached = {}
    for path, code in repository.code.items():
        missing = {}
        for number, line in lines(code):
            for name in _STANDARD_NAME.findall(line):
                headers = declaring(declares, name.removeprefix("std::"))
                if headers and not headers & headers_reached(repository, path, reached):
                    missing.setdefault("> or <".join(sorted(headers)), (number, name))
        for header, (number, name) in missing.items():
            yield Finding(path, number, f"uses {name}, expected an include of <{header}>")


_C_LINKAGE = re.compile(r'^extern "C" \{$(.*?)^\}', re.MULTILINE | re.DOTALL)


def c_linkage(repository):
    """Templates have no C linkage, so no standard header is included with it."""
    for path, text in repository.matching(".cc", ".h"):
        for match in _C_LINKAGE.finditer(text):
            before = text[: match.start(1)].count("\n")
            for number, _, header in includes_of(match.group(1)):
                if re.fullmatch(r"[a-z_0-9]+", header):
                    what = f'includes <{header}>, expected it outside extern "C"'
                    yield Finding(path, before + number, what)


def declaring(declares, name):
    """The headers that declare a name, or what it lies in: std::string::npos is of <string>."""
    for known in (name, name.split("::")[0]):
        if known in declares:
            return declares[known]
    starred = (known for known in declares if known.endswith("*") and name.startswith(known[:-1]))
    return declares.get(next(starred, None), set())


def headers_reached(repository, path, reached):
    """The headers of others that a file includes, or a header of ours that it includes."""
    if path not in reached:
        reached[path] = set()  # ends circles
        for _, _, header in includes_of(repository.texts[path]):
            ours = path_of(repository, path, header)
            found = headers_reached(repository, ours, reached) if ours else {header}
            reached[path] = reached[path] | found
    return reached[path]


def own_header(repository, path):
    if not path.endswith(".cc"):
        return None
    header = re.sub(r"(?:_test|_fuzz|_bench)?\.cc$", ".h", path)
    if header not in repository.texts:
        return None
    return header[len("src/") :] if header.startswith("src/") else os.path.basename(header)
