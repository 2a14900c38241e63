#!/usr/bin/env python3
"""Reads the messages of a segment as ocpp-board-shm(5) describes it, and prints a JSON Line for each.

usage: shm_reader.py /dev/shm/ocpp-board.INSTANCE

A reader in another language, made from the manual page alone: integration tests compare it with ocpp-log(1).
Plain loads in program order stand for acquire loads, which is right on processors that don't reorder loads with loads.
"""
import json
import mmap
import os
import struct
import sys

REGION_RING, MESSAGES = 1, 0
DIRECTIONS = {1: "IN", 2: "OUT"}
TYPES = {2: "CALL", 3: "CALLRESULT", 4: "CALLERROR", 5: "CALLRESULTERROR", 6: "SEND"}


class Refused(Exception):
    """The file is no segment that this program can read."""


class Segment:
    """A read-only mapping; every number is loaded through it once and checked before use."""

    def __init__(self, path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            status = os.fstat(descriptor)
            if status.st_mode & 0o022:
                raise Refused("group or others can write it")
            self.size = status.st_size
            if self.size < 4096:
                raise Refused("too short")
            self.bytes = mmap.mmap(descriptor, self.size, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        if self.bytes[0:8] != b"BOCPSHM1":
            raise Refused("no magic")
        major, minor, endian = struct.unpack_from("<HHI", self.bytes, 8)
        if major != 1 or endian != 0x01020304:
            raise Refused(f"version {major}.{minor}, byte order tag {endian:#x}")
        if self.u64(16) > self.size:
            raise Refused("cut short")
        self.gateway = self.text(72, 32)

    def u64(self, offset):
        return struct.unpack_from("<Q", self.bytes, offset)[0]

    def u32(self, offset):
        return struct.unpack_from("<I", self.bytes, offset)[0]

    def text(self, offset, size):
        return self.bytes[offset : offset + size].split(b"\0")[0].decode()

    def ring(self, collection):
        for number in range(min(self.u32(68), 32)):
            at = 256 + 64 * number
            if (self.u32(at), self.u32(at + 4)) == (REGION_RING, collection):
                return Ring(self, self.u64(at + 24), self.u64(at + 32))
        raise Refused(f"no ring {collection}")


class Ring:
    def __init__(self, segment, offset, length):
        self.segment, self.offset = segment, offset
        if offset % 64 or offset + length > segment.size or length < 128:
            raise Refused("a region outside of the file")
        names = ("capacity", "slots", "max_record", "first", "index", "data")
        for place, name in enumerate(names):
            setattr(self, name, segment.u64(offset + 8 * place))
        for number in (self.capacity, self.slots):
            if number == 0 or number & (number - 1):
                raise Refused("a size that is no power of two")
        if self.index + 8 * self.slots > length or self.data + self.capacity > length:
            raise Refused("a ring outside of its region")

    def intent(self):
        return self.segment.u64(self.offset + 64)

    def head(self):
        return self.segment.u64(self.offset + 72)

    def position(self, seq):
        return self.segment.u64(self.offset + self.index + 8 * (seq % self.slots))

    def oldest(self):
        head, intent = self.head(), self.intent()
        low, high = max(self.first, head - self.slots + 1), head
        while low < high:
            middle = (low + high) // 2
            if intent - self.position(middle) <= self.capacity - self.capacity // 8:
                high = middle
            else:
                low = middle + 1
        return low

    def read(self, seq):
        """The record's header and event, or None when it is gone or not yet there."""
        head = self.head()
        if seq >= head or seq < self.first or head - seq >= self.slots:
            return None
        position = self.position(seq)
        offset = position % self.capacity
        start = self.offset + self.data + offset
        if offset % 8 or self.capacity - offset < 32:
            return None
        header = struct.unpack_from("<QQIIHHI", self.segment.bytes, start)
        size = 32 + (header[2] + 7) // 8 * 8
        if size > self.max_record or size > self.capacity - offset:
            return None
        event = self.segment.bytes[start + 32 : start + 32 + header[2]]
        if self.intent() - position > self.capacity or self.head() - seq >= self.slots:
            return None
        return (header, event) if header[0] == seq else None


def message(gateway, header, event):
    """What ocpp-log -j says of a message, without its body."""
    direction, kind, _protocol = event[0], event[1], event[2]
    lengths = (event[7], event[32], event[33])
    latency = struct.unpack_from("<I", event, 8)[0]
    at = struct.unpack_from("<H", event, 38)[0]
    identity, action, message_id = (
        event[at + sum(lengths[:n]) : at + sum(lengths[: n + 1])].decode() for n in range(3)
    )
    return {
        "id": f"{gateway}-{header[0]}",
        "identity": identity,
        "direction": DIRECTIONS.get(direction),
        "type": TYPES.get(kind),
        "method": action,
        "messageId": message_id,
        "latencyUs": None if latency == 0xFFFFFFFF else latency,
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        segment = Segment(sys.argv[1])
        ring = segment.ring(MESSAGES)
    except (OSError, Refused) as why:
        sys.exit(f"{sys.argv[1]}: {why}")
    for seq in range(ring.oldest(), ring.head()):
        record = ring.read(seq)
        print(json.dumps(message(segment.gateway, *record) if record else {"lost": seq}))


if __name__ == "__main__":
    main()
