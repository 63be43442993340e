"""Chromium without a window, driven through a pipe by its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/: objects of JSON, each ended by a zero byte, go
in by descriptor 3 and come out by descriptor 4.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
import zlib

PATIENCE = 120  # seconds; other tests share the processors
NAMES = ("chromium", "chromium-browser", "google-chrome")


class Browser:
    """One page at a time, with what it complained of and what it wanted from elsewhere."""

    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            raise AssertionError("the report is tested in a browser, and there is no Chromium; "
                                 "as root, type: apt-get install chromium")
        self.profile = tempfile.mkdtemp(prefix="zoo-browser-")
        inward, self.to_browser = os.pipe()
        self.from_browser, outward = os.pipe()
        # The descriptors keep the places 3 and 4 for the browser, whatever they are here.
        script = f'exec "$0" "$@" 3<&{inward} 4>&{outward}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, program, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
             f"--user-data-dir={self.profile}", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(inward, outward), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(inward)
        os.close(outward)
        self.unread = b""
        self.number = 0
        self.session = None
        self.complaints, self.requests = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        answer = self.wait_for(lambda heard: heard.get("id") == self.number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait_for(self, is_meant):
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" not in self.unread:
                if not select.select([self.from_browser], [], [], end - time.monotonic())[0]:
                    raise AssertionError("the browser does not answer")
                piece = os.read(self.from_browser, 1 << 20)
                if not piece:
                    raise AssertionError("the browser has ended")
                self.unread += piece
            text, self.unread = self.unread.split(b"\0", 1)
            heard = json.loads(text)
            self.note(heard)
            if is_meant(heard):
                return heard

    def note(self, heard):
        method, parameters = heard.get("method"), heard.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(parameters["args"])
        elif method == "Log.entryAdded":
            self.complaints.append(parameters["entry"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, file, width=1200, dark=False, scripts=True):
        """Shows a file and waits until it is drawn."""
        self.complaints, self.requests = [], []
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=file.resolve().as_uri())
        self.wait_for(lambda heard: heard.get("method") == "Page.loadEventFired")
        if scripts:
            self.settle()

    def settle(self):
        """Two frames: what observes sizes draws in the first."""
        self.call("Runtime.evaluate", awaitPromise=True, expression="new Promise(done => "
                  "requestAnimationFrame(() => requestAnimationFrame(done)))")

    def value(self, expression):
        """Of an expression of JavaScript in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key):
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode={"Tab": 9, "End": 35, "Home": 36, "ArrowLeft": 37,
                                             "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
                                             "Escape": 27, " ": 32}[key])

    def point_at(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def screenshot(self, whole=False):
        """A PNG of what the window shows, or of the whole page."""
        parameters = {"format": "png"}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            parameters |= {"captureBeyondViewport": True, "clip": size | {"scale": 1}}
        return base64.b64decode(self.call("Page.captureScreenshot", **parameters)["data"])


def pixels(png):
    """The set of colours of a PNG with eight bits a channel, and how many pixels have each."""
    header, data, place = None, b"", 8
    while place < len(png):
        size, kind = int.from_bytes(png[place:place + 4], "big"), png[place + 4:place + 8]
        body = png[place + 8:place + 8 + size]
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            data += body
        place += size + 12
    width = int.from_bytes(header[:4], "big")
    channels = {2: 3, 6: 4}[header[9]]
    return colours(zlib.decompress(data), width * channels, channels)


def colours(rows, stride, channels):
    """Undoes the filters of PNG (RFC 2083, section 6), row by row."""
    counts, above = {}, bytearray(stride)
    for start in range(0, len(rows), stride + 1):
        row = bytearray(rows[start + 1:start + 1 + stride])
        unfilter(rows[start], row, above, channels)
        for i in range(0, stride, channels):
            colour = bytes(row[i:i + 3])
            counts[colour] = counts.get(colour, 0) + 1
        above = row
    return counts


def unfilter(kind, row, above, channels):
    for i in range(len(row)) if kind else ():
        left = row[i - channels] if i >= channels else 0
        corner = above[i - channels] if i >= channels else 0
        row[i] = (row[i] + predicted(kind, left, above[i], corner)) & 255


def predicted(kind, left, up, corner):
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))
