#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <scriba/engine/tensorrt_cache.hpp>
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using namespace scriba::engine;

namespace {

const SizeProfile kSizes{{1, 3, 32, 32}, {1, 3, 736, 1280}, {4, 3, 2048, 2048}};
const TensorRtPlace kPlace{"NVIDIA H100", "9.0", "2.14.0", "110100", "0.1.0"};

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

// What metadata_of needs of a model.
template <class Input, class Post>
struct Model {
  struct Options {
    Input input = {};
    Post postprocess = {};
  } settings;
  const Options& options() const { return settings; }
};

}  // namespace

TEST_CASE("sizes are in order, positive, and of one number of channels") {
  CHECK_NOTHROW(check(kSizes));
  CHECK_NOTHROW(check(SizeProfile{{2, 1, 32, 100}, {2, 1, 32, 100}, {2, 1, 32, 100}}));
  CHECK(message([] {
          check(SizeProfile{{1, 3, 32, 32}, {1, 3, 64, 64}, {1, 3, 48, 128}});
        }) ==
        "bad TensorRT options: sizes: expected [N, C, H, W] of at least 1, smallest <= usual <= largest, with the same C, got "
        "[1, 3, 32, 32], [1, 3, 64, 64], [1, 3, 48, 128]");
  for (std::size_t axis = 0; axis < 4; ++axis) {
    CAPTURE(axis);
    auto zero = kSizes, shrinking = kSizes;
    zero.smallest[axis] = 0;
    shrinking.usual[axis] = shrinking.smallest[axis] - 1;
    CHECK_THROWS_AS(check(zero), Error);
    CHECK_THROWS_AS(check(shrinking), Error);
  }
  CHECK_THROWS_AS(check(SizeProfile{{1, 1, 32, 32}, {1, 3, 32, 32}, {1, 3, 32, 32}}), Error);
  CHECK_THROWS_AS(check(SizeProfile{}), Error);
}

TEST_CASE("options that make no sense are errors that name them") {
  CHECK_NOTHROW(check(TensorRtOptions{}));
  CHECK_NOTHROW(check(TensorRtOptions{.precision = TensorRtPrecision::float16, .sizes = kSizes, .workspace = 1 << 30, .device = 3}));
  CHECK(message([] { check(TensorRtOptions{.workspace = -5}); }) == "bad TensorRT options: workspace: expected bytes, or 0, got -5");
  CHECK(message([] { check(TensorRtOptions{.device = -1}); }) ==
        "bad TensorRT options: device: expected the index of a GPU, from 0 on, got -1");
  CHECK_THROWS_AS(check(TensorRtOptions{.sizes = SizeProfile{}}), Error);
  const TemporaryFolder folder;
  CHECK_NOTHROW(check(TensorRtOptions{.cache = folder / "new"}));
  const auto file = folder.file("file", "not a folder");
  CHECK(message([&] { check(TensorRtOptions{.cache = file}); }) == "bad TensorRT options: cache: expected a folder, got " + file.string());
  TensorRtOptions int8{.precision = TensorRtPrecision::int8};
  CHECK(message([&] { check(int8); }) == "bad TensorRT options: calibration: expected batches of images, for int8, got none");
  int8.calibration.batch = [](std::size_t) { return std::optional<at::Tensor>(); };
  CHECK_NOTHROW(check(int8));
  int8.calibration.most_batches = 0;
  CHECK_THROWS_AS(check(int8), Error);
}

TEST_CASE("a batch fits between the smallest and the largest size") {
  CHECK(takes(kSizes, {1, 3, 32, 32}));
  CHECK(takes(kSizes, {4, 3, 2048, 2048}));
  CHECK(takes(kSizes, {2, 3, 32, 2048}));
  CHECK_FALSE(takes(kSizes, {5, 3, 64, 64}));
  CHECK_FALSE(takes(kSizes, {1, 1, 64, 64}));
  CHECK_FALSE(takes(kSizes, {1, 3, 31, 64}));
  CHECK_FALSE(takes(kSizes, {1, 3, 64, 2049}));
  CHECK_FALSE(takes(kSizes, {3, 64, 64}));
  CHECK_FALSE(takes(kSizes, {}));
  CHECK(describe(kSizes) == "[1, 3, 32, 32] to [4, 3, 2048, 2048]");
}

TEST_CASE("a network's own settings say which sizes it usually gets") {
  const auto detector = usual_sizes(deploy::metadata_of(Model<DetectorInput, postprocess::DbBoxesOptions>{}, "d"), "d.pt");
  CHECK(detector.smallest == std::array<std::int64_t, 4>{1, 3, 32, 32});
  CHECK(detector.usual == std::array<std::int64_t, 4>{1, 3, 736, 960});
  CHECK(detector.largest == std::array<std::int64_t, 4>{1, 3, 2432, 2432});  // 6 million pixels

  Model<DetectorInput, postprocess::SastBoxesOptions> longer;
  longer.settings.input.resize = {.by = ResizeSide::longer, .side = 1536, .multiple = 128, .max_side = 1600};
  const auto sast = usual_sizes(deploy::metadata_of(longer, "s"), "s.pt");
  CHECK(sast.smallest == std::array<std::int64_t, 4>{1, 3, 128, 128});
  CHECK(sast.usual == std::array<std::int64_t, 4>{1, 3, 1152, 1536});
  CHECK(sast.largest == std::array<std::int64_t, 4>{1, 3, 1536, 1536});

  Model<LineInput, postprocess::CtcTextOptions> lines;
  lines.settings.input.normalization.order = ChannelOrder::grey;
  const auto words = usual_sizes(deploy::metadata_of(lines, "w"), "w.pt");
  CHECK(words.smallest == std::array<std::int64_t, 4>{1, 1, 48, 320});
  CHECK(words.usual == std::array<std::int64_t, 4>{8, 1, 48, 320});
  CHECK(words.largest == std::array<std::int64_t, 4>{8, 1, 48, 3200});

  CHECK_THROWS_AS(usual_sizes({}, "foreign.pt"), Error);
}

TEST_CASE("every size that a network's own settings allow fits, up to a square of its pixels") {
  const DetectorInput input;
  const auto sizes = usual_sizes(deploy::metadata_of(Model<DetectorInput, postprocess::DbBoxesOptions>{}, "d"), "d.pt");
  for (const auto& image : {cv::Size(1280, 720), cv::Size(640, 480), cv::Size(1, 1), cv::Size(2400, 2400), cv::Size(4000, 3900)}) {
    const auto size = input.resize(image);
    CAPTURE(size.width);
    CAPTURE(size.height);
    CHECK(takes(sizes, {1, 3, size.height, size.width}));
  }
  const LineInput line;
  const auto lines = usual_sizes(deploy::metadata_of(Model<LineInput, postprocess::CtcTextOptions>{}, "w"), "w.pt");
  for (const auto& crop : {cv::Size(10, 48), cv::Size(900, 30), cv::Size(100000, 20)})
    CHECK(takes(lines, {line.max_batch, 3, line.size.height, line.size.canvas(crop)}));
}

TEST_CASE("a digest is SHA-1") {
  CHECK(digest("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(digest("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_CASE("the key of a compiled network changes with everything that it depends on, and with nothing else") {
  const auto key = engine_key("model", kPlace, {}, kSizes);
  CHECK(key.size() == 40);
  CHECK(engine_key("model", kPlace, {}, kSizes) == key);
  TensorRtOptions elsewhere{.cache = "/another/folder"};
  elsewhere.calibration.name = "unused in float32";
  CHECK(engine_key("model", kPlace, elsewhere, kSizes) == key);

  std::set<std::string> keys{key};
  const auto add = [&](const std::string& other) { CHECK(keys.insert(other).second); };
  add(engine_key("another model", kPlace, {}, kSizes));
  for (auto TensorRtPlace::*field : {&TensorRtPlace::gpu, &TensorRtPlace::capability, &TensorRtPlace::torch_tensorrt,
                                     &TensorRtPlace::tensorrt, &TensorRtPlace::scriba}) {
    auto place = kPlace;
    place.*field += "1";
    add(engine_key("model", place, {}, kSizes));
  }
  add(engine_key("model", kPlace, {.precision = TensorRtPrecision::float16}, kSizes));
  add(engine_key("model", kPlace, {.precision = TensorRtPrecision::int8}, kSizes, {1, 2}));
  add(engine_key("model", kPlace, {.precision = TensorRtPrecision::int8}, kSizes, {1, 2.0000001}));
  add(engine_key("model", kPlace, {.workspace = 1}, kSizes));
  add(engine_key("model", kPlace, {.device = 1}, kSizes));
  for (auto SizeProfile::*side : {&SizeProfile::smallest, &SizeProfile::usual, &SizeProfile::largest}) {
    auto sizes = kSizes;
    (sizes.*side)[2] += 1;
    add(engine_key("model", kPlace, {}, sizes));
  }
  // Text that moves from one field to the next is another key.
  add(engine_key("model", {"NVIDIA H1009", ".0", "2.14.0", "110100", "0.1.0"}, {}, kSizes));
}

TEST_CASE("the key of a calibration changes with the network, the images and their number") {
  const Calibration images{.name = "pages"};
  const auto key = ranges_key("model", images);
  CHECK(ranges_key("model", {.name = "pages"}) == key);
  CHECK(ranges_key("other", images) != key);
  CHECK(ranges_key("model", {.name = "words"}) != key);
  CHECK(ranges_key("model", {.most_batches = 8, .name = "pages"}) != key);
}

TEST_CASE("the cache's files are named after the network") {
  CHECK(cache_file("/cache", "/models/det.pt", "0123456789abcdef0123", ".tensorrt") == "/cache/det-0123456789abcdef.tensorrt");
}

TEST_CASE("what is kept comes back under its key, and only whole") {
  const TemporaryFolder folder;
  const auto file = folder / "new" / "deeper" / "a.tensorrt";
  const std::string bytes("an engine\n\0 of bytes\xFF\n", 22);
  CHECK_FALSE(kept(file, "key"));
  keep(file, "key", bytes);
  CHECK(kept(file, "key") == bytes);
  CHECK_FALSE(kept(file, "another"));
  keep(file, "key", "newer");
  CHECK(kept(file, "key") == "newer");
  keep(file, "key", bytes);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path())) files += entry.is_regular_file();
  CHECK(files == 1);  // no temporary ones stay

  const auto whole = content(file);
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK_FALSE(kept(folder.file("cut", whole.substr(0, length)), "key"));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] ^= 1;
    CHECK_FALSE(kept(folder.file("damaged", damaged), "key"));
  }
  CHECK_FALSE(kept(folder.file("more", whole + "x"), "key"));
  CHECK_FALSE(kept(folder.file("empty", ""), "key"));
  CHECK_FALSE(kept(file.parent_path(), "key"));  // a folder
  keep(file, "key", "");
  CHECK(kept(file, "key") == "");
}

TEST_CASE("a cache that cannot be written is an error") {
  const TemporaryFolder folder;
  const auto file = folder.file("file", "not a folder");
  CHECK(message([&] {
          keep(file / "a.tensorrt", "key", "bytes");
        }).starts_with("cannot keep a file of TensorRT's cache: " + (file / "a.tensorrt").string() + ": got "));
}

TEST_CASE("ranges come back from text as they were") {
  const std::vector<double> ranges{1, 0.1, 1e-20, 12345.678901234567};
  CHECK(ranges_from_text(ranges_text(ranges)) == ranges);
  CHECK(ranges_from_text("[]") == std::vector<double>{});
  for (const auto* text : {"", "words", "{\"a\": 1}", "[1, \"2\"]", "[1, 0]", "[-1]", "[1, null]", "[1"}) {
    CAPTURE(text);
    CHECK_FALSE(ranges_from_text(text));
  }
}
