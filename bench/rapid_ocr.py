"""RapidOCR on images, for bench_read_pages: prints a JSON object with seconds and texts. Needs `pip install rapidocr==3.10.0 onnxruntime`."""

import json
import sys
import time

import cv2
from rapidocr import RapidOCR

threads, files = int(sys.argv[1]), sys.argv[2:]
settings = {"EngineConfig.onnxruntime.intra_op_num_threads": threads, "EngineConfig.onnxruntime.inter_op_num_threads": 1, "Global.log_level": "error"}
cv2.setNumThreads(threads)
reader = RapidOCR(params=settings)


def read(file):
    start = time.perf_counter()
    page = reader(file)
    seconds = time.perf_counter() - start
    detect, direction, recognize = (list(page.elapse_list) + [0, 0, 0])[:3]
    lines = list(page.txts) if page.txts is not None else []
    return {"seconds": seconds, "detect": detect or 0, "direction": direction or 0, "recognize": recognize or 0, "lines": lines}


read(files[0])  # warms up
start = time.perf_counter()
pages = [read(file) for file in files]
print(json.dumps({"seconds": time.perf_counter() - start, "pages": pages}))
