"""A member of PySyncObj: `pysyncobj-member.py JOURNAL OWN OTHER...`. It says "ready" once it has a leader, whether
it leads when it is asked, and runs each loop that it is told: PySyncObj has no clients beside its members."""
import json
import sys
import threading
import time

from pysyncobj import FAIL_REASON, SyncObj, SyncObjConf
from pysyncobj.batteries import ReplDict

journal, own, *others = sys.argv[1:]
state = ReplDict()
member = SyncObj(own, others, SyncObjConf(journalFile=journal), consumers=[state])


class Loop:
    """So many calls in flight, each answered before the next takes its place. Answers come in the member's thread."""

    def __init__(self, order):
        self.value = order["value"]
        self.keys = order["keys"]
        self.calls = order["calls"]
        self.began = time.perf_counter()
        self.ends = self.began + order["milliseconds"] / 1000
        self.latencies = []
        self.lock = threading.Lock()
        self.sent = 0
        self.over = threading.Event()
        for _ in range(min(order["inFlight"], self.calls)):
            self.call()

    def call(self):
        with self.lock:
            n = self.sent
            self.sent += 1
        started = time.perf_counter()
        state.set("key%d" % (n % self.keys), self.value, callback=lambda _, error: self.answered(started, error))

    def answered(self, started, error):
        if error != FAIL_REASON.SUCCESS:
            raise RuntimeError("a command has failed: %s" % error)
        now = time.perf_counter()
        self.latencies.append((now - started) * 1000)
        if now < self.ends and self.sent < self.calls:
            self.call()
        elif len(self.latencies) == self.sent:
            self.over.set()

    def result(self):
        self.over.wait()
        return {"latencies": self.latencies, "elapsed": (time.perf_counter() - self.began) * 1000}


while not member.isReady():
    time.sleep(0.02)
print('"ready"', flush=True)
for line in sys.stdin:
    message = json.loads(line)
    answer = member._isLeader() if message == "leads?" else Loop(message).result()
    print(json.dumps(answer), flush=True)
