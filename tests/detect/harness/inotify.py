"""Just enough inotify: yields the names of files that were put into one directory."""
import ctypes
import os
import select
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
IN_CLOSE_WRITE, IN_MOVED_TO, IN_DELETE_SELF, IN_MOVE_SELF = 0x8, 0x80, 0x400, 0x800
EVENT = struct.Struct("iIII")


class Watch:
    """A watch on a directory; `wait` returns the names that changed, None once it is gone."""

    def __init__(self, directory):
        self.fd = LIBC.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
        if self.fd < 0 or LIBC.inotify_add_watch(self.fd, os.fsencode(directory), mask) < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {directory}")

    def wait(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return []
        data, names, at = os.read(self.fd, 65536), [], 0
        while at < len(data):
            _, mask, _, length = EVENT.unpack_from(data, at)
            if mask & IN_DELETE_SELF:
                return None
            at += EVENT.size
            names.append(data[at : at + length].rstrip(b"\0").decode())
            at += length
        return names

    def close(self):
        os.close(self.fd)
