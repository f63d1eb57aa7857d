"""A run in a notebook: on a page that grows with it, or as its report."""

from __future__ import annotations

import os
import tempfile
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Final

from keras_v1_activity.live import WatchServer
from keras_v1_activity.report import write_report
from keras_v1_activity.storage.run_folder import RunFolder
from keras_v1_activity.storage.run_report import RunReport, reported

# A notebook keeps what it has shown: it must not become too long to be opened.
_NOTEBOOK_BYTES: Final = 3_000_000
# The browser that shows the notebook is on another machine, or outside of the kernel's container.
_FAR_MARKS: Final = (
    "SSH_CONNECTION", "JUPYTERHUB_USER", "JUPYTERHUB_SERVICE_PREFIX", "COLAB_RELEASE_TAG",
    "KAGGLE_KERNEL_RUN_TYPE", "BINDER_LAUNCH_HOST", "CODESPACES", "REMOTE_CONTAINERS",
    "SAGEMAKER_APP_TYPE", "DATABRICKS_RUNTIME_VERSION", "KUBERNETES_SERVICE_HOST",
)  # fmt: skip
_FAR_FILES: Final = ("/.dockerenv", "/run/.containerenv")
_SERVERS: Final[dict[Path, WatchServer]] = {}


class RunShow(RunReport):
    """Base of `Run`, whose method this is.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> try:
        ...     load_activity("logs").show()
        ... except (RuntimeError, ModuleNotFoundError) as error:
        ...     print("run.report()" in str(error))
        True
    """

    def show(self, *, live: bool | None = None, height: int = 760) -> None:
        """Shows the run below the cell of a notebook.

        A live page is served by the kernel, gets each look as it is stored, and ends with the
        kernel; nothing of it is kept in the notebook. A page that is not live is the report, of
        about 3 MB at most, which the notebook keeps.

        Args:
            live: whether the page is live; None: if the kernel runs on the machine of the browser,
                as far as that can be told.
            height: of the page, CSS pixels.

        Raises:
            RuntimeError: this is no notebook.
            ModuleNotFoundError: IPython, which every notebook has, is not installed.
            ValueError: the page is not live, and there is no look yet.
        """
        shown = _notebook()
        if _is_near() if live is None else live:
            shown.display(shown.IFrame(_server(self.log_dir).address, "100%", int(height)))
        else:
            shown.display(shown.HTML(_static(self, int(height))))


def _notebook() -> ModuleType:
    """IPython's module of what a notebook can display."""
    instead = "run.report() writes one HTML file, and keras-v1-activity watch serves the live page"
    try:
        import IPython
        from IPython import display
    except ImportError:
        raise ModuleNotFoundError(
            f"run.show() needs a notebook, and IPython is not installed here: {instead}.",
            name="IPython",
        ) from None
    if getattr(IPython.get_ipython(), "kernel", None) is None:
        raise RuntimeError(f"run.show() shows a run in a notebook, and this is none: {instead}.")
    return display


def _is_near() -> bool:
    """Whether the browser can be expected to reach a server of this process."""
    far = any(os.environ.get(name) for name in _FAR_MARKS)
    return not far and not any(os.path.exists(path) for path in _FAR_FILES)


def _server(log_dir: Path) -> WatchServer:
    """The server of a run: one for all cells that show it, until the kernel ends."""
    server = _SERVERS.get(log_dir)
    if server is None or not server.is_open:
        server = _SERVERS[log_dir] = WatchServer(RunFolder(log_dir), framed=True)
    return server


def _static(run: RunReport, height: int) -> str:
    """The report in a frame of its own, whose script cannot reach the notebook."""
    with tempfile.TemporaryDirectory(prefix="keras_v1_activity_") as folder:
        path = Path(folder, "report.html")
        write_report(path, reported([run]), limit_bytes=_NOTEBOOK_BYTES)
        page = path.read_text(encoding="utf-8")
    # IPython asks to use IFrame, which takes an address only, for what begins with a frame.
    return (
        f'<div><iframe srcdoc="{escape(page)}" sandbox="allow-scripts" width="100%" '
        f'height="{height}" style="border:0"></iframe></div>'
    )
