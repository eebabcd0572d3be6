#include <scriba/scriba.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>
#include <scriba/engine/threads.hpp>
#include <scriba/image/crop.hpp>
#include <scriba/image/read.hpp>
#include <scriba/version.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include "../engine/out_of_memory.hpp"
#include "copy_line.hpp"

struct scriba_reader {
  scriba::zoo::PageReader reader;
};

struct scriba_page {
  cv::Size size;
  std::vector<std::string> texts;
  std::vector<scriba_line> lines;  // with pointers into `texts`
};

namespace {

// Sizes of the structs of SCRIBA_ABI_VERSION 1. A caller's may be larger, but not absurdly so: then it was never set.
constexpr std::size_t kFirstOptions = offsetof(scriba_options, min_score) + sizeof(float);  // without engine_cache
constexpr std::size_t kFirstLine = offsetof(scriba_line, turned) + sizeof(std::int32_t);
constexpr std::size_t kLargestStruct = 4096;
static_assert(sizeof(void*) != 8 || (kFirstOptions == 64 && kFirstLine == 60), "the layout of the first version must stay");

// Nothing to destroy when a thread ends.
thread_local char last_error[1024] = "";

// The call itself was wrong.
struct BadCall : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

template <class Body>
scriba_status guarded(const Body& body) noexcept {
  const auto failed = [](scriba_status status, const char* text) {
    scriba::c::copy_line(text, last_error);
    return status;
  };
  try {
    body();
    return SCRIBA_OK;
  } catch (const BadCall& error) {
    return failed(SCRIBA_BAD_ARGUMENT, error.what());
  } catch (const scriba::Error& error) {
    return failed(SCRIBA_BAD_INPUT, error.what());
  } catch (const std::bad_alloc&) {
    return failed(SCRIBA_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    if (scriba::engine::is_out_of_memory(error)) return failed(SCRIBA_OUT_OF_MEMORY, "out of memory");
    return failed(SCRIBA_FAILED, error.what());
  } catch (...) {
    return failed(SCRIBA_FAILED, "an exception of unknown type");
  }
}

template <class T>
T& given(T* pointer, const char* name) {
  if (!pointer) throw BadCall(std::string(name) + " is NULL");
  return *pointer;
}

void require_size(const char* what, std::size_t size, std::size_t first) {
  if (size < first || size > kLargestStruct)
    throw BadCall(std::string(what) + ".size is " + std::to_string(size) + ": expected sizeof(" + what + "), at least " +
                  std::to_string(first));
}

void require_range(const char* name, int value, int least, int most) {
  if (value < least || value > most)
    throw BadCall(std::string(name) + " is " + std::to_string(value) + ": expected " + std::to_string(least) + " .. " +
                  std::to_string(most));
}

// A caller's options as the library knows them: fields that the caller did not have are zero, fields that the library lacks must be.
scriba_options known_options(const scriba_options* options) {
  scriba_options out{};
  if (!options) return out;
  require_size("scriba_options", options->size, kFirstOptions);
  const auto* bytes = reinterpret_cast<const unsigned char*>(options);
  for (std::size_t i = sizeof out; i < options->size; ++i)
    if (bytes[i] != 0) throw BadCall("scriba_options has fields that this library (" + std::string(scriba::kVersion) + ") does not know");
  // Only fields that are there as a whole.
  std::memcpy(&out, options, options->size < sizeof out ? kFirstOptions : sizeof out);
  return out;
}

scriba::zoo::PpOcrOptions reader_options(const scriba_options& given_options) {
  const auto& o = given_options;
  require_range("networks", o.networks, SCRIBA_LINES, SCRIBA_WORDS);
  require_range("engine", o.engine, SCRIBA_ENGINE_AUTOMATIC, SCRIBA_ENGINE_TENSORRT);
  require_range("threads", o.threads, 0, 1024);
  require_range("at_once", o.at_once, 0, 1024);
  if (!(o.min_score <= 1)) throw BadCall("min_score is " + std::to_string(o.min_score) + ": expected at most 1");
  // Words are looked for only where they are needed: a reader of two given files works without them.
  auto out =
      o.networks == SCRIBA_WORDS && !(o.detector_file && o.recognizer_file) ? scriba::zoo::pp_ocr_words() : scriba::zoo::PpOcrOptions{};
  if (o.detector_file) out.detector_file = o.detector_file;
  if (o.recognizer_file) out.recognizer_file = o.recognizer_file;
  if (o.direction_file) out.direction_file = o.direction_file;
  if (o.alphabet_file) out.alphabet = scriba::Alphabet::from_file(o.alphabet_file, /*space_last=*/true);
  out.direction = o.no_direction == 0;
  if (o.min_score != 0) out.reader.min_score = std::max(o.min_score, 0.f);
  using scriba::engine::Kind;
  constexpr Kind kinds[] = {Kind::automatic, Kind::libtorch, Kind::openvino, Kind::opencv, Kind::tensorrt};
  out.engine.kind = kinds[o.engine];
  if (o.engine_cache) out.engine.tensorrt.cache = o.engine_cache;
  return out;
}

// The caller's pixels, or a copy in OpenCV's order.
cv::Mat image_of(const void* pixels, int width, int height, std::size_t stride, int order) {
  if (width < 1 || height < 1)
    throw BadCall("the image is " + std::to_string(width) + "x" + std::to_string(height) + ": expected at least one pixel");
  if (const scriba::ImageLimits limits;
      width > limits.max_side || height > limits.max_side || std::int64_t{width} * height > limits.max_pixels)
    throw scriba::Error(
        {.what = "the image is too large",
         .expected = "sides up to " + std::to_string(limits.max_side) + " and up to " + std::to_string(limits.max_pixels) + " pixels",
         .got = std::to_string(width) + "x" + std::to_string(height)});
  require_range("order", order, SCRIBA_GRAY, SCRIBA_RGBA);
  const int channels = order == SCRIBA_GRAY ? 1 : order <= SCRIBA_RGB ? 3 : 4;
  const std::size_t row = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  if (stride == 0) stride = row;
  if (stride < row) throw BadCall("stride is " + std::to_string(stride) + ": expected 0, or at least " + std::to_string(row) + " bytes");
  const cv::Mat image(height, width, CV_8UC(channels), const_cast<void*>(pixels), stride);
  if (order != SCRIBA_RGB && order != SCRIBA_RGBA) return image;
  cv::Mat out;
  cv::cvtColor(image, out, order == SCRIBA_RGB ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGRA);
  return out;
}

scriba_page* page_of(const scriba::PageText& text) {
  auto page = std::make_unique<scriba_page>();
  page->size = text.size;
  for (const auto& line : text.lines) page->texts.push_back(line.text);  // all of them first: pointers must stay
  for (std::size_t i = 0; i < text.lines.size(); ++i) {
    const auto& line = text.lines[i];
    scriba_line out{.size = sizeof out,
                    .text = page->texts[i].c_str(),
                    .score = line.score,
                    .box_score = line.detection_score,
                    .corners = {},
                    .turned = line.turned ? 1 : 0};
    float* corner = out.corners;
    for (const auto& p : scriba::crop_corners(line.box)) {
      *corner++ = p.x;
      *corner++ = p.y;
    }
    page->lines.push_back(out);
  }
  return page.release();
}

}  // namespace

const char* scriba_version(void) { return scriba::kVersion; }

int32_t scriba_abi_version(void) { return SCRIBA_ABI_VERSION; }

const char* scriba_last_error(void) { return last_error; }

scriba_status scriba_reader_new(const scriba_options* options, scriba_reader** reader) {
  return guarded([&] {
    given(reader, "reader") = nullptr;
    const auto known = known_options(options);
    auto settings = reader_options(known);
    if (known.threads != 0 || known.at_once != 0) scriba::engine::share_threads(settings.engine, known.threads, known.at_once);
    *reader = new scriba_reader{scriba::zoo::pp_ocr_reader(settings)};
  });
}

void scriba_reader_free(scriba_reader* reader) { delete reader; }

scriba_status scriba_reader_engine(const scriba_reader* reader, const char** name) {
  return guarded([&] { given(name, "name") = given(reader, "reader").reader.engine.c_str(); });
}

scriba_status scriba_read_pixels(const scriba_reader* reader, const void* pixels, int32_t width, int32_t height, size_t stride,
                                 int32_t order, scriba_page** page) {
  return guarded([&] {
    given(page, "page") = nullptr;
    const auto& read = given(reader, "reader").reader.read;
    if (!pixels) throw BadCall("pixels is NULL");
    *page = page_of(read(image_of(pixels, width, height, stride, order)));
  });
}

scriba_status scriba_read_encoded(const scriba_reader* reader, const void* bytes, size_t count, scriba_page** page) {
  return guarded([&] {
    given(page, "page") = nullptr;
    const auto& read = given(reader, "reader").reader.read;
    if (!bytes) throw BadCall("bytes is NULL");
    *page = page_of(read(scriba::decode_image({static_cast<const unsigned char*>(bytes), count})));
  });
}

void scriba_page_free(scriba_page* page) { delete page; }

scriba_status scriba_page_size(const scriba_page* page, int32_t* width, int32_t* height) {
  return guarded([&] {
    const auto size = given(page, "page").size;
    auto &to_width = given(width, "width"), &to_height = given(height, "height");
    to_width = size.width;
    to_height = size.height;
  });
}

scriba_status scriba_page_count(const scriba_page* page, size_t* lines) {
  return guarded([&] { given(lines, "lines") = given(page, "page").lines.size(); });
}

scriba_status scriba_page_line(const scriba_page* page, size_t index, scriba_line* line) {
  return guarded([&] {
    const auto& lines = given(page, "page").lines;
    const std::size_t size = given(line, "line").size;
    require_size("scriba_line", size, kFirstLine);
    if (index >= lines.size())
      throw BadCall("index is " + std::to_string(index) + ": the page has " + std::to_string(lines.size()) + " lines");
    std::memset(line, 0, size);  // a later library's fields are zero
    std::memcpy(line, &lines[index], std::min(size, sizeof *line));
    line->size = size;
  });
}
