#pragma once

#include <map>
#include <string>

#include <scriba/engine/options.hpp>

/// Engines by their names on command lines.
inline const std::map<std::string, scriba::engine::Kind>& engine_names() {
  using scriba::engine::Kind;
  static const std::map<std::string, Kind> names{{"auto", Kind::automatic},
                                                 {"libtorch", Kind::libtorch},
                                                 {"opencv", Kind::opencv},
                                                 {"openvino", Kind::openvino},
                                                 {"tensorrt", Kind::tensorrt}};
  return names;
}
