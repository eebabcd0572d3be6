"""ONNX Runtime for tests: onnx_runtime.py FILE FOLDER N C H W reads FOLDER/input (float32) and writes FOLDER/0, FOLDER/1, .. and FOLDER/shapes,
a line for each output: its name and sizes. What ONNX Runtime has no implementation of runs in the reference implementation of the package onnx."""

import pathlib
import sys

import numpy
import onnxruntime

NotImplementedThere = onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented


def results(file, batch):
    """Pairs of name and values."""
    try:
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        return list(zip([port.name for port in session.get_outputs()], session.run(None, {session.get_inputs()[0].name: batch})))
    except NotImplementedThere:
        from onnx.reference import ReferenceEvaluator

        network = ReferenceEvaluator(file)
        return list(zip(network.output_names, network.run(None, {network.input_names[0]: batch})))


file, folder, *size = sys.argv[1:]
folder = pathlib.Path(folder)
batch = numpy.fromfile(folder / "input", dtype=numpy.float32).reshape([int(side) for side in size])
with open(folder / "shapes", "w") as shapes:
    for i, (name, values) in enumerate(results(file, batch)):
        values.astype(numpy.float32).tofile(folder / str(i))
        print(name, *values.shape, file=shapes)
