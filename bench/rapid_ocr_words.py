"""RapidOCR's recogniser alone on word crops. Names come on standard input, one a line. Needs `pip install rapidocr==3.10.0 onnxruntime`.

    cut -f1 texts.txt | rapid_ocr_words.py --root FOLDER > theirs.txt       # image<TAB>text, for evaluate_recognizer --results
    ... | rapid_ocr_words.py --root FOLDER --json --batch 16 --threads 2    # seconds and texts, for bench_words_per_second
"""

import argparse
import json
import os
import sys
import time

import cv2
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecInput

parser = argparse.ArgumentParser()
parser.add_argument("--root", default=".")
parser.add_argument("--batch", type=int, default=6)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--json", action="store_true")
options = parser.parse_args()

cv2.setNumThreads(options.threads)
reader = RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": options.threads, "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                          "Rec.rec_batch_num": options.batch, "Global.log_level": "error"})._load_rec_model()
names = [line.rstrip("\n") for line in sys.stdin if line.strip()]
crops = [cv2.imread(os.path.join(options.root, name)) for name in names]
if options.json:
    reader(TextRecInput(img=crops))  # warms up every shape, as the other program does
start = time.perf_counter()
texts = list(reader(TextRecInput(img=crops)).txts)
seconds = time.perf_counter() - start
if options.json:
    print(json.dumps({"seconds": seconds, "texts": texts}))
else:
    for name, text in zip(names, texts):
        print(f"{name}\t{text}")
