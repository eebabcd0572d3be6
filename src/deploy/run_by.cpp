#include <scriba/deploy/run_by.hpp>

#include <random>
#include <string>

#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/open.hpp>
#include <scriba/engine/openvino.hpp>

namespace scriba::deploy {
namespace {

// A name that nobody else has; the file is removed again.
struct TemporaryFile {
  std::filesystem::path path;
  explicit TemporaryFile(const char* ending)
      : path(std::filesystem::temp_directory_path() /
             ("scriba-" + std::to_string(std::random_device()()) + std::to_string(std::random_device()()) + ending)) {}
  ~TemporaryFile() {
    std::error_code gone;
    std::filesystem::remove(path, gone);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
};

}  // namespace

engine::Any run_by(const Traced& traced, const engine::Choice& choice) {
  const bool by_libtorch =
      choice.kind == engine::Kind::libtorch || (choice.kind == engine::Kind::automatic && !engine::OpenVino::available());
  const TemporaryFile file(by_libtorch ? ".pt" : ".onnx");
  if (by_libtorch)
    save_torchscript(file.path, frozen(traced));
  else
    write_onnx(file.path, traced);
  return engine::open(file.path, choice).engine;
}

}  // namespace scriba::deploy
