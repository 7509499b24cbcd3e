#!/usr/bin/env python3
"""The simulated camera as independent RTSP clients see it: FFmpeg's and GStreamer's.

usage: rtsp_camera_test.py DIR    DIR holds the programs rtsp_camera and garbage_server
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from child import Child, Simulator, require
from clips import make_clip, stamps

SECONDS = 60  # no step takes longer, however slow the machine
RATE = 10
FRAMES = 20
LATE_US = 1_000_000  # kReleaseLatenessNsMax

programs = None


def rows(probe):
    """What ffprobe printed, a dictionary a packet or frame; of side data only "|" is left."""
    return [dict(cell.split("=", 1) for cell in line.split("|") if "=" in cell)
            for line in probe.stdout if "=" in line]


class CameraTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.clips = pathlib.Path(cls.folder.name)
        cls.clip = make_clip(cls.clips / "clip.mp4", FRAMES / RATE)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def camera(self, *arguments, clip=None):
        camera = Simulator([programs / "rtsp_camera", "--camera", f"/camera={clip or self.clip}",
                            *arguments])
        self.addCleanup(camera.kill)
        return camera

    def probe(self, url, *arguments, transport="tcp"):
        """ffprobe printing a compact line a packet or frame."""
        probe = Child(["ffprobe", "-v", "error", "-rtsp_transport", transport, "-of", "compact=p=0",
                       *arguments, url])
        self.addCleanup(probe.kill)
        return probe

    def packets(self, url, transport="tcp", *arguments):
        """(keyframe, seconds) of each packet until the stream ends."""
        probe = self.probe(url, *arguments, "-show_entries", "packet=flags,dts_time",
                           transport=transport)
        probe.wait(SECONDS)
        return [(row["flags"].startswith("K"), row["dts_time"]) for row in rows(probe)]

    def record(self, url, transport="tcp"):
        """The bytes of the H.264 stream until its end."""
        run = subprocess.run(
            ["ffmpeg", "-v", "error", "-rtsp_transport", transport, "-i", url, "-c", "copy",
             "-f", "h264", "-"], capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        self.assertEqual(run.stderr, b"")
        return run.stdout

    def test_every_frame_arrives_over_tcp_from_a_keyframe_to_the_end(self):
        camera = self.camera("--start-when-watched")
        packets = self.packets(camera.url("/camera"))
        self.assertEqual(len(packets), FRAMES)
        self.assertTrue(packets[0][0])
        self.assertEqual(sum(key for key, _ in packets), FRAMES // 10)
        ended = camera.event("ended", SECONDS)
        self.assertEqual(ended["frames"], FRAMES)

    def test_frames_arrive_over_udp_from_a_keyframe_to_the_end(self):
        camera = self.camera("--start-when-watched")
        packets = self.packets(camera.url("/camera"), "udp")
        self.assertTrue(packets[0][0])
        self.assertGreater(len(packets), FRAMES // 2)  # UDP may lose some
        self.assertLessEqual(len(packets), FRAMES)

    def test_each_frame_carries_the_time_of_its_release(self):
        before = time.time_ns() // 1000
        camera = self.camera("--start-when-watched")
        times = stamps(self.record(camera.url("/camera")))
        after = time.time_ns() // 1000
        self.assertEqual(len(times), FRAMES)
        self.assertEqual(times, sorted(set(times)))
        self.assertEqual(times[0], camera.event("released", SECONDS)["at"] // 1000)
        self.assertLess(before, times[0])
        self.assertLess(times[-1], after)

    def test_frames_are_released_at_the_pace_of_the_clip(self):
        camera = self.camera("--start-when-watched")
        times = stamps(self.record(camera.url("/camera")))
        # The first frame may be released late, no frame early.
        length_us = (FRAMES - 1) * 1_000_000 // RATE
        self.assertGreater(times[-1] - times[0], length_us - LATE_US)
        
    def test_reordered_pictures_keep_their_order(self):
        clip = make_clip(self.clips / "reordered.mp4", FRAMES / RATE, b_frames=2)
        camera = self.camera("--start-when-watched", clip=clip)
        probe = self.probe(camera.url("/camera"), "-show_entries", "packet=pts")
        probe.wait(SECONDS)
        packets = rows(probe)
        # FFmpeg knows no time of some of the packets it probes the stream with.
        times = [int(packet["pts"]) for packet in packets if packet["pts"] != "N/A"]
        self.assertEqual(len(packets), FRAMES)
        self.assertNotEqual(times, sorted(times))
        steps = {later - earlier for earlier, later in zip(sorted(times), sorted(times)[1:])}
        self.assertLess(max(steps) - min(steps), 90)  # of 90,000 a second: rounding, no gap

    def test_who_comes_late_gets_what_is_live_from_the_next_keyframe_on(self):
        camera = self.camera("--loop")
        camera.event("released", SECONDS)
        second = self.packets(camera.url("/camera"), "tcp", "-read_intervals", "%+#5")
        self.assertTrue(second[0][0])
        first_of_clip = camera.event("released", SECONDS)["at"] // 1000
        run = subprocess.run(
            ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", camera.url("/camera"),
             "-c", "copy", "-frames:v", "5", "-f", "h264", "-"],
            capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        self.assertGreaterEqual(stamps(run.stdout)[0], first_of_clip + 1_000_000)

    def test_two_watch_at_once_and_get_the_same(self):
        camera = self.camera("--start-when-watched")
        watching = Child(["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i",
                          camera.url("/camera"), "-c", "copy", "-f", "null", "-"])
        self.addCleanup(watching.kill)
        camera.event("released", SECONDS)
        self.assertTrue(self.packets(camera.url("/camera"))[0][0])
        self.assertEqual(watching.wait(SECONDS), 0, watching.tail())
        camera.event("left", SECONDS, viewers=0)

    def test_unwatched_frames_pass(self):
        camera = self.camera()
        self.assertEqual(camera.event("ended", SECONDS)["frames"], FRAMES)
        probe = self.probe(camera.url("/camera"))
        self.assertNotEqual(probe.wait(SECONDS), 0)
        self.assertIn("404", probe.tail())

    def test_timestamps_rise_when_the_clip_begins_again(self):
        camera = self.camera("--loop", "--start-when-watched")
        packets = self.packets(camera.url("/camera"), "tcp", "-read_intervals", f"%+#{FRAMES + 15}")
        times = [float(seconds) for _, seconds in packets if seconds != "N/A"]
        self.assertGreater(len(times), FRAMES)
        for earlier, later in zip(times, times[1:]):
            self.assertAlmostEqual(later - earlier, 1 / RATE, delta=0.001)

    def test_a_second_clip_changes_the_resolution(self):
        other = make_clip(self.clips / "other.mp4", 1, size="640x360")
        camera = self.camera("--start-when-watched", clip=f"{self.clip},{other}")
        probe = self.probe(camera.url("/camera"), "-show_entries", "frame=width,height")
        probe.wait(SECONDS)
        sizes = [(row["width"], row["height"]) for row in rows(probe)]
        self.assertEqual(sizes, [("320", "240")] * FRAMES + [("640", "360")] * RATE)

    def test_only_the_right_password_is_let_in(self):
        camera = self.camera("--loop", "--user", "guest", "--password", "s3cret")
        for login in ("", "guest:wrong@", "other:s3cret@"):
            probe = self.probe(camera.url("/camera").replace("//", "//" + login))
            self.assertNotEqual(probe.wait(SECONDS), 0)
            self.assertIn("401", probe.tail())
        url = camera.url("/camera").replace("//", "//guest:s3cret@")
        self.assertTrue(self.packets(url, "tcp", "-read_intervals", "%+#5")[0][0])

    def test_a_stalled_frame_never_ends_and_who_comes_later_is_served(self):
        camera = self.camera("--loop", "--start-when-watched", "--fault", "stall-mid-frame-at=12")
        stalled = self.probe(camera.url("/camera"), "-show_entries", "packet=flags")
        self.assertEqual(camera.event("fault", SECONDS)["viewers"], 1)
        later = self.packets(camera.url("/camera"), "tcp", "-read_intervals", "%+#25")
        self.assertEqual(len(later), 25)
        self.assertTrue(stalled.running(), stalled.tail())
        self.assertLessEqual(len(rows(stalled)), 12)

    def test_lost_packets_leave_a_gap_and_the_stream_goes_on(self):
        camera = self.camera("--start-when-watched", "--fault", "lose-packets-at=13")
        run = subprocess.run(
            ["ffmpeg", "-v", "warning", "-rtsp_transport", "udp", "-i", camera.url("/camera"),
             "-f", "null", "-"], capture_output=True, text=True, timeout=SECONDS,
            stdin=subprocess.DEVNULL)
        self.assertIn("RTP: missed", run.stderr)
        self.assertEqual(camera.event("fault", SECONDS)["viewers"], 1)
        camera.event("ended", SECONDS)

    def test_garbage_comes_as_valid_rtp(self):
        camera = self.camera("--start-when-watched", "--fault", "garbage-at=10")
        run = subprocess.run(
            ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", camera.url("/camera"),
             "-f", "null", "-"], capture_output=True, text=True, timeout=SECONDS,
            stdin=subprocess.DEVNULL)
        self.assertIn("[h264", run.stderr)
        camera.event("ended", SECONDS)

    def test_gstreamer_receives_every_frame(self):
        if not shutil.which("gst-launch-1.0"):
            self.skipTest("gst-launch-1.0 is not installed")
        for transport in ("tcp", "udp"):
            camera = self.camera("--start-when-watched")
            out = self.clips / f"{transport}.h264"
            run = subprocess.run(
                ["gst-launch-1.0", "-q", "rtspsrc", f"location={camera.url('/camera')}",
                 f"protocols={transport}", "latency=0", "!", "rtph264depay", "!",
                 "video/x-h264,stream-format=byte-stream,alignment=au", "!", "filesink",
                 f"location={out}"], capture_output=True, timeout=SECONDS,
                stdin=subprocess.DEVNULL)
            # GStreamer drops what still waits for its order when a stream over UDP ends. Its exit
            # code says nothing of frames: it is 1 where the camera hung up before its farewell.
            least = FRAMES - 1 if transport == "udp" else FRAMES
            self.assertGreaterEqual(len(stamps(out.read_bytes())), least, (transport, run.stderr))

    def test_bad_arguments_are_named(self):
        text = self.clips / "text.mp4"
        text.write_text("no video")
        for arguments, expected in (
                (["--camera", f"/camera={text}"], "not a video file"),
                (["--camera", f"camera={self.clip}"], "expects /MOUNT=CLIP"),
                (["--camera", f"/camera={self.clip}", "--fault", "fire-at=1"], "unknown fault"),
                ([], "no --camera")):
            run = subprocess.run([programs / "rtsp_camera", *arguments], capture_output=True,
                                 text=True, timeout=SECONDS)
            self.assertEqual(run.returncode, 2)
            self.assertIn(expected, run.stderr)


class GarbageServerTest(unittest.TestCase):
    def test_no_client_takes_it_for_a_camera(self):
        for answer in ("random", "silence", "close"):
            server = Simulator([programs / "garbage_server", "--answer", answer])
            self.addCleanup(server.kill)
            probe = Child(["ffprobe", "-v", "error", "-timeout", "1000000", server.url("/camera")])
            self.addCleanup(probe.kill)
            server.event("connected", SECONDS)
            self.assertNotEqual(probe.wait(SECONDS), 0, answer)


if __name__ == "__main__":
    programs = pathlib.Path(sys.argv.pop(1))
    for tool in ("ffmpeg", "ffprobe"):
        require(shutil.which(tool), f"{tool} is not installed")
    unittest.main(verbosity=2)
