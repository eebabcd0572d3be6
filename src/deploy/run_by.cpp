#include <scriba/deploy/run_by.hpp>

#include <cctype>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include <scriba/core/error.hpp>
#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/open.hpp>
#include <scriba/engine/openvino.hpp>

namespace scriba::deploy {
namespace {

// A folder that nobody else has, gone with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device digits;
    std::error_code failed;
    path_ = std::filesystem::temp_directory_path(failed) / ("scriba-" + std::to_string(digits()) + std::to_string(digits()));
    if (failed || !std::filesystem::create_directory(path_, failed))
      throw Error({.what = "cannot make a temporary folder", .where = path_.string(), .got = failed.message()});
    // What is written here is run: nobody else may change it.
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, failed);
  }
  ~TemporaryFolder() {
    std::error_code gone;
    std::filesystem::remove_all(path_, gone);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The same for the same network: TensorRT's cache has it in the names of its files.
std::string file_name(const Traced& traced) {
  const auto found = traced.metadata.find(kArchitectureKey);
  std::string name = found == traced.metadata.end() || found->second.empty() ? "network" : found->second.substr(0, 64);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '-';
  return name;
}

// Errors without the folder: it is gone when they are read.
template <class Act>
auto without_folder(const std::string& folder, const Act& act) {
  try {
    return act();
  } catch (const Error& error) {
    auto text = error.text();
    for (auto* part : {&text.what, &text.where, &text.expected, &text.got})
      for (auto at = part->find(folder); at != part->npos; at = part->find(folder)) part->erase(at, folder.size());
    throw Error(std::move(text));
  }
}

struct FromMemory {
  engine::Any engine;
  std::string folder;

  NamedTensors run(const at::Tensor& batch) const {
    return without_folder(folder, [&] { return engine.run(batch); });
  }
  const std::string& name() const { return engine.name(); }
};

}  // namespace

engine::Any run_by(const Traced& traced, const engine::Choice& choice) {
  using engine::Kind;
  const bool as_onnx =
      choice.kind == Kind::openvino || choice.kind == Kind::opencv || (choice.kind == Kind::automatic && engine::OpenVino::available());
  const TemporaryFolder folder;
  const auto file = folder.path() / (file_name(traced) + (as_onnx ? ".onnx" : ".pt"));
  const auto prefix = (folder.path() / "").string();
  return without_folder(prefix, [&] {
    if (as_onnx)
      write_onnx(file, traced);
    else
      save_torchscript(file, choice.kind == Kind::tensorrt ? traced : frozen(traced));
    return engine::Any(std::make_shared<const FromMemory>(FromMemory{engine::open(file, choice).engine, prefix}));
  });
}

}  // namespace scriba::deploy
