#!/usr/bin/env python3
"""Cameras that fail, as `weir run` lives through them: noticed, named, retried, and no matter to
the camera beside them.

usage: cameras_test.py DIR [TEST...]    DIR holds the programs weir, rtsp_camera, garbage_server
"""

import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

from weir import Weir, camera

from child import Simulator, require  # after weir, which knows where it is
from clips import make_clip
from proxy import Proxy

SECONDS = 60  # no step takes longer, however slow the machine
FRAMES = 10  # that show that a camera is live
RATE = 10

programs = None


class CamerasTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clips = tempfile.TemporaryDirectory()
        cls.clip = make_clip(pathlib.Path(cls.clips.name) / "clip.mp4", 2, rate=RATE)

    @classmethod
    def tearDownClass(cls):
        cls.clips.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.good = self.film("--loop")

    def film(self, *arguments, clip=None):
        return self.simulate("rtsp_camera", "--camera", f"/camera={clip or self.clip}", *arguments)

    def simulate(self, program, *arguments):
        simulator = Simulator([programs / program, *arguments])
        self.addCleanup(simulator.kill)
        return simulator

    def run_weir(self, port, login=""):
        """weir on the camera under test, named `bad`, and a good one beside it."""
        weir = Weir(programs / "weir", self.folder,
                    [camera("good", self.good.port), camera("bad", port, login=login)])
        self.addCleanup(weir.kill)
        return weir

    def proxy(self, port):
        proxy = Proxy(port)
        self.addCleanup(proxy.close)
        return proxy

    def assert_good_goes_on(self, weir):
        weir.next_frames("good", FRAMES, SECONDS)

    def assert_only_bad_failed(self, weir):
        """Ends the run and looks at what it counted; of the camera under test it is returned."""
        states = {camera["device"]: camera for camera in weir.finish(SECONDS)["cameras"]}
        self.assertEqual(states["good"]["failures"], 0)
        self.assertGreaterEqual(states["bad"]["failures"], 1)
        return states["bad"]

    def test_a_frozen_camera_is_noticed_and_comes_back(self):
        bad = self.film("--loop")
        weir = self.run_weir(bad.port)
        weir.next_frames("bad", FRAMES, SECONDS)
        bad.send(signal.SIGSTOP)
        weir.logged(SECONDS, "device=bad", "frozen")
        self.assert_good_goes_on(weir)
        bad.send(signal.SIGCONT)
        weir.next_frames("bad", FRAMES, SECONDS)
        self.assert_only_bad_failed(weir)

    def test_a_vanished_camera_is_noticed_and_comes_back(self):
        bad = self.film("--loop")
        weir = self.run_weir(bad.port)
        weir.next_frames("bad", FRAMES, SECONDS)
        bad.kill()
        weir.logged(SECONDS, "device=bad", "failed")
        self.assert_good_goes_on(weir)
        self.film("--loop", "--port", str(bad.port))
        weir.next_frames("bad", FRAMES, SECONDS)
        self.assert_only_bad_failed(weir)

    def test_a_camera_that_comes_later_is_found(self):
        bad = self.film("--loop")
        bad.kill()
        weir = self.run_weir(bad.port)
        weir.logged(SECONDS, "device=bad", "refused")
        self.assert_good_goes_on(weir)
        self.film("--loop", "--port", str(bad.port))
        weir.next_frames("bad", FRAMES, SECONDS)
        self.assert_only_bad_failed(weir)

    def test_a_broken_connection_is_made_again(self):
        proxy = self.proxy(self.film("--loop").port)
        weir = self.run_weir(proxy.port)
        weir.next_frames("bad", FRAMES, SECONDS)
        proxy.reset()
        weir.logged(SECONDS, "device=bad")
        weir.next_frames("bad", FRAMES, SECONDS)
        self.assert_only_bad_failed(weir)

    def test_a_stream_that_ends_is_noticed(self):
        bad = self.film("--start-when-watched")
        weir = self.run_weir(bad.port)
        bad.event("ended", SECONDS)
        weir.logged(SECONDS, "device=bad", "failed")
        self.assert_good_goes_on(weir)
        self.assertEqual(self.assert_only_bad_failed(weir)["packets"], 2 * RATE)

    def test_the_wrong_password_is_named(self):
        bad = self.film("--loop", "--user", "guest", "--password", "s3cret")
        weir = self.run_weir(bad.port, ", user: guest, password: wr0ng")
        weir.logged(SECONDS, "device=bad", "password")
        self.assert_good_goes_on(weir)
        self.assertNotIn("wr0ng", "\n".join(weir.stderr))
        self.assertEqual(weir.frames("bad"), 0)
        self.assert_only_bad_failed(weir)

    def test_the_right_password_is_let_in(self):
        password = "p@ss:w#rd/%41"
        bad = self.film("--loop", "--user", "guest", "--password", password)
        weir = self.run_weir(bad.port, f", user: guest, password: '{password}'")
        weir.next_frames("bad", FRAMES, SECONDS)
        self.assertNotIn(password, "\n".join(weir.stderr))

    def test_what_is_no_camera_is_reported(self):
        for answer in ("random", "silence", "close"):
            with self.subTest(answer):
                server = self.simulate("garbage_server", "--answer", answer)
                weir = self.run_weir(server.port)
                server.event("connected", SECONDS)
                weir.logged(SECONDS, "device=bad", "failed")
                self.assert_good_goes_on(weir)
                self.assert_only_bad_failed(weir)

    def test_a_frame_that_never_ends_is_noticed(self):
        # RTCP goes on, so the connection itself is never silent.
        bad = self.film("--loop", "--start-when-watched", "--fault", "stall-mid-frame-at=20")
        weir = self.run_weir(bad.port)
        bad.event("fault", SECONDS)
        weir.logged(SECONDS, "device=bad", "frozen")
        weir.next_frames("bad", FRAMES, SECONDS)
        self.assert_good_goes_on(weir)
        self.assert_only_bad_failed(weir)

    def test_a_packet_that_never_ends_is_noticed(self):
        proxy = self.proxy(self.film("--loop").port)
        weir = self.run_weir(proxy.port)
        weir.next_frames("bad", FRAMES, SECONDS)
        proxy.stall_after(1001)
        weir.logged(SECONDS, "device=bad", "frozen")
        weir.next_frames("bad", FRAMES, SECONDS)
        self.assert_good_goes_on(weir)
        self.assert_only_bad_failed(weir)

    def test_garbage_in_valid_packets_is_reported(self):
        bad = self.film("--loop", "--start-when-watched", "--fault", "garbage-at=10")
        weir = self.run_weir(bad.port)
        bad.event("fault", SECONDS)
        weir.logged(SECONDS, "rejected", "step=decode")
        self.assert_good_goes_on(weir)
        steps = weir.finish(SECONDS)["deployments"][0]["operators"]
        errors = {step["operator"]: step["errors"] for step in steps}
        self.assertGreater(errors["decode"], 0)

    def test_another_resolution_goes_on(self):
        other = make_clip(self.folder / "other.mp4", 1, size="640x360", rate=RATE)
        bad = self.film("--loop", "--start-when-watched", clip=f"{self.clip},{other}")
        weir = self.run_weir(bad.port)
        weir.next_picture("bad", (320, 240), SECONDS)
        weir.next_picture("bad", (640, 360), SECONDS)
        weir.next_picture("bad", (320, 240), SECONDS)
        states = {camera["device"]: camera for camera in weir.finish(SECONDS)["cameras"]}
        self.assertEqual(states["bad"]["failures"], 0)


if __name__ == "__main__":
    programs = pathlib.Path(sys.argv.pop(1))
    require(shutil.which("ffmpeg"), "ffmpeg is not installed")
    unittest.main(verbosity=2)
