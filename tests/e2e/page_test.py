#!/usr/bin/env python3
"""The hub's page in a real browser: it fills by itself, comes back by itself, and shows what nodes
say as text alone.

usage: page_test.py DIR [TEST...]    DIR holds the program weir-hub
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sim"))

from browser import Browser  # noqa: E402
from child import require  # noqa: E402
from daemons import Hub  # noqa: E402
from link_node import LinkNode  # noqa: E402

HOSTILE = '<img src=x onerror="document.title=\'owned\'">'
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}

programs = None
chromium = None


def jpeg():
    """A small picture."""
    made = subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                           "testsrc2=size=320x240:rate=1", "-frames:v", "1", "-f", "mjpeg", "-"],
                          capture_output=True, check=True, timeout=60)
    return made.stdout


def text(selector):
    return f"(document.querySelector({selector!r})?.textContent || '')"


def shown(selector):
    return f"document.querySelector({selector!r}).checkVisibility()"


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser(chromium)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.hub = Hub(programs, pathlib.Path(folder.name) / "hub")
        self.addCleanup(self.hub.kill)
        self.hub.start()

    def page(self):
        self.browser.open(self.hub.url + "/")
        return self.browser

    def node(self, token=None):
        node = LinkNode(self.hub, "gate-1", token or self.hub.add_node("gate-1"))
        self.addCleanup(node.__exit__)
        return node

    def test_it_fills_by_itself(self):
        page = self.page()
        page.until(f"{shown('#no-nodes')} && {shown('#no-alerts')}")
        self.assertIn("weir node add", page.evaluate(text("#no-nodes")))
        page.until(f"{text('#connection')} === 'live'")
        node = self.node()
        node.report({"time": "2026-01-01T00:00:00Z", "version": "0.1.0", "deployments": [{}],
                     "cameras": [{"device": "south", "state": "frozen"}]})
        node.alert("app/1", "sewage dumping", "south", jpeg())
        page.until(f"{text('#alerts h3')} === 'sewage dumping'")
        page.until("document.querySelector('#alerts img').naturalWidth === 320")
        self.assertFalse(page.evaluate(shown("#no-alerts")))
        node.alert("app/2", HOSTILE, HOSTILE)
        page.until("document.querySelectorAll('#alerts > li').length === 2")
        self.assertEqual(page.evaluate(text("#alerts h3")), HOSTILE)
        page.until(f"{text('#nodes .pill')} === 'online'")
        self.assertIn("behind", page.evaluate(text("#nodes .facts")))
        self.assertEqual(page.evaluate(text("#nodes .failing")), "1 failing")

        page.evaluate("document.querySelector('#who').value = 'ann'")
        page.evaluate("document.querySelectorAll('#alerts .foot button')[1].click()")
        page.until(f"{text('#alerts > li:nth-child(2) .foot')}.startsWith('Acknowledged by ann')")
        self.assertEqual(self.hub.get("/api/v1/alerts/1")["acknowledged"]["by"], "ann")

        page.evaluate("document.querySelectorAll('#alerts summary')[1].click()")
        page.evaluate(f"document.querySelectorAll('#alerts textarea')[1].value = {HOSTILE!r}")
        page.evaluate("document.querySelectorAll('#alerts form button')[1].click()")
        page.until(f"{text('#alerts .said')} === {HOSTILE!r}")
        comments = self.hub.get("/api/v1/alerts/1")["comments"]
        self.assertEqual([(each["by"], each["text"]) for each in comments], [("ann", HOSTILE)])
        self.assertEqual(page.evaluate("document.title"), "Weir hub")
        self.assertEqual(page.complaints, [])

    def test_it_comes_back_by_itself_and_misses_nothing(self):
        token = self.hub.add_node("gate-1")
        self.node(token).alert("app/1", "before", "south")
        page = self.page()
        page.until("document.querySelectorAll('#alerts > li').length === 1")
        self.hub.kill()
        page.until(f"{text('#connection')}.includes('trying again')")
        self.hub.start()
        node = self.node(token)
        node.alerts([(f"app/{number}", f"alert {number}", "south") for number in range(2, 72)])
        page.until("document.querySelectorAll('#alerts > li').length === 71")
        numbers = page.evaluate("[...document.querySelectorAll('#alerts > li')]"
                                ".map((each) => Number(each.dataset.number))")
        self.assertEqual(numbers, list(range(71, 0, -1)))
        page.until(f"{text('#connection')} === 'live' && !{shown('#trouble')}")

    def test_it_is_for_phones_and_for_the_dark(self):
        node = self.node()
        node.alert("app/1", "a" * 200, "b" * 200, jpeg())
        page = self.page()
        page.call("Emulation.setDeviceMetricsOverride", **PHONE)
        self.addCleanup(page.call, "Emulation.clearDeviceMetricsOverride")
        page.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark"}])
        page.until("document.querySelector('#alerts img')?.naturalWidth === 320")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), PHONE["width"])
        sum_of = "(color) => color.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0)"
        body = "getComputedStyle(document.body)"
        self.assertLess(page.evaluate(f"({sum_of})({body}.backgroundColor)"), 150)
        self.assertGreater(page.evaluate(f"({sum_of})({body}.color)"), 600)
        height = page.evaluate("document.querySelector('#alerts button').offsetHeight")
        self.assertGreaterEqual(height, 40, "a thumb finds it")

    def test_older_alerts_come_when_they_are_asked_for(self):
        node = self.node()
        node.alerts([(f"app/{number}", f"alert {number}", "south") for number in range(1, 61)])
        page = self.page()
        page.until("document.querySelectorAll('#alerts > li').length === 50")
        page.until(shown("#older"))
        page.evaluate("document.querySelector('#older').click()")
        page.until("document.querySelectorAll('#alerts > li').length === 60")
        self.assertFalse(page.evaluate(shown("#older")))
        self.assertEqual(self.hub.stop(), 0)


def main():
    global programs, chromium
    programs = pathlib.Path(sys.argv.pop(1)).resolve()
    chromium = shutil.which("chromium")
    require(chromium, "chromium is not installed")
    require(shutil.which("ffmpeg"), "ffmpeg is not installed")
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
