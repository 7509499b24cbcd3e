"""Tests of tidy: each rule finds what it is for, and no more; and the repository is tidy."""

import os
import tempfile
import unittest

import cpp
import includes
import rules
import tidy
from repository import Repository

HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = """chrono *
sys/ * +h
gtest/ *_test.cc
libavcodec/ src/media bench
onnxruntime_*_keys.h src/infer
"""
STANDARD = """algorithm ranges::* sort
atomic memory_order_*
string string
fmt/format.h fmt::*
"""
LONG_FUNCTION = "int f() {\n" + "  g();\n" * 70 + "}\n"


class RuleTest(unittest.TestCase):
    """`findings` gives the places that a rule finds in files given as {path: text}."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write("tools/tidy/headers.txt", HEADERS)
        self.write("tools/tidy/standard.txt", STANDARD)
        self.write("tools/tidy/exceptions.txt", "")

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def repository(self, files):
        for path, text in files.items():
            self.write(path, text)
        return Repository(self.root, list(files), os.path.join(self.root, "tools/tidy"))

    def findings(self, rule, files):
        return [":".join(finding.split(":")[:2]) for finding in rule(self.repository(files))]


class HeaderTest(RuleTest):
    def test_a_third_party_header_is_known_to_its_folder_alone(self):
        text = "// x\n#include <libavcodec/avcodec.h>\n"
        files = {"src/media/x.cc": text, "bench/x.cc": text, "src/flow/x.cc": text}
        self.assertEqual(self.findings(includes.third_party_headers, files), ["src/flow/x.cc:2"])

    def test_a_heavy_header_stays_out_of_headers(self):
        text = "#include <chrono>\n#include <vector>\n#include <sys/types.h>\n"
        files = {"src/base/x.h": text, "src/base/x.cc": text}
        self.assertEqual(self.findings(includes.third_party_headers, files), ["src/base/x.h:1"])

    def test_a_header_that_no_table_lists_is_found(self):
        text = (
            '#include <curl/curl.h>\n#include "curl/curl.h"\n#include "base/y.h"\n#include "z.h"\n'
        )
        files = {"src/net/x.cc": text, "src/base/y.h": "", "src/net/z.h": ""}
        found = self.findings(includes.third_party_headers, files)
        self.assertEqual(found, ["src/net/x.cc:1", "src/net/x.cc:2"])

    def test_places_may_be_file_names_and_headers_patterns(self):
        text = "#include <gtest/gtest.h>\n#include <onnxruntime_run_options_config_keys.h>\n"
        files = {"src/infer/x_test.cc": text, "src/infer/x.cc": text}
        self.assertEqual(self.findings(includes.third_party_headers, files), ["src/infer/x.cc:1"])

    def test_what_is_used_of_the_standard_library_is_included(self):
        used = (
            "std::string a;\n"
            "std::ranges::sort(a);\n"
            "f(std::memory_order_acq_rel);\n"
            "fmt::print(b);\n"
            "std::unknown c, my::string d, e::std::string f;  // std::sort\n"
        )
        path = "src/base/x.cc"
        self.assertEqual(
            self.findings(includes.standard_headers, {path: "// x\n" + used}),
            [f"{path}:{line}" for line in (2, 3, 4, 5)],
        )
        own = (
            "// x\n#pragma once\n#include <algorithm>\n#include <atomic>\n"
            "#include <fmt/format.h>\n#include <string>\n"
        )
        files = {path: '// x\n#include "base/x.h"\n' + used, "src/base/x.h": own}
        self.assertEqual(self.findings(includes.standard_headers, files), [])

    def test_a_standard_header_has_no_c_linkage(self):
        text = '// x\n#include <set>\nextern "C" {\n#include <libavutil/x.h>\n#include <map>\n}\n'
        self.assertEqual(
            self.findings(includes.c_linkage, {"src/media/x.cc": text}), ["src/media/x.cc:5"]
        )

    def test_own_header_first_then_sorted_blocks(self):
        good = '#include "base/x.h"\n\n#include <map>\n#include <set>\n\n#include "base/a.h"\n'
        late = '#include <map>\n\n#include "base/x.h"\n'
        mixed = '#include "base/x.h"\n\n#include <set>\n#include <map>\n'
        files = {"src/base/x.h": "", "src/base/x.cc": good, "src/base/x_test.cc": late}
        self.assertEqual(self.findings(includes.include_order, files), ["src/base/x_test.cc:1"])
        files["src/base/x.cc"] = mixed
        self.assertIn("src/base/x.cc:4", self.findings(includes.include_order, files))


class SizeTest(RuleTest):
    def test_long_functions_and_files_are_found(self):
        files = {
            "src/a/f.cc": LONG_FUNCTION,
            "src/a/g.cc": "int x;\n" * 401,
            "src/a/h.cc": "int x;\n" * 400,
        }
        self.assertEqual(self.findings(rules.sizes, files), ["src/a/f.cc:1", "src/a/g.cc:1"])

    def test_a_long_python_function_is_found(self):
        files = {"tools/f.py": "\n\ndef f():\n" + "    g()\n" * 70}
        self.assertEqual(self.findings(rules.sizes, files), ["tools/f.py:3"])

    def test_a_very_long_file_says_why(self):
        self.write("tools/tidy/exceptions.txt", "file src/a/f.cc 800\nfile src/a/g.cc 800\n")
        files = {
            "src/a/f.cc": "int x;\n" * 800,
            "src/a/g.cc": "// long because it is one table\n" + "int x;\n" * 799,
        }
        self.assertEqual(self.findings(rules.sizes, files), ["src/a/f.cc:1"])

    def test_an_exception_may_not_grow_nor_stay_longer_than_needed(self):
        files = {"src/a/f.cc": LONG_FUNCTION}
        self.write("tools/tidy/exceptions.txt", "function src/a/f.cc f 72\n")
        self.assertEqual(self.findings(rules.sizes, files), [])
        self.write("tools/tidy/exceptions.txt", "function src/a/f.cc f 71\n")
        self.assertEqual(self.findings(rules.sizes, files), ["src/a/f.cc:1"])
        self.write(
            "tools/tidy/exceptions.txt", "# x\nfunction src/a/f.cc f 72\nfile src/a/f.cc 500\n"
        )
        self.assertEqual(self.findings(rules.sizes, files), ["tools/tidy/exceptions.txt:3"])

    def test_shrink_lowers_and_drops_but_never_raises(self):
        self.write(
            "tools/tidy/exceptions.txt",
            "# kept\nfunction src/a/f.cc f 90\nfile src/a/gone.cc 500\nfile src/a/g.cc 401\n",
        )
        rules.shrink_exceptions(
            self.repository({"src/a/f.cc": LONG_FUNCTION, "src/a/g.cc": "int x;\n" * 500})
        )
        with open(os.path.join(self.root, "tools/tidy/exceptions.txt"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "# kept\nfunction src/a/f.cc f 72\nfile src/a/g.cc 401\n")

    def test_wide_lines_are_found_addresses_are_not(self):
        files = {
            "src/a/f.cc": "x" * 100
            + "\n"
            + "x" * 101
            + "\n"
            + "// https://"
            + "x" * 100
            + '\nR"('
            + "x" * 100
            + ')"\n'
        }
        self.assertEqual(self.findings(rules.columns, files), ["src/a/f.cc:2"])


class WordTest(RuleTest):
    def test_types_and_files_are_named_plainly(self):
        files = {
            "src/a/f.h": "class CameraManager;\nstruct Informed;\nclass Base64;\n"
            "using FrameInfo = int;\n// class XHelper\n",
            "src/a/text_util.cc": "",
            "src/base/text.cc": "",
        }
        self.assertEqual(
            self.findings(rules.names, files),
            ["src/a/f.h:1", "src/a/f.h:4", "src/a/text_util.cc:1"],
        )

    def test_nothing_unfinished_and_no_path_of_one_machine(self):
        marks = ["TO" + "DO", "FIX" + "ME"]
        paths = ["/" + "home/anna/x", "/" + "tmp/x", "/" + "root/x"]
        for bad in marks + paths:
            self.assertEqual(
                self.findings(rules.words, {"docs/a.md": f"so\nsee {bad} there\n"}),
                ["docs/a.md:2"],
                bad,
            )
        good = (
            "GET /home\nGET /api/root/x\n${dir}/"
            + "tmp/x\n/usr/bin/python3\nfolder/"
            + "work/x\nMASTODON\n"
        )
        self.assertEqual(self.findings(rules.words, {"docs/a.md": good}), [])

    def test_files_say_what_they_are(self):
        files = {
            "src/a/f.cc": "#include <map>\n",
            "src/a/g.h": "// What it is.\n#pragma once\n",
            "src/a/h.h": "// x\nint x;\n",
        }
        self.assertEqual(self.findings(rules.openings, files), ["src/a/f.cc:1", "src/a/h.h:1"])

    def test_nothing_throws_and_no_test_sleeps(self):
        files = {
            "src/a/f.cc": '// throw\nauto x = "throw";\n  throw x;\n',
            "src/a/f_test.cc": "// x\nsleep_for(1ms);\n",
            "tools/f_test.py": "import time\ntime." + "sleep(1)\n",
        }
        found = self.findings(rules.statements, files)
        self.assertEqual(found, ["src/a/f.cc:3", "src/a/f_test.cc:2", "tools/f_test.py:2"])


class OperatorTest(RuleTest):
    WHOLE = {
        "src/operators/all.cc": "x = {filter};",
        "docs/reference/operators/filter.md": "# filter",
        "src/operators/process/filter.cc": '{.summary = "a", .description = "b", .example = "c"}',
        "src/operators/process/filter_test.cc": "",
    }

    def test_a_whole_operator_passes(self):
        self.assertEqual(self.findings(rules.operators, self.WHOLE), [])

    def test_each_missing_part_is_found(self):
        for path in self.WHOLE:
            if not path.endswith("/filter.cc"):
                rest = {other: text for other, text in self.WHOLE.items() if other != path}
                self.assertEqual(len(self.findings(rules.operators, rest)), 1, path)
        for field in (".summary", ".description", ".example"):
            text = self.WHOLE["src/operators/process/filter.cc"].replace(field, ".x")
            self.assertEqual(
                len(
                    self.findings(
                        rules.operators, {**self.WHOLE, "src/operators/process/filter.cc": text}
                    )
                ),
                1,
            )


class CppTest(unittest.TestCase):
    def names(self, text):
        return [
            (function.name, function.first, function.last)
            for function in cpp.functions_of(cpp.code_of(text))
        ]

    def test_code_keeps_its_place(self):
        text = """f("a\\"{"); // {
int x = 86'400; /* {
 */ char c = '{'; auto r = R"x({ " )x";
#define A {
"""
        code = cpp.code_of(text)
        self.assertEqual(
            [len(line) for line in code.split("\n")], [len(line) for line in text.split("\n")]
        )
        self.assertEqual(
            code.count("{"), 1
        )  # that of the directive, which functions_of passes over
        self.assertIn("86'400", code)
        self.assertEqual(cpp.functions_of(code), [])

    def test_functions_of_all_shapes(self):
        text = """namespace a::b {
template <class T = int, int N = (1 > 0)>
[[nodiscard]] static bool
f(T x = {}) noexcept(true) {
  auto g = [](int y) { return y; };
  if (x) { return g(1); }
  return true;
}
class C final : public B {
 public:
  explicit C(int a) : a_{a}, b_(f(a)) {
    use(a);
  }
  int a() const { return a_; }
  bool operator==(const C& other) const { return true; }
 private:
  int a_{0};
  int b_ = {1};
};
constexpr int kTable[] = {f(1), f(2)};
const auto kLater = [] { return 1; };
enum class E { one, two };
}
TEST_F(Name, Does) {
}
"""
        self.assertEqual(
            self.names(text),
            [
                ("f", 2, 8),
                ("C", 11, 13),
                ("a", 14, 14),
                ("operator==", 15, 15),
                ("Name.Does", 24, 25),
            ],
        )


class RepositoryTest(unittest.TestCase):
    def test_the_repository_is_tidy(self):
        root = os.path.dirname(os.path.dirname(HERE))
        found = list(rules.check(Repository(root, tidy.files_of(root), HERE)))
        if found:
            self.fail(f"{len(found)} findings\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()
