#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <c10/util/ArrayRef.h>

#include <scriba/deploy/metadata.hpp>
#include <scriba/engine/tensorrt.hpp>

/// What TensorRt decides without TensorRT: which options and sizes are right, and under which names compiled networks are kept.
namespace scriba::engine {

/// Throws Error for options that make no sense, or miss a calibration.
void check(const TensorRtOptions& options);

/// Throws Error unless all sides are at least 1, no side shrinks from `smallest` to `usual` to `largest`, and channels stay the same.
void check(const SizeProfile& sizes);

/// True for a batch of sizes [N, C, H, W] within the profile.
bool takes(const SizeProfile& sizes, at::IntArrayRef batch);

/// "[1, 3, 32, 32] to [1, 3, 2048, 2048]"
std::string describe(const SizeProfile& sizes);

/// The sizes that a network of this library gets by its own settings. A recogniser: up to its `max_batch` lines of its height, from its
/// smallest canvas to its longest line. A detector: one image, from one `multiple` a side to a square of its `max_pixels`, usually
/// landscape with the settings' side. Throws Error for a file of another project.
SizeProfile usual_sizes(const deploy::Metadata& metadata, const std::string& file);

/// What a compiled network is tied to.
struct TensorRtPlace {
  std::string gpu;             ///< "NVIDIA H100 80GB HBM3"
  std::string capability;      ///< compute capability, "9.0"
  std::string torch_tensorrt;  ///< version
  std::string tensorrt;        ///< version
  std::string scriba;          ///< version
};

/// 40 hexadecimal digits of bytes (SHA-1: tells files apart, guards against nothing).
std::string digest(std::string_view bytes);

/// The key of a compiled network: a digest of all that it depends on. `ranges`: of the calibration, for int8.
std::string engine_key(std::string_view model_digest, const TensorRtPlace& place, const TensorRtOptions& options, const SizeProfile& sizes,
                       const std::vector<double>& ranges = {});

/// The key of a calibration's ranges: file, name of the images, number of batches.
std::string ranges_key(std::string_view model_digest, const Calibration& calibration);

/// folder/<name of the model's file without ending>-<first 16 digits of the key><ending>
std::filesystem::path cache_file(const std::filesystem::path& folder, const std::filesystem::path& model, std::string_view key,
                                 std::string_view ending);

/// Keeps `content` with its key and digest; makes the folder. The file appears whole or not at all. Throws Error when it cannot be written.
void keep(const std::filesystem::path& file, std::string_view key, std::string_view content);

/// What keep() wrote under this key; nothing when there is no such file, when it has another key, and when it is damaged.
std::optional<std::string> kept(const std::filesystem::path& file, std::string_view key);

/// Ranges as text and back; nothing for a text that is no list of positive numbers.
std::string ranges_text(const std::vector<double>& ranges);
std::optional<std::vector<double>> ranges_from_text(std::string_view text);

}  // namespace scriba::engine
