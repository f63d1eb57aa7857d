"""The messages between training and drawing process, on the pipe between them.

A message is a length-prefixed JSON header and a length-prefixed body, the bytes of
`keras_v1_activity.storage.codec`. An answer is one line of JSON, one for each figure and one that
holds the numbers of the look, with the seconds of CPU time that it took and those that the process
had to wait for a core meanwhile.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

_LENGTHS = struct.Struct("<QQ")


def write_message(stream: IO[bytes], header: Mapping[str, object], body: bytes = b"") -> None:
    """Writes one message to a binary stream.

    Args:
        stream: the pipe to the process.
        header: what JSON can say.
        body: any bytes.

    Raises:
        OSError: nobody reads the stream any more.

    Example:
        >>> import io
        >>> stream = io.BytesIO()
        >>> write_message(stream, {"kind": "look"}, b"spikes")
        >>> _ = stream.seek(0)
        >>> read_message(stream)
        ({'kind': 'look'}, b'spikes')
    """
    text = json.dumps(header).encode("utf-8")
    stream.write(_LENGTHS.pack(len(text), len(body)))
    stream.write(text)
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next (header, body) from a binary stream; None at its end.

    Example:
        >>> import io
        >>> print(read_message(io.BytesIO(b"cut short")))
        None
    """
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    n_header, n_body = _LENGTHS.unpack(lengths)
    header, body = stream.read(n_header), stream.read(n_body)
    if len(header) + len(body) < n_header + n_body:
        return None
    return json.loads(header), body
