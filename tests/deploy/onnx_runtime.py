"""ONNX Runtime for tests: onnx_runtime.py FILE FOLDER N C H W reads FOLDER/input (float32) and writes FOLDER/0, FOLDER/1, .. and FOLDER/shapes,
a line for each output: its name and sizes."""

import pathlib
import sys

import numpy
import onnxruntime

file, folder, *size = sys.argv[1:]
folder = pathlib.Path(folder)
batch = numpy.fromfile(folder / "input", dtype=numpy.float32).reshape([int(side) for side in size])
session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
outputs = session.run(None, {session.get_inputs()[0].name: batch})
with open(folder / "shapes", "w") as shapes:
    for i, (port, values) in enumerate(zip(session.get_outputs(), outputs)):
        values.astype(numpy.float32).tofile(folder / str(i))
        print(port.name, *values.shape, file=shapes)
