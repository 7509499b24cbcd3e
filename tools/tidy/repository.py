"""The files under check, what is found in them, and the tables of what may be."""

import os

import cpp


class Finding(str):
    """One line of output; a string so that findings sort and compare."""

    def __new__(cls, path, line, what):
        return super().__new__(cls, f"{path}:{line}: {what}")


class Repository:
    """The files under check, read once. `tables` is the folder of the tables."""

    def __init__(self, root, paths, tables):
        self.root, self.tables = root, tables
        self.texts = {}
        for path in paths:
            with open(os.path.join(root, path), "rb") as file:
                data = file.read()
            if b"\0" in data[:8192]:
                continue
            self.texts[path] = data.decode("utf-8", errors="replace")
        self.code = {
            path: cpp.code_of(text)
            for path, text in self.texts.items()
            if path.endswith((".cc", ".h"))
        }

    def matching(self, *endings):
        return ((path, text) for path, text in self.texts.items() if path.endswith(endings))

    def table(self, name):
        """The lines of a table, without comments: (line number, words)."""
        with open(os.path.join(self.tables, name), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                words = line.split("#")[0].split()
                if words:
                    yield number, words

    def table_path(self, name):
        return os.path.relpath(os.path.join(self.tables, name), self.root)


def lines(text):
    return enumerate(text.split("\n"), 1)
