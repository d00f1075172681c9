"""How both sides are measured: the same questions, the same clock."""

import resource
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

THREADS = 16


def memory_mib():
    """Peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report_memory():
    """Tell the parent the peak; it reads the last line of standard error."""
    sys.stderr.write(f"\npeak {memory_mib():.1f}\n")


def warm(ask, questions):
    """p50 and p95 in ms of one question at a time; answers a second with 16 threads."""
    for question in questions[:10]:
        ask(question)
    times = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - start) * 1000)
    ordered = sorted(times)
    return {
        "p50_ms": statistics.median(times),
        "p95_ms": ordered[int(len(ordered) * 0.95)],
        "per_second_16": _together(ask, questions),
        "memory_mib": memory_mib(),
    }


def _together(ask, questions):
    waiting = list(questions) * 2
    total = len(waiting)
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                question = waiting.pop()
            ask(question)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total / (time.perf_counter() - start)
