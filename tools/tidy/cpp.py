"""As much of C++ as the rules need: code without comments and strings, and its functions."""

import collections
import re

Function = collections.namedtuple("Function", "name first last")  # lines counted from 1

_SKIP = re.compile(
    r"""//(?:[^\n\\]|\\.|\\\n)*
      | /\*.*?\*/
      | (?<![A-Za-z0-9_])(?:u8|[uUL])?R"(?P<delimiter>[^(\s]{0,16})\(.*?\)(?P=delimiter)"
      | "(?:\\.|[^"\\\n])*"
      | (?P<number>\b[0-9](?:'?[0-9A-Za-z_.])*)
      | '(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE | re.DOTALL)
_TYPE = re.compile(r"(?:typedef\s+)?(?:class|struct|union|enum)\b")
_SCOPE = re.compile(r"(?:inline\s+)?namespace\b|extern\s*\"\s*\"\s*$")


def code_of(text):
    """The text with comments and the insides of strings as spaces; lines and columns stay."""

    def blank(match):
        if match.group("number"):
            return match.group()
        piece = re.sub(r"[^\n]", " ", match.group())
        return piece if match.group()[0] == "/" else '"' + piece[1:-1] + '"'

    return _SKIP.sub(blank, text)


def functions_of(code):
    """The functions with a body, of cleaned code; what lies within a function counts to it."""
    code = _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    found = []
    start, at, parentheses = 0, 0, 0
    while at < len(code):
        char = code[at]
        if char in "([":
            parentheses += 1
        elif char in ")]":
            parentheses -= 1
        elif char in ";}" and parentheses == 0:
            start = at + 1
        elif char == "{":
            kind = _kind(code[start:at]) if parentheses == 0 else "value"
            if kind == "scope":
                start = at + 1
            else:
                end = _closing(code, at)
                if kind == "function" and not _is_member_initializer(code, start, at, end):
                    found.append(_function(code, start, end))
                    start = end + 1
                at = end
        at += 1
    return found


def _kind(header):
    """What the brace after `header` opens: a "scope", a "function" or a "value"."""
    header = re.sub(r"\b(?:public|private|protected)\s*:", " ", header).strip()
    header = re.sub(r"^(?:\[\[.*?\]\]\s*)+", "", header)
    while header.startswith("template"):
        header = _without_brackets(header, "<", ">", only_first=True)[len("template") :].strip()
    if _SCOPE.match(header) or _TYPE.match(header):
        return "scope"
    header = re.sub(r"operator\s*(?:\(\)|[^\s\w(]+)", "operator_", header)
    header = _without_brackets(header, "(", ")")
    if re.search(r"(?<![=!<>])=(?!=)", header) or "(" not in header:
        return "value"
    return "function"


def _without_brackets(text, opening, closing, only_first=False):
    """`text` without what stands between brackets, however nested; round ones stay as "()"."""
    kept, depth, done = [], 0, False
    for char in text:
        if char == opening and not done:
            depth += 1
        elif char == closing and depth > 0:
            depth -= 1
            done = only_first and depth == 0
            if opening == "(":
                kept.append("()" if depth == 0 else "")
        elif depth == 0:
            kept.append(char)
    return "".join(kept)


def _closing(code, at):
    depth = 0
    for index in range(at, len(code)):
        depth += {"{": 1, "}": -1}.get(code[index], 0)
        if depth == 0:
            return index
    return len(code) - 1


def _is_member_initializer(code, start, at, end):
    """Whether the braces are those of `member_{value}` before a constructor's body."""
    header = _without_brackets(code[start:at], "(", ")")
    within_list = re.search(r"\)[^;{]*:(?!:)[^;]*\w\s*$", header)
    return bool(within_list) and code[end + 1 :].lstrip()[:1] in (",", "{")


def _function(code, start, end):
    begin = start + len(code[start:end]) - len(code[start:end].lstrip())
    label = re.match(r"(?:(?:public|private|protected)\s*:\s*)+", code[begin:end])
    begin += label.end() if label else 0
    header = code[begin:end]
    call = re.search(r"(operator\s*(?:\(\)|[^\s\w(]+|\w+)|~?[A-Za-z_][\w:~]*)\s*\(([^)]*)", header)
    name = call.group(1) if call else "?"
    if re.fullmatch(r"TEST(?:_[FP])?", name):
        name = ".".join(part.strip() for part in call.group(2).split(","))
    first = code.count("\n", 0, begin) + 1
    return Function(re.sub(r"\s+", "", name), first, code.count("\n", 0, end) + 1)
