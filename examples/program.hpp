#pragma once
// What every program here does the same way: turn errors into one line and an exit status.

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <scriba/core/error.hpp>

/// Runs `body` after the command line was parsed. 0: done; 1: something failed; 2: bad usage or input, said in one line on stderr.
template <class Body>
int run_program(CLI::App& app, int argc, char** argv, const Body& body) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ConfigError& error) {
    std::string what = error.what();  // CLI11 says only that it "was not able to parse" the name of an option that there is not
    if (constexpr std::string_view unknown = "INI was not able to parse "; what.starts_with(unknown))
      what = "no such option: " + what.substr(unknown.size());
    std::cerr << app.get_name() << ": bad settings file: " << what << '\n';
    return 2;
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
inline bool is_network_file(const std::string& name) { return name.ends_with(".onnx") || name.ends_with(".pt") || name.ends_with(".ptl"); }

/// Opens such a file. One of another project says nothing about its use, and programs have no options for it: the error tells what to do.
template <class Open>
auto from_network_file(const char* function, const Open& open) {
  try {
    return open();
  } catch (const scriba::Error& error) {
    if (!error.text().what.starts_with("this file does not say how it is to be used")) throw;
    throw scriba::Error(
        {.what = error.text().what,
         .where = error.text().where,
         .expected = "a file of export_model; one that works like PP-OCR's goes to --weights, others need settings in C++ (" +
                     std::string(function) + ")"});
  }
}
