"""``activity.h5``: the facts of the neurons, once, and a link to each logged step's file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.common.atomic_files import write_bytes
from keras_v1_activity.common.hdf5_forks import hold_hdf5_while_forking
from keras_v1_activity.common.notices import tell, warn
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.hdf5 import DAMAGE
from keras_v1_activity.storage.index_content import (
    digest_of,
    linked_steps,
    new_content,
    with_links,
)
from keras_v1_activity.storage.layout import Layout, step_files
from keras_v1_activity.storage.neurons_codec import neurons_digest, stored_neurons
from keras_v1_activity.storage.ownership import Owner, owner_of, set_aside_if_damaged
from keras_v1_activity.storage.sealed import Sealed, read_sealed, seal

# Up to so many links, the index is written at every look: 4 ms, for 30 looks as for 3,000. Beyond,
# copying is felt, and it is written when a look for each so many links waits.
LINKS_PER_LOOK: int = 10_000


class StepWriter:
    """Writes the data file of each look and keeps the index.

    The step files are the truth: each is whole or absent. The index is made from them when it is
    found missing, damaged, incomplete or of another run. It is never changed in place: a copy with
    a further link takes its place, so that it is whole at every moment. A file of this name that
    another program has written is left alone, and there is no index then.

    The first step file that a writer makes carries the facts of the neurons too, as does each whose
    neurons differ from the index's.

    Args:
        layout: where the files of the run lie.
        run_id: id of the run, or empty.

    Example:
        >>> from pathlib import Path
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> writer = StepWriter(make_layout("folders", "run"))
        >>> writer.write(activity); writer.link(activity); writer.finish()
        >>> sorted(path.name for path in Path("run").iterdir())
        ['activity.h5', 'step_000100']
    """

    def __init__(self, layout: Layout, run_id: str = "") -> None:
        hold_hdf5_while_forking()
        self._layout = layout
        self._run_id = run_id
        self._digest: str | None = None
        # The bytes that the digest is of: an index that still holds them need not be opened for it.
        self._content = b""
        self._waiting: dict[int, PurePath] = {}
        self._n_links = 0
        self._foreign = False

    def open(self) -> None:
        """Looks whether the index fits the step files, and makes it again if it does not.

        Raises:
            OSError: it could not be written, or a damaged file could not be moved aside.
        """
        path = self._layout.index
        if self._is_foreign():
            return
        target = set_aside_if_damaged(path)
        if target is not None:
            tell(f"{path} was damaged: it is now in {target}, and is made again.")
        files = step_files(self._layout.log_dir)
        found = read_sealed(path)
        if files and (found is None or not self._fits(found, files.keys())):
            self._rebuild(None)
        else:
            self._n_links = len(files)

    def _is_foreign(self) -> bool:
        """Whether another program has written the index's file; then one line says so."""
        path = self._layout.index
        self._foreign = owner_of(path) is Owner.FOREIGN
        if self._foreign:
            warn(
                f"{path} is not of a run and stays as it is: there is no index of the looks; "
                "load_activity needs none."
            )
        return self._foreign

    def _fits(self, found: Sealed, steps: object) -> bool:
        try:
            return found.run_id == self._run_id and linked_steps(found.content) == steps
        except DAMAGE:
            return False

    def write(self, activity: Activity) -> None:
        """Stores one look; one at the same step as an earlier look takes its place.

        Raises:
            OSError: it could not be written; every earlier step is as it was.
        """
        known = self._digest == neurons_digest(activity.neurons)
        with_neurons = self._foreign or not (known and self._layout.index.exists())
        content = codec.encode(activity, with_neurons)
        self._layout.log_dir.mkdir(parents=True, exist_ok=True)
        # Written in the run's folder: a process killed meanwhile leaves no folder of a step.
        write_bytes(self._layout.data(activity.step), content, self._layout.log_dir)

    def link(self, activity: Activity) -> None:
        """Adds the stored look to the index; a missing or damaged index is made again.

        Raises:
            OSError: the index could not be written.
        """
        if self._foreign:
            return
        path = self._layout.data(activity.step)
        self._waiting[activity.step] = path.relative_to(self._layout.log_dir)
        if self._digest is None or len(self._waiting) * LINKS_PER_LOOK >= self._n_links:
            self._write_waiting(activity.neurons)

    def finish(self) -> None:
        """Writes the links that still wait.

        Raises:
            OSError: the index could not be written.
        """
        if self._waiting:
            self._write_waiting(None)

    def _write_waiting(self, neurons: Neurons | None) -> None:
        found = read_sealed(self._layout.index)
        digest = None if found is None else self._digest_in(found)
        if found is None or digest is None or found.run_id != self._run_id:
            if self._is_foreign():
                self._waiting.clear()
                return
            set_aside_if_damaged(self._layout.index)
            self._rebuild(neurons)
            return
        content = with_links(found.content, self._waiting)
        self._replace(content, self._n_links + len(self._waiting))
        self._digest = digest

    def _digest_in(self, found: Sealed) -> str | None:
        if self._digest is not None and found.content == self._content:
            return self._digest
        try:
            return digest_of(found.content)
        except DAMAGE:
            return None

    def _rebuild(self, neurons: Neurons | None) -> None:
        files = step_files(self._layout.log_dir)
        known = stored_neurons(self._layout.index, files) or neurons
        links: Mapping[int, PurePath] = {
            step: path.relative_to(self._layout.log_dir) for step, path in files.items()
        }
        self._replace(new_content(links, known), len(links))
        self._digest = None if neurons is None or known is None else neurons_digest(known)

    def _replace(self, content: bytes, n_links: int) -> None:
        write_bytes(self._layout.index, seal(content, self._run_id))
        self._content = content
        self._waiting.clear()
        self._n_links = n_links
