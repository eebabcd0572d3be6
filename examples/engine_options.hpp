#pragma once
// The options by which programs choose what runs the networks, and on how many cores.

#include <filesystem>
#include <map>
#include <string>

#include <scriba/engine/threads.hpp>

#include "engine_names.hpp"
#include "program.hpp"

/// --threads, --engine-cache and --engine-precision. Stays where it is made: the parser has its address.
class EngineSettings {
 public:
  explicit EngineSettings(CLI::App& app) {
    using Precision = scriba::engine::TensorRtPrecision;
    static const std::map<std::string, Precision> precisions{{"float32", Precision::float32}, {"float16", Precision::float16}};
    app.add_option("--threads", threads_, "cores to use; all unless given")->check(CLI::Range(1, 1024));
    app.add_option("--engine-cache", tensorrt_.cache, "TensorRT only: folder for compiled networks, which take minutes");
    app.add_option("--engine-precision", tensorrt_.precision, "TensorRT only: float32 or float16")
        ->transform(CLI::CheckedTransformer(precisions).description(""));
  }
  EngineSettings(const EngineSettings&) = delete;
  EngineSettings& operator=(const EngineSettings&) = delete;

  /// 0: not given.
  int threads() const { return threads_; }

  /// For a program that uses this engine. Threads of LibTorch and OpenCV are set for the process.
  scriba::engine::Choice choice(scriba::engine::Kind kind) const {
    scriba::engine::Choice out{.kind = kind, .tensorrt = tensorrt_};
    if (threads_ > 0) scriba::engine::share_threads(out, threads_);
    return out;
  }

  /// Throws Error when there are settings of TensorRT for others.
  void require_use(bool by_tensorrt) const {
    if (!by_tensorrt && (!tensorrt_.cache.empty() || tensorrt_.precision != scriba::engine::TensorRtPrecision::float32))
      throw scriba::Error({.what = "only TensorRT has such an option", .where = "--engine-cache, --engine-precision"});
  }

 private:
  int threads_ = 0;
  scriba::engine::TensorRtChoice tensorrt_;
};

/// The same and --engine.
class EngineOptions : public EngineSettings {
 public:
  explicit EngineOptions(CLI::App& app) : EngineSettings(app) {
    app.add_option("--engine", kind_, "what runs the networks: auto, libtorch, opencv (its dnn module), openvino or tensorrt")
        ->transform(CLI::CheckedTransformer(engine_names()).description(""));
  }

  scriba::engine::Choice choice() const {
    require_use(kind_ == scriba::engine::Kind::tensorrt);
    return EngineSettings::choice(kind_);
  }

 private:
  scriba::engine::Kind kind_ = scriba::engine::Kind::automatic;
};
