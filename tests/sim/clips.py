"""Small H.264 clips, made by ffmpeg, and what can be read out of H.264."""

import re
import subprocess

FFMPEG_SECONDS = 60


def make_clip(path, seconds=4, size="320x240", rate=10, gop=10, b_frames=0):
    """A moving test picture with a keyframe every `gop` frames."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}",
         "-t", str(seconds), "-c:v", "libx264", "-preset", "veryfast", "-g", str(gop),
         "-sc_threshold", "0", "-bf", str(b_frames), "-pix_fmt", "yuv420p", str(path)],
        check=True, timeout=FFMPEG_SECONDS, stdin=subprocess.DEVNULL)
    return path


def stamps(annex_b):
    """The microseconds of each MISB ST 0604 time stamp in an H.264 byte stream, in order.

    Reads what a decoder would: SEI messages of type 5 whose UUID is "MISPmicrosectime".
    """
    found = []
    for unit in re.split(b"\x00\x00\x01", annex_b):
        if not unit or unit[0] & 0x1F != 6:  # nal_unit_type SEI
            continue
        payload = unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        if payload[:1] != b"\x05" or payload[2:18] != b"MISPmicrosectime":
            continue
        assert payload[1] == 28, f"payloadSize is {payload[1]}"
        assert payload[18] == 0x1F, f"status is {payload[18]:#x}"
        time = payload[19:30]
        assert time[2] == time[5] == time[8] == 0xFF, time
        found.append(int.from_bytes(time[0:2] + time[3:5] + time[6:8] + time[9:11], "big"))
    return found
