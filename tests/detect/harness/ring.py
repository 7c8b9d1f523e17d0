"""Follows a session's output file as it grows: the format is in ms-files(5).

Each piece comes with the time that the server noted for it, so that a busy machine, on which we look
late, does not make the truth late.
"""
import os
import struct

TRACK = struct.Struct("<QQQQQ")  # written, floor, capacity, base, limit
OUTPUT, FINE = 64, 128
MARK = struct.Struct("<QQ")  # milliseconds since 1970, offset
GRAIN = 0.010  # a mark is made this often at most


class Ring:
    def __init__(self, file):
        self.fd = os.open(file, os.O_RDONLY)
        self.offset = 0
        self.mark_offset = 0
        self.marks = []

    def track(self, at):
        return TRACK.unpack(os.pread(self.fd, TRACK.size, at))

    def copy(self, track, begin, end):
        _, _, capacity, base, _ = track
        out = b""
        while begin < end:
            at = begin % capacity
            piece = os.pread(self.fd, min(end - begin, capacity - at), base + at)
            out += piece
            begin += len(piece)
        return out

    def read_marks(self):
        track = self.track(FINE)
        begin = max(self.mark_offset, track[1])
        data = self.copy(track, begin, track[0])
        self.mark_offset = begin + len(data)
        self.marks += list(MARK.iter_unpack(data[: len(data) // MARK.size * MARK.size]))

    def read(self, now):
        """What is new, as (time, bytes); the times lie at or before `now`."""
        track = self.track(OUTPUT)
        begin, end = max(self.offset, track[1]), track[0]
        if begin == end:
            return []
        self.read_marks()
        data, self.offset = self.copy(track, begin, end), end
        return self.stamped(data, begin, end, now)

    def stamped(self, data, begin, end, now):
        while len(self.marks) > 1 and self.marks[1][1] <= begin:
            self.marks.pop(0)
        pieces = []
        for index, (milliseconds, offset) in enumerate(self.marks):
            following = self.marks[index + 1][1] if index + 1 < len(self.marks) else end
            piece = data[max(offset, begin) - begin : min(following, end) - begin]
            if piece:
                pieces.append((min(now, milliseconds / 1000 + GRAIN), piece))
        return pieces or [(now, data)]

    def close(self):
        os.close(self.fd)
