#pragma once

#include <string>

#include <onnx/onnx_pb.h>

namespace engine_tests {

/// A network of one layer, image -> out, each with so many open sizes.
inline onnx::ModelProto one_layer(const std::string& op, int axes = 4) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  auto& graph = *model.mutable_graph();
  graph.set_name("net");
  for (auto* port : {graph.add_input(), graph.add_output()}) {
    port->set_name(port == graph.mutable_input(0) ? "image" : "out");
    port->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    for (int i = 0; i < axes; ++i) port->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
  }
  auto& node = *graph.add_node();
  node.set_op_type(op);
  node.set_name("layer");
  node.add_input("image");
  node.add_output("out");
  return model;
}

}  // namespace engine_tests
