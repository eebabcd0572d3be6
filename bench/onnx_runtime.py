"""ONNX Runtime on one batch, for bench_engines: FILE THREADS RUNS N C H W. Prints the median time and the memory beyond what there was
before the file was opened. Needs `pip install onnxruntime numpy`."""

import json
import statistics
import sys
import time

import numpy
import onnxruntime


def memory_mb(field):
    with open("/proc/self/status") as status:
        return next(float(line.split()[1]) / 1024 for line in status if line.startswith(field + ":"))


file, threads, runs, *size = sys.argv[1:]
batch = numpy.random.rand(*map(int, size)).astype(numpy.float32)
before = memory_mb("VmRSS")
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
times = []
for run in range(int(runs) + 1):
    start = time.perf_counter()
    session.run(None, {name: batch})
    if run > 0:  # the first prepares
        times.append((time.perf_counter() - start) * 1000)
print(json.dumps({"ms": statistics.median(times), "mb": memory_mb("VmHWM") - before}))
