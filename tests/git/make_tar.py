"""Writes one of the archives that must not be unpacked: make_tar.py CASE FILE"""
import gzip
import io
import sys
import tarfile

case, path = sys.argv[1:3]
plain = io.BytesIO()
tar = tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT)


def add(name, data=b"x", **facts):
    info = tarfile.TarInfo(name)
    for key, value in facts.items():
        setattr(info, key, value)
    info.size = len(data) if info.isreg() else 0
    tar.addfile(info, io.BytesIO(data) if info.isreg() else None)


def link(name, target):
    add(name, type=tarfile.SYMTYPE, linkname=target)


add("good/first", b"first")
cases = {
    "absolute": lambda: add("/etc/x"),
    "dotdot": lambda: add("a/../../x"),
    "dotdot_only": lambda: add(".."),
    "backslash": lambda: add("a\\x"),
    "control": lambda: add("a\nb"),
    "empty_part": lambda: add("a//b"),
    "long_part": lambda: add("a" * 256),
    "long_path": lambda: add("/".join(["d" * 200] * 30)),
    "twice": lambda: (add("a"), add("a")),
    "file_then_dir": lambda: (add("a"), add("a/b")),
    "dir_then_file": lambda: (add("a/b"), add("a")),
    "link_absolute": lambda: link("l", "/etc/passwd"),
    "link_up": lambda: link("a/l", "../../x"),
    "link_up_later": lambda: link("l", "a/../../x"),
    "link_then_write": lambda: (link("l", "good"), add("l/x")),
    "link_twice": lambda: (link("l", "good"), link("l", "good")),
    "link_over_file": lambda: link("good/first", "x"),
    "link_chain": lambda: (link("a/b/l", "../.."), link("m", "a/b/l/../..")),
    "hard_link": lambda: add("h", type=tarfile.LNKTYPE, linkname="good/first"),
    "hard_link_out": lambda: add("h", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    "device": lambda: add("d", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
    "block": lambda: add("d", type=tarfile.BLKTYPE, devmajor=8, devminor=0),
    "fifo": lambda: add("f", type=tarfile.FIFOTYPE),
    "good": lambda: (add("ü/ö", b"umlaut"), add("run", mode=0o4777), link("a/l", "../good/first")),
}
raw = {"bomb": None, "not_gzip": None, "not_tar": None, "two_members": None, "trailing": None, "after_end": None}
if case in cases:
    cases[case]()
if case == "bomb":
    add("zeros", b"\0" * (64 << 20))
tar.close()
data = plain.getvalue()
if case == "after_end":
    data += b"more" * 200
packed = gzip.compress(b"nothing like a tar" * 100 if case == "not_tar" else data)
if case == "not_gzip":
    packed = data
if case == "two_members":
    packed += gzip.compress(data)
if case == "trailing":
    packed += b"junk"
with open(path, "wb") as file:
    file.write(packed)
