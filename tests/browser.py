"""Chromium without a screen, driven over a pipe by the DevTools protocol."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_PATIENCE_S = 60
# Without the machine's graphics, and without a sandbox, which containers lack.
_SWITCHES = (
    "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-default-browser-check", "--hide-scrollbars", "--disable-extensions",
)  # fmt: skip


class Browser:
    """One page of a browser.

    Attributes:
        requests: addresses that the page asked for, its own left out.
        complaints: what it wrote to the console, and errors that nobody caught.
    """

    def __init__(self, width=1280, height=900, dark=False):
        self.requests, self.complaints, self._events = [], [], []
        self._buffer, self._id, self._session = b"", 0, None
        self._profile = tempfile.mkdtemp(prefix="chromium_")
        read_in, self._write = os.pipe()
        self._read, write_out = os.pipe()
        # DevTools reads from 3 and writes to 4.
        low = [os.dup(read_in), os.dup(write_out)]
        while min(low) < 5:
            low = [os.dup(fd) for fd in low]

        def ends():
            os.dup2(low[0], 3)
            os.dup2(low[1], 4)

        self._process = subprocess.Popen(
            [CHROMIUM, *_SWITCHES, f"--user-data-dir={self._profile}", "about:blank"],
            pass_fds=(3, 4), preexec_fn=ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for fd in (read_in, write_out):
            os.close(fd)
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.resize(width, height, dark)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self._profile, ignore_errors=True)

    def resize(self, width, height, dark=False, ratio=1):
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=ratio, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="", features=[scheme])

    def send(self, method, **params):
        self._id += 1
        message = {"id": self._id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def open(self, path, until="window.report !== undefined"):
        """Opens a file or an address; returns the seconds until the expression was true."""
        begin = time.monotonic()
        is_address = str(path).startswith("http://")
        url = str(path) if is_address else f"file://{os.path.abspath(path)}"
        self.send("Page.navigate", url=url)
        while not self.value(f"document.readyState === 'complete' && ({until})"):
            if time.monotonic() - begin > _PATIENCE_S:
                raise TimeoutError(f"{until} never became true; {self.complaints}")
            time.sleep(0.02)
        return time.monotonic() - begin

    def value(self, expression):
        """What an expression of JavaScript gives, as JSON can hold it; promises are awaited."""
        asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        try:
            answer = self.send("Runtime.evaluate", **asked)
        except RuntimeError as error:
            if "navigated" not in str(error):
                raise
            # The page loaded itself again meanwhile: the new one is asked.
            answer = self.send("Runtime.evaluate", **asked)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def call(self, function, *arguments):
        """What a function of JavaScript gives for some arguments; promises are awaited."""
        return self.value(f"({function})(...{json.dumps(arguments)})")

    def key(self, name, code):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code)

    def mouse(self, kind, x, y, **others):
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **others)

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1, buttons=int(kind[5] == "P"))

    def picture(self, path, whole=False):
        """A screenshot; `whole` also of what lies below."""
        others = {}
        if whole:
            size = self.send("Page.getLayoutMetrics")["cssContentSize"]
            others = {"captureBeyondViewport": True, "clip": {**size, "x": 0, "y": 0, "scale": 1}}
        data = self.send("Page.captureScreenshot", format="png", **others)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def _next(self):
        end = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(end - time.monotonic(), 0))
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                raise TimeoutError("the browser does not answer")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        params = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if params.get("type") != "Document":
                self.requests.append(url)
        elif event.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            what = details.get("exception", {}).get("description", details["text"])
            self.complaints.append(what)
        elif event.get("method") == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif event.get("method") == "Runtime.consoleAPICalled":
            words = [str(each.get("value", each.get("description"))) for each in params["args"]]
            self.complaints.append(" ".join(words))
