// Word crops a second: recognisers of the zoo at several batch sizes, against RapidOCR 3.10's recogniser (Python, ONNX Runtime) with the
// same weights, the same crops and the same number of threads, one after the other in the same run.
//
//     bench_words_per_second --list train.tags [--skip 1600] [--limit 400] [--batch 1 --batch 16 --batch 64] [--threads 1]
//                            [--python python3] [--recognizers PART_OF_NAME]
//
// Crops are read before the clock starts; it counts from crops to texts. Without a list the program draws words. Prints JSON.
#include <scriba/data/word_list.hpp>
#include <scriba/deploy/write_onnx.hpp>
#include <scriba/image/read.hpp>
#include <scriba/zoo/deployed.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>

#include <ATen/Parallel.h>
#include <ATen/ops/rand.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace scriba;

struct Settings {
  std::string list, python = "python3", recognizers;
  std::size_t skip = 0, limit = 400;
  std::vector<int> batches;
  int threads = 1;
};

Settings parsed(int argc, char** argv) {
  Settings out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--list") out.list = value;
    if (name == "--python") out.python = value;
    if (name == "--recognizers") out.recognizers = value;
    if (name == "--skip") out.skip = static_cast<std::size_t>(std::atol(value.c_str()));
    if (name == "--limit") out.limit = static_cast<std::size_t>(std::atol(value.c_str()));
    if (name == "--batch") out.batches.push_back(std::max(1, std::atoi(value.c_str())));
    if (name == "--threads") out.threads = std::max(1, std::atoi(value.c_str()));
  }
  if (out.batches.empty()) out.batches = {1, 16, 64};
  return out;
}

// The files of the crops; drawn ones are written to a folder first, so that RapidOCR reads the same.
std::vector<fs::path> crop_files(const Settings& settings, const fs::path& folder) {
  std::vector<fs::path> out;
  if (!settings.list.empty()) {
    const auto words = data::read_word_list(settings.list);
    for (std::size_t i = settings.skip; i < words.size() && out.size() < settings.limit; ++i) out.push_back(words[i].image);
    return out;
  }
  for (int i = 0; i < 64; ++i) {
    cv::Mat crop(32, 40 + 20 * (i % 7), CV_8UC3, cv::Scalar::all(255));
    cv::putText(crop, "word" + std::to_string(i), {4, 24}, cv::FONT_HERSHEY_SIMPLEX, 0.7, cv::Scalar::all(0), 2);
    out.push_back(folder / ("word_" + std::to_string(i) + ".png"));
    cv::imwrite(out.back().string(), crop);
  }
  return out;
}

// A recogniser by its name.
struct Entry {
  std::string name;
  std::function<zoo::LineReader(int batch)> make;
};

std::vector<Entry> entries(const Settings& settings, const fs::path& folder) {
  const auto pp_ocr = [&](engine::Kind engine) {
    return [&settings, engine](int batch) {
      zoo::PpOcrOptions options{.engine = {.kind = engine, .openvino = {.threads = settings.threads}}};
      options.line = LineInput{.max_batch = batch, .max_batch_columns = batch * 640};
      return zoo::pp_ocr_recognizer(options);
    };
  };
  std::vector<Entry> out{{"pp-ocr-v6 LibTorch", pp_ocr(engine::Kind::libtorch)}, {"pp-ocr-v6 OpenVINO", pp_ocr(engine::Kind::openvino)}};
  // The others with random weights, which take as long as any.
  for (const auto& name : zoo::trainable_recognizer_names()) {
    if (name == "pp-ocr-v6" || name.find(settings.recognizers) == std::string::npos) continue;
    const auto script = folder / (name + ".pt"), onnx = folder / (name + ".onnx");
    const auto made = zoo::trainable_recognizer(name, zoo::english_alphabet());
    made.module->eval();
    made.fold();
    const std::int64_t planes = plane_count(made.input->normalization.order), height = made.input->size.height;
    deploy::write_onnx(onnx, made.trace(at::rand({1, planes, height, 100})));
    const auto input = [shape = *made.input](int batch) {
      auto line = shape;
      line.max_batch = batch, line.max_batch_columns = batch * 640;
      return line;
    };
    out.push_back({name + " LibTorch", [made, input](int batch) -> zoo::LineReader {
                     *made.input = input(batch);
                     return {[made](std::span<const cv::Mat> crops) { return made.predict(crops); }, "LibTorch"};
                   }});
    out.push_back({name + " OpenVINO", [onnx, input, threads = settings.threads](int batch) {
                     return zoo::deployed_recognizer(
                         onnx, {.input = input(batch), .engine = {.kind = engine::Kind::openvino, .openvino = {.threads = threads}}});
                   }});
  }
  return out;
}

nlohmann::json run_rapid_ocr(const Settings& settings, int batch, const fs::path& names) {
  const std::string command = "\"" + settings.python + "\" \"" SCRIBA_SOURCE "/bench/rapid_ocr_words.py\" --json --root / --threads " +
                              std::to_string(settings.threads) + " --batch " + std::to_string(batch) + " < \"" + names.string() +
                              "\" 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  char buffer[4096];
  for (std::size_t n; pipe && (n = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) out.append(buffer, n);
  const auto json = nlohmann::json::parse(out, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json : nlohmann::json();
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = parsed(argc, argv);
  at::set_num_threads(settings.threads);
  cv::setNumThreads(settings.threads);
  const auto folder = fs::temp_directory_path() / "scriba_bench_words";
  fs::create_directories(folder);
  const auto files = crop_files(settings, folder);
  std::vector<cv::Mat> crops;
  for (const auto& file : files) crops.push_back(read_image(file));
  {
    std::ofstream names(folder / "names.txt");
    for (const auto& file : files) names << fs::absolute(file).string() << '\n';
  }

  const auto recognizers = entries(settings, folder);
  nlohmann::ordered_json results;
  const auto count = static_cast<double>(crops.size());
  for (const int batch : settings.batches) {
    nlohmann::ordered_json row{{"batch", batch}};
    const auto theirs = run_rapid_ocr(settings, batch, folder / "names.txt");
    if (theirs.is_null())
      row["rapid_ocr"] = "skipped: no Python with rapidocr (--python)";
    else
      row["rapid_ocr_words_per_second"] = count / theirs["seconds"].get<double>();
    for (const auto& entry : recognizers) {
      try {
        const auto recognizer = entry.make(batch);
        recognizer.predict(crops);  // warms up every shape
        const auto start = std::chrono::steady_clock::now();
        const auto texts = recognizer.predict(crops);
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        nlohmann::ordered_json one{{"words_per_second", count / seconds}};
        if (!theirs.is_null()) one["times_rapid_ocr"] = theirs["seconds"].get<double>() / seconds;
        if (!theirs.is_null() && entry.name.starts_with("pp-ocr-v6")) {
          std::size_t same = 0;
          for (std::size_t i = 0; i < texts.size(); ++i) same += texts[i].text == theirs["texts"][i].get<std::string>() ? 1 : 0;
          one["texts_as_rapid_ocr"] = static_cast<double>(same) / count;
        }
        row[entry.name] = one;
      } catch (const Error& error) {
        row[entry.name] = std::string("skipped: ") + error.what();
      }
    }
    results.push_back(row);
  }
  std::cout << nlohmann::ordered_json{{"bench", "words_per_second"},
                                      {"words", crops.size()},
                                      {"threads", settings.threads},
                                      {"results", results}}
                   .dump(2)
            << '\n';
}
