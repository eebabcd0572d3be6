// Whole pages, from file to text: this library's reader against RapidOCR 3.10 (Python, ONNX Runtime) with the same weights, the same images
// and the same number of threads, one after the other in the same run.
//
//     bench_read_pages IMAGES... [--threads 2] [--python python3]
//
// Ours is measured twice: image by image with all threads on one image, as RapidOCR does it, and with as many images at once as threads,
// as read_text does it. Prints JSON: seconds per image, stages, ratio, and how far the texts agree.
#include <scriba/image/read.hpp>
#include <scriba/text/edit_distance.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include <ATen/Parallel.h>
#include <opencv2/core/utility.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Run {
  double seconds{};
  std::vector<scriba::PageText> pages;
};

Run read_all(const std::vector<std::string>& files, int threads, int workers) {
  at::set_num_threads(threads / workers);
  cv::setNumThreads(threads / workers);
  const auto reader = scriba::zoo::pp_ocr_reader({.engine = {.openvino = {.threads = threads, .streams = workers}}});
  reader.read(scriba::read_image(files[0]));  // warms up
  Run run{.pages = std::vector<scriba::PageText>(files.size())};
  std::atomic<std::size_t> next{0};
  const auto start = Clock::now();
  {
    std::vector<std::jthread> pool;
    for (int w = 0; w < workers; ++w)
      pool.emplace_back([&] {
        for (std::size_t i; (i = next++) < files.size();) run.pages[i] = reader.read(scriba::read_image(files[i]));
      });
  }
  run.seconds = seconds_since(start);
  return run;
}

nlohmann::json run_rapid_ocr(const std::string& python, int threads, const std::vector<std::string>& files) {
  std::string command = "\"" + python + "\" \"" SCRIBA_SOURCE "/bench/rapid_ocr.py\" " + std::to_string(threads);
  for (const auto& file : files) command += " \"" + file + "\"";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>/dev/null").c_str(), "r"), pclose);
  std::string out;
  char buffer[4096];
  for (std::size_t n; pipe && (n = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) out.append(buffer, n);
  const auto json = nlohmann::json::parse(out, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json : nlohmann::json();
}

// Characters of RapidOCR's lines that ours lack or have otherwise, all lines of a page in one text.
std::pair<std::size_t, std::size_t> different_characters(const Run& ours, const nlohmann::json& theirs) {
  std::size_t different = 0, all = 0;
  for (std::size_t i = 0; i < ours.pages.size(); ++i) {
    std::string a, b;
    for (const auto& line : ours.pages[i].lines) a += line.text + "\n";
    for (const std::string line : theirs["pages"][i]["lines"]) b += line + "\n";
    different += scriba::edit_distance(a, b);
    all += scriba::utf8::count(b);
  }
  return {different, all};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string python = "python3";
  int threads = 2;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--threads" && i + 1 < argc)
      threads = std::max(1, std::atoi(argv[++i]));
    else if (argument == "--python" && i + 1 < argc)
      python = argv[++i];
    else
      files.push_back(argument);
  }
  if (files.empty())
    for (const auto& entry : std::filesystem::directory_iterator(SCRIBA_SOURCE "/docs/images"))
      if (entry.path().extension() == ".jpg") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());

  const auto n = static_cast<double>(files.size());
  const Run one = read_all(files, threads, 1), many = read_all(files, threads, threads);
  double detect = 0, direction = 0, recognize = 0;
  for (const auto& page : one.pages) detect += page.ms.detect, direction += page.ms.direction, recognize += page.ms.recognize;
  nlohmann::ordered_json report{{"bench", "read_pages"},
                                {"images", files.size()},
                                {"threads", threads},
                                {"one_at_a_time",
                                 {{"seconds", one.seconds / n},
                                  {"detect", detect / 1000 / n},
                                  {"direction", direction / 1000 / n},
                                  {"recognize", recognize / 1000 / n}}},
                                {"as_many_as_threads", {{"seconds", many.seconds / n}}}};
  if (const auto theirs = run_rapid_ocr(python, threads, files); !theirs.is_null()) {
    const double seconds = theirs["seconds"].get<double>() / n;
    double stage[3] = {};
    for (const auto& page : theirs["pages"])
      stage[0] += page["detect"].get<double>(), stage[1] += page["direction"].get<double>(), stage[2] += page["recognize"].get<double>();
    const auto [different, all] = different_characters(one, theirs);
    report["rapid_ocr"] = {{"seconds", seconds}, {"detect", stage[0] / n}, {"direction", stage[1] / n}, {"recognize", stage[2] / n}};
    report["ratio_one_at_a_time"] = seconds / (one.seconds / n);
    report["ratio_as_many_as_threads"] = seconds / (many.seconds / n);
    report["different_characters"] = different;
    report["characters"] = all;
  } else {
    report["rapid_ocr"] = "skipped: no Python with rapidocr (--python)";
  }
  std::cout << report.dump(2) << '\n';
}
