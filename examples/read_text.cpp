// Reads the text of photos.
//
//     read_text photo.jpg
//     read_text --json scans/ > text.jsonl
//     read_text --draw seen.png photo.jpg
//     read_text --words street.jpg
//
// A Reader is a detector, a direction classifier and a recogniser. This program takes the pretrained PP-OCRv6 small reader, which knows
// 18,708 characters of 50 languages, and prints one line of text a line, with its score and the corners of its box. Several images are
// read at once, one a thread: networks are faster on one core each than together on one image.
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <scriba/core/make_folder.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/image/write.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include "engine_options.hpp"
#include "input_files.hpp"

namespace {

std::string json_line(const std::string& file, const scriba::PageText& page) {
  nlohmann::ordered_json line{
      {"image", file}, {"width", page.size.width}, {"height", page.size.height}, {"lines", nlohmann::ordered_json::array()}};
  for (const auto& text : page.lines) {
    nlohmann::ordered_json box = nlohmann::ordered_json::array();
    for (const auto& p : text.box) box.push_back({p.x, p.y});
    line["lines"].push_back({{"text", text.text}, {"score", text.score}, {"box", box}});
  }
  line["ms"] = {{"detect", page.ms.detect}, {"recognize", page.ms.recognize}, {"total", page.ms.total}};
  // A file name need not be UTF-8; what is not is replaced, not refused.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string plain_lines(const scriba::PageText& page) {
  std::string out;
  char buffer[64];
  for (const auto& text : page.lines) {
    std::snprintf(buffer, sizeof buffer, "\t%.3f\t", static_cast<double>(text.score));
    out += text.text + buffer;
    for (std::size_t i = 0; i < text.box.size(); ++i) {
      std::snprintf(buffer, sizeof buffer, "%s%d,%d", i ? " " : "", cvRound(text.box[i].x), cvRound(text.box[i].y));
      out += buffer;
    }
    out += '\n';
  }
  return out;
}

void draw(const cv::Mat& image, const scriba::PageText& page, const std::filesystem::path& out) {
  std::vector<scriba::DrawnText> texts;
  for (const auto& line : page.lines) texts.push_back({line.box, line.text, line.score});
  scriba::write_image(out, scriba::draw_texts(image, texts));
}

// What reading one image gave: text to print, or why there is none.
struct Outcome {
  std::string text, error;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Reads the text of images and prints it in reading order: text, score, corners of its box.", "read_text");
  std::vector<std::string> images;
  std::string drawing, dictionary, precision = "float32";
  scriba::zoo::PpOcrOptions options;
  bool json = false, verbose = false, quiet = false, no_direction = false, words = false;
  app.add_option("images", images, "images, folders of images, or - for standard input")->required();
  app.add_flag("--json", json, "one JSON object an image and line");
  app.add_option("--draw", drawing, "write a picture with boxes and texts: a file for one image, a folder for several");
  app.add_flag("--words", words, "find and read single words of photographs, printable ASCII, instead of lines in 50 languages");
  app.add_option("--det-weights", options.detector_file, "detector: ONNX, or what training wrote");
  app.add_option("--rec-weights", options.recognizer_file, "recogniser: ONNX, or what training wrote");
  app.add_option("--lang-dict", dictionary, "alphabet of the recogniser, when its file has none: one character a line");
  const EngineOptions engine(app);
  app.add_option("--precision", precision, "float32, or fastest: bfloat16 where the processor has it (OpenVINO)")
      ->check(CLI::IsMember({"float32", "fastest"}));
  app.add_option("--min-score", options.reader.min_score, "lines below are left out, 0..1")->check(CLI::Range(0.f, 1.f));
  app.add_flag("--best-path{false}", options.search.own_language, "do not use the character model that trained weights may bring");
  app.add_flag("--no-direction", no_direction, "do not look for lines that stand upside down");
  app.add_flag("--verbose", verbose, "say on stderr what runs and how long it takes");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    const auto files = input_files(images);
    if (words) {
      const auto networks = scriba::zoo::pp_ocr_words();
      if (options.detector_file.empty()) options.detector_file = networks.detector_file;
      if (options.recognizer_file.empty()) options.recognizer_file = networks.recognizer_file;
    }
    options.direction = !no_direction;
    if (!dictionary.empty()) options.alphabet = scriba::Alphabet::from_file(dictionary, /*space_last=*/true);
    // One thread budget: `workers` images at once, the cores shared among them.
    const int threads = engine.threads() > 0 ? engine.threads() : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const int workers = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads), files.size()));
    options.engine = engine.choice();
    scriba::engine::share_threads(options.engine, threads, workers);
    if (precision == "fastest") options.engine.openvino.precision = scriba::engine::Precision::fastest;
    const auto reader = scriba::zoo::pp_ocr_reader(options);
    if (verbose)
      std::cerr << "read_text: " << reader.engine << ", " << precision << ", " << threads << " threads, " << workers << " images at once\n";
    const bool one_drawing = files.size() == 1;
    if (!drawing.empty() && !one_drawing) scriba::make_folder(drawing);

    const auto read_one = [&](const std::string& file) -> Outcome {
      try {
        const cv::Mat image = read_input(file);
        const auto page = reader.read(image);
        if (!drawing.empty())
          draw(image, page,
               one_drawing ? std::filesystem::path(drawing)
                           : std::filesystem::path(drawing) / (std::filesystem::path(file).stem().string() + ".png"));
        if (verbose)
          std::cerr << "read_text: " + file + ": detect " + std::to_string(page.ms.detect) + " ms, recognise " +
                           std::to_string(page.ms.recognize) + " ms\n";
        return {json ? json_line(file, page) + "\n" : (one_drawing ? "" : "# " + file + "\n") + plain_lines(page), {}};
      } catch (const std::exception& error) {
        return {{}, error.what()};
      }
    };
    // A single image that cannot be read is bad input; one of several does not stop the rest.
    if (files.size() == 1) {
      const auto outcome = read_one(files[0]);
      std::cout << outcome.text << std::flush;
      if (!outcome.error.empty()) std::cerr << "read_text: " << outcome.error << '\n';
      return outcome.error.empty() ? 0 : 2;
    }

    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::condition_variable ready;
    std::map<std::size_t, Outcome> done;
    std::vector<std::jthread> pool;
    for (int w = 0; w < workers; ++w)
      pool.emplace_back([&] {
        for (std::size_t i; (i = next++) < files.size();) {
          auto outcome = read_one(files[i]);
          const std::lock_guard lock(mutex);
          done.emplace(i, std::move(outcome));
          ready.notify_one();
        }
      });
    std::size_t failed = 0;
    Progress progress(files.size(), quiet);
    for (std::size_t i = 0; i < files.size(); ++i) {  // printed in the order given
      std::unique_lock lock(mutex);
      ready.wait(lock, [&] { return done.contains(i); });
      const auto outcome = std::move(done.extract(i).mapped());
      lock.unlock();
      std::cout << outcome.text << std::flush;
      if (!outcome.error.empty()) {
        ++failed;
        std::cerr << "read_text: " << outcome.error << '\n';
      }
      progress.step();
    }
    if (failed > 0) std::cerr << "read_text: " << failed << " of " << files.size() << " images could not be read\n";
    return failed > 0 ? 1 : 0;
  });
}
