"""Converts an ONNX or TorchScript file with pnnx and runs it by ncnn; tests/deploy/ncnn.cpp calls it. Needs `pip install pnnx ncnn`.

by_ncnn.py FILE 3x64x64 3x128x64 ...: the first two sizes are those that pnnx sees, which opens the axes they differ in. For size number i, the
file in{i}.bin beside FILE holds an image, float32; out{i}.bin gets what the network gives.
"""

import importlib.util
import pathlib
import subprocess
import sys

import ncnn  # before numpy: what is missing is said by name
import numpy

# The program itself: importing the package would need PyTorch.
package = importlib.util.find_spec("pnnx")
if package is None:
    sys.exit("no pnnx")
pnnx = pathlib.Path(package.origin).parent / "pnnx"
if len(sys.argv) == 1:
    sys.exit(0)  # both are there

model = pathlib.Path(sys.argv[1])
sizes = [tuple(int(side) for side in size.split("x")) for size in sys.argv[2:]]
shapes = ["[1," + ",".join(map(str, size)) + "]" for size in sizes]
subprocess.run([pnnx, model.name, "inputshape=" + shapes[0], "inputshape2=" + shapes[1], "fp16=0"], cwd=model.parent, check=True)

net = ncnn.Net()
net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
if net.load_param(str(model.with_suffix(".ncnn.param"))) != 0 or net.load_model(str(model.with_suffix(".ncnn.bin"))) != 0:
    sys.exit("ncnn does not load what pnnx wrote")
for i, size in enumerate(sizes):
    image = numpy.fromfile(model.parent / f"in{i}.bin", numpy.float32).reshape(size)
    with net.create_extractor() as run:
        run.input("in0", ncnn.Mat(image).clone())  # ncnn keeps no reference to numpy's memory
        status, out = run.extract("out0")
        if status != 0:
            sys.exit(f"ncnn does not run at {size}")
        numpy.array(out).astype(numpy.float32).tofile(model.parent / f"out{i}.bin")
