"""Lines that are slow and lose what they carry, for kernels without netem: frames go by way of this process.

    lines.py DELAY_MS LOSS_PERCENT NEAR:FAR ...

What comes in at the interface NEAR leaves at FAR after the delay, or never; the other way at once. Says `ready` first.
"""

import heapq
import random
import select
import socket
import sys
import time

SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
ALL_PROTOCOLS = 3
FRAME_BYTES_MAX = 70_000
BUFFER_BYTES = 8 * 1024 * 1024


def end_of(interface):
    """Frames come and go with what the kernel has yet to do to them: it joins and splits them as with any other line."""
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    end.bind((interface, ALL_PROTOCOLS))
    end.setblocking(False)
    return end


def received(end):
    try:
        return end.recv(FRAME_BYTES_MAX)
    except BlockingIOError:
        return None


def send(end, frame):
    try:
        end.send(frame)
    except OSError:
        pass  # The other side is down, or has no room: it is lost, as on any line.


def carry(delay, loss, lines):
    far_of, near_of = {}, {}
    poll = select.epoll()
    for line in lines:
        near, far = (end_of(each) for each in line.split(":"))
        far_of[near.fileno()] = (near, far)
        near_of[far.fileno()] = (far, near)
        for end in (near, far):
            poll.register(end.fileno(), select.EPOLLIN)
    print("ready", flush=True)
    under_way, count = [], 0
    while True:
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            _, _, far, frame = heapq.heappop(under_way)
            send(far, frame)
        patience = max(0, under_way[0][0] - now) if under_way else -1
        for number, _ in poll.poll(patience):
            source, target = far_of.get(number) or near_of[number]
            while (frame := received(source)) is not None:
                if number in near_of:
                    send(target, frame)
                elif random.random() >= loss:
                    count += 1
                    heapq.heappush(under_way, (time.monotonic() + delay, count, target, frame))


carry(float(sys.argv[1]) / 1000, float(sys.argv[2]) / 100, sys.argv[3:])
