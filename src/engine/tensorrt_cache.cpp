#include <scriba/engine/tensorrt_cache.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <system_error>

#include <c10/util/hash.h>
#include <nlohmann/json.hpp>

#include <scriba/core/error.hpp>
#include <scriba/core/write_file.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/io/state_dict.hpp>

namespace scriba::engine {
namespace {

constexpr const char* kBadOptions = "bad TensorRT options";

// The first line of a kept file; the content follows.
std::string heading(std::string_view key, std::string_view content) {
  return "scriba-engine " + std::string(key) + " " + digest(content) + "\n";
}

const char* name_of(TensorRtPrecision precision) {
  return precision == TensorRtPrecision::int8 ? "int8" : precision == TensorRtPrecision::float16 ? "float16" : "float32";
}

template <class Input>
Input input_settings(const deploy::Metadata& metadata, const std::string& file) {
  struct Settings {
    Input input = {};
  } settings;
  const auto record = deploy::record_from_json(deploy::require(metadata, deploy::kSettingsKey, file), file);
  io::detail::SettingsReader{record}("input", settings.input);
  return settings.input;
}

SizeProfile usual_sizes(const LineInput& input) {
  const std::int64_t planes = plane_count(input.normalization.order), height = input.size.height, batch = std::max(input.max_batch, 1);
  const std::int64_t least = std::min(input.size.min_canvas, input.size.max_width);
  const std::int64_t most = (std::max<std::int64_t>(input.size.max_width, least) + input.size.step - 1) / input.size.step * input.size.step;
  return {.smallest = {1, planes, height, least}, .usual = {batch, planes, height, least}, .largest = {batch, planes, height, most}};
}

SizeProfile usual_sizes(const DetectorInput& input) {
  const auto& resize = input.resize;
  const std::int64_t planes = plane_count(input.normalization.order), multiple = resize.multiple;
  const auto whole = [&](double side, std::int64_t most) {
    return std::clamp(static_cast<std::int64_t>(side) / multiple * multiple, multiple, most);
  };
  const std::int64_t most =
      whole(std::min<double>(resize.max_side, std::sqrt(static_cast<double>(resize.max_pixels))), resize.max_side / multiple * multiple);
  const bool by_longer = resize.by == ResizeSide::longer || resize.by == ResizeSide::longer_at_most;
  const double height = by_longer ? resize.side * 3 / 4.0 : resize.side, width = height * 4 / 3;
  return {.smallest = {1, planes, multiple, multiple},
          .usual = {1, planes, whole(height, most), whole(width, most)},
          .largest = {1, planes, most, most}};
}

}  // namespace

void check(const SizeProfile& sizes) {
  bool sound = sizes.smallest[1] == sizes.largest[1];
  for (std::size_t i = 0; i < 4; ++i)
    sound = sound && 1 <= sizes.smallest[i] && sizes.smallest[i] <= sizes.usual[i] && sizes.usual[i] <= sizes.largest[i];
  if (!sound)
    throw Error({.what = kBadOptions,
                 .where = "sizes",
                 .expected = "[N, C, H, W] of at least 1, smallest <= usual <= largest, with the same C",
                 .got = io::detail::shape_text(sizes.smallest) + ", " + io::detail::shape_text(sizes.usual) + ", " +
                        io::detail::shape_text(sizes.largest)});
}

void check(const TensorRtOptions& options) {
  if (options.sizes) check(*options.sizes);
  if (options.workspace < 0)
    throw Error({.what = kBadOptions, .where = "workspace", .expected = "bytes, or 0", .got = std::to_string(options.workspace)});
  if (options.device < 0)
    throw Error(
        {.what = kBadOptions, .where = "device", .expected = "the index of a GPU, from 0 on", .got = std::to_string(options.device)});
  if (std::filesystem::exists(options.cache) && !std::filesystem::is_directory(options.cache))
    throw Error({.what = kBadOptions, .where = "cache", .expected = "a folder", .got = options.cache.string()});
  if (options.precision == TensorRtPrecision::int8 && (!options.calibration.batch || options.calibration.most_batches == 0))
    throw Error({.what = kBadOptions, .where = "calibration", .expected = "batches of images, for int8", .got = "none"});
}

bool takes(const SizeProfile& sizes, at::IntArrayRef batch) {
  if (batch.size() != 4) return false;
  for (std::size_t i = 0; i < 4; ++i)
    if (batch[i] < sizes.smallest[i] || batch[i] > sizes.largest[i]) return false;
  return true;
}

std::string describe(const SizeProfile& sizes) {
  return io::detail::shape_text(sizes.smallest) + " to " + io::detail::shape_text(sizes.largest);
}

SizeProfile usual_sizes(const deploy::Metadata& metadata, const std::string& file) {
  const auto& kind = deploy::require(metadata, deploy::kPostprocessKey, file);
  const auto sizes = kind == "CtcText" || kind == "FixedLengthText" ? usual_sizes(input_settings<LineInput>(metadata, file))
                                                                    : usual_sizes(input_settings<DetectorInput>(metadata, file));
  check(sizes);
  return sizes;
}

std::string digest(std::string_view bytes) {
  c10::sha1 hash{std::string(bytes)};
  if (bytes.empty()) hash.reset();  // which its constructor leaves out
  return hash.str();
}

std::string engine_key(std::string_view model_digest, const TensorRtPlace& place, const TensorRtOptions& options, const SizeProfile& sizes,
                       const std::vector<double>& ranges) {
  // JSON: no two different sets of values give the same text.
  return digest(nlohmann::json{
      {"model", model_digest},
      {"gpu", place.gpu},
      {"capability", place.capability},
      {"torch_tensorrt", place.torch_tensorrt},
      {"tensorrt", place.tensorrt},
      {"scriba", place.scriba},
      {"precision", name_of(options.precision)},
      {"workspace", options.workspace},
      {"device", options.device},
      {"sizes", {sizes.smallest, sizes.usual, sizes.largest}},
      {"ranges",
       ranges}}.dump());
}

std::string ranges_key(std::string_view model_digest, const Calibration& calibration) {
  return digest(
      nlohmann::json{{"model", model_digest}, {"images", digest(calibration.name)}, {"batches", calibration.most_batches}}.dump());
}

std::filesystem::path cache_file(const std::filesystem::path& folder, const std::filesystem::path& model, std::string_view key,
                                 std::string_view ending) {
  auto name = model.stem();
  name += '-';
  name += key.substr(0, 16);
  name += ending;
  return folder / name;
}

void keep(const std::filesystem::path& file, std::string_view key, std::string_view content) {
  std::error_code ignored;  // write_file says what is wrong with the folder
  std::filesystem::create_directories(file.parent_path(), ignored);
  write_file(file, heading(key, content).append(content), "cannot keep a file of TensorRT's cache");
}

std::optional<std::string> kept(const std::filesystem::path& file, std::string_view key) {
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(in), {});
  const auto end = content.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const std::string first = content.substr(0, end + 1);
  content.erase(0, end + 1);
  if (first != heading(key, content)) return std::nullopt;
  return content;
}

std::string ranges_text(const std::vector<double>& ranges) { return nlohmann::json(ranges).dump(); }

std::optional<std::vector<double>> ranges_from_text(std::string_view text) {
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return std::nullopt;
  std::vector<double> ranges;
  for (const auto& range : list) {
    if (!range.is_number() || !(range.get<double>() > 0)) return std::nullopt;
    ranges.push_back(range.get<double>());
  }
  return ranges;
}

}  // namespace scriba::engine
