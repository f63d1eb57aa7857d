"""What a report holds, read from its HTML as another program would."""

from html.parser import HTMLParser

import numpy as np

from keras_v1_activity.report import write_report
from keras_v1_activity.report.packing import from_text, read_varints, unpack
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.run_report import reported


class _Page(HTMLParser):
    """Elements by name, and the text of those that have an id."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self._id = [], {}, None

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._id = dict(attrs).get("id", tag)

    def handle_endtag(self, tag):
        self._id = None

    def handle_data(self, data):
        if self._id is not None:
            self.text[self._id] = self.text.get(self._id, "") + data


def read_page(path):
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def blocks_of(path):
    """dict of block name -> (content, arrays)."""
    found = {}
    for name, text in read_page(path).text.items():
        if name.startswith(("a-", "b-", "report-content")):
            found[name] = unpack(from_text(text))
    return found


def write_page(folder, path, *others, **options):
    runs = [load_activity(each) for each in (folder, *others)]
    return write_report(path, reported(runs), **options)


def ids_of(blocks, prefix="a"):
    """(n_neurons,) neuron id of each row."""
    zigzag = read_varints(blocks[f"{prefix}-neurons"][1]["ids"])
    return np.cumsum(np.where(zigzag % 2, -(zigzag + 1) // 2, zigzag // 2))


def spikes_of(arrays, rows=None):
    """(row, time step) of each spike in the arrays of a look, sorted."""
    counts, gaps = read_varints(arrays["counts"]), read_varints(arrays["gaps"])
    row = np.repeat(np.arange(len(counts)) if rows is None else rows, counts)
    ends = np.cumsum(gaps)
    before = np.repeat(np.append(0, ends)[np.cumsum(counts) - counts], counts)
    return row, ends - before - 1
