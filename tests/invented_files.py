"""Arrays, pickles, MATLAB files, tables and JSON made to be read badly."""

import io
import pickle
import struct
import zipfile
import zlib

import h5py
import numpy as np

EVIL = "\x1b[31m\x07\u202e" + "x" * 40


# Numpy files.


def _npy_bytes(array):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


def _npy_header(text):
    data = text.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(data)) + data


def long_header(path):
    """The header of the array says that it has 80 MB, all blanks."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.npy", "w", force_zip64=True) as entry:
            entry.write(b"\x93NUMPY\x02\x00" + struct.pack("<I", 80_000_000))
            for _ in range(80):
                entry.write(b" " * 1_000_000)


def many_members(path):
    """The list of members alone takes many times the file."""
    record = struct.Struct("<4s4B4HL2L5H2L")
    entry = record.pack(b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0)
    names = (entry + b"00") * 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(names), 0, 0)
    path.write_bytes(names + end)


def packed_pixels(path):
    """12 MB of black pixels in a few bytes: four times as many as numbers."""
    np.savez_compressed(path, images=np.zeros((2, 2000, 3000), np.uint8))


def packed_colours(path):
    np.savez_compressed(path, a=np.zeros((1900, 2000, 3), np.uint8), b=np.ones((9, 9), np.uint8))


def tiny_images(path):
    np.save(path, np.zeros((3_000_000, 2, 2), np.uint8))


def _save(array):
    return lambda path: path.write_bytes(_npy_bytes(array))


def _header(text):
    return lambda path: path.write_bytes(_npy_header(text) + b"\0" * 64)


def outside_name(path):
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../../tmp/out.npy", "/etc/x.npy", f"{EVIL}.npy"):
            archive.writestr(name, _npy_bytes(np.arange(12.0).reshape(3, 4)))


def packed_otherwise(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.npy", _npy_bytes(np.zeros((2, 3, 4))))


# Pickles.


def array_of_objects(path):
    """One array of 40,000 objects, 40,000 times in a list."""
    path.write_bytes(pickle.dumps([np.ones(40_000).astype(object)] * 40_000, protocol=2))


def one_image_many_times(path):
    images = [np.zeros((500, 500), np.uint8)] * 2000
    path.write_bytes(pickle.dumps([np.ones((5, 5)), images]))


def deep_keys(path):
    path.write_bytes(pickle.dumps({EVIL * 20_000: [EVIL * 20_000] * 3}))


# MATLAB files.


def _element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def _matrix(kind, dims, body, name=b"additive_noise", flags=0):
    parts = _element(6, struct.pack("<II", kind | flags << 8, 9))
    parts += _element(5, struct.pack(f"<{len(dims)}i", *dims)) + _element(1, name)
    return _element(14, parts + body)


def _mat(*elements, packed=False):
    def make(path):
        header = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
        made = [
            _packed(element) if packed else element
            for element in (each() if callable(each) else each for each in elements)
        ]
        path.write_bytes(header + b"".join(made))

    return make


def _packed(element):
    data = zlib.compress(element)
    return struct.pack("<II", 15, len(data)) + data


def bytes_as_noise():
    return _matrix(9, (1, 12_000_000), _element(2, bytes(12_000_000)))


def mat_73(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        data = np.zeros((10_000_000, 2), np.uint8)
        file.create_dataset("additive_noise", data=data, chunks=(1_000_000, 2), compression="gzip")


# Tables and JSON.


def many_rows(path):
    path.write_bytes(b"node_type_id pop_name\n" + b"7\n" * 1_900_000)


def double_rows(path):
    rows = "".join(f"{number % 150_000} e4\n" for number in range(199_000))
    path.write_text("node_type_id pop_name\n" + rows)


def _text(content):
    return lambda path: path.write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )


def _shape(shape, descr="<f8"):
    return _header(f"{{'descr': {descr!r}, 'fortran_order': True, 'shape': {shape}, }}")


FIELD = _element(5, struct.pack("<i", 8)) + _element(1, b"abcdefgh")
LONG_FIELD = _element(5, struct.pack("<i", 2**30)) + _element(1, b"abcdefgh")
NOTHING = _element(5, b"") + _element(5, b"") + _element(9, b"")
CODES = "\\u001b[31m" * 200
JSON_CODES = f'{{"first_causes": {{"{CODES}": "\\u0007{CODES}"}}, "counts": {{"\\u001b": 1}}}}'
INVENTED = {
    "a header of blanks": ("images.npz", long_header),
    "a list of members": ("images.npz", many_members),
    "packed pixels": ("images.npz", packed_pixels),
    "packed colours": ("images.npz", packed_colours),
    "tiny images": ("images.npy", tiny_images),
    "names outside": ("images.npz", outside_name),
    "packed otherwise": ("images.npz", packed_otherwise),
    "objects": ("images.npy", _save(np.array([{}, []], object))),
    "records": ("images.npy", _save(np.zeros(3, [("x", "f4")]))),
    "complex images": ("images.npy", _save(np.ones((3, 4, 4), complex))),
    "no pixels": ("images.npy", _save(np.zeros((2**40, 0), np.float32))),
    "NaN pixels": ("images.npy", _save(np.full((3, 4, 4), np.nan))),
    "infinite pixels": ("images.npy", _save(np.full((3, 4, 4), np.inf, ">f2"))),
    "very wide items": ("images.npy", _shape("(0, 3)", "<U99999999")),
    "deep header": ("images.npy", _header("{'descr': " + "(" * 5000 + ")" * 5000 + "}")),
    "huge shape": ("images.npy", _shape("(9999999999, 9999999999)")),
    "negative shape": ("images.npy", _shape("(-1, -1)")),
    "an array of objects many times": ("old.pkl", array_of_objects),
    "an image many times": ("images.pkl", one_image_many_times),
    "terminal codes in a pickle": ("network.pkl", deep_keys),
    "bytes as noise": ("noise.mat", _mat(bytes_as_noise, packed=True)),
    "bytes as noise of version 7.3": ("noise.mat", mat_73),
    "a cell of a billion": ("noise.mat", _mat(_matrix(1, (10**9, 1), b""))),
    "a struct of a billion": ("noise.mat", _mat(_matrix(2, (10**9, 1), FIELD))),
    "a struct of very long names": ("noise.mat", _mat(_matrix(2, (1, 1), LONG_FIELD))),
    "an object": ("noise.mat", _mat(_matrix(3, (10**9, 1), _element(1, b"abc")))),
    "a sparse matrix": ("noise.mat", _mat(_matrix(5, (10**9, 10**9), NOTHING))),
    "characters": ("noise.mat", _mat(_matrix(4, (10**9, 2), _element(16, b"abc")))),
    "numbers that do not fill": ("noise.mat", _mat(_matrix(6, (10**9, 2), _element(9, bytes(80))))),
    "negative dimensions": ("noise.mat", _mat(_matrix(6, (-1, -80), _element(9, bytes(80))))),
    "many rows": ("types.csv", many_rows),
    "double rows": ("types.csv", double_rows),
    "NUL in a table": ("types.csv", _text(b"node_type_id pop_name\n500 \0\x1b[1m\n" * 3)),
    "a very long field": ("types.csv", _text("node_type_id pop_name\n500 " + "x" * 2_000_000)),
    "open quotes": ("types.csv", _text('node_type_id pop_name\n"' + "x\n" * 500_000)),
    "deep JSON": ("run.json", _text("[" * 500_000)),
    "many lists in JSON": ("run.json", _text('{"steps": [' + "[]," * 2_000_000 + "1]}")),
    "long numbers in JSON": ("run.json", _text('{"steps": [' + "9" * 1_000_000 + "]}")),
    "terminal codes in JSON": ("run.json", _text(JSON_CODES)),
}
