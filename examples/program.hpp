#pragma once
// What every program here does the same way: turn errors into one line and an exit status.

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <scriba/core/error.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

/// Runs `body` after the command line was parsed. 0: done; 1: something failed; 2: bad usage or input, said in one line on stderr.
template <class Body>
int run_program(CLI::App& app, int argc, char** argv, const Body& body) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error, std::cout, std::cerr);
    return status == 0 ? 0 : 2;
  }
  try {
    return body();
  } catch (const scriba::Error& error) {
    std::cerr << app.get_name() << ": " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << app.get_name() << ": " << error.what() << '\n';
    return 1;
  }
}

/// What export_model writes, by its name.
inline bool is_deployed_file(const std::string& name) { return name.ends_with(".onnx") || name.ends_with(".pt") || name.ends_with(".ptl"); }

inline void add_engine_option(CLI::App& app, std::string& engine) {
  app.add_option("--engine", engine, "auto, openvino or libtorch")->check(CLI::IsMember({"auto", "openvino", "libtorch"}));
}

inline scriba::zoo::EngineKind engine_named(const std::string& name) {
  if (name == "openvino") return scriba::zoo::EngineKind::openvino;
  return name == "libtorch" ? scriba::zoo::EngineKind::eager : scriba::zoo::EngineKind::automatic;
}
